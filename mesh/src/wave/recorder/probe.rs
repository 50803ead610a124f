//! What the recorder is told.

use std::io::{Seek, Write};

use super::WaveRecorder;
use crate::probe::{Act, PassBegin, Probe};
use crate::unit::{FrameRecord, UnitId, UnitState, UnitStatus};
use spikemesh_noc::{Cycle, FlitEvent, LinkId, OccupancyEvent, OutputEvent};

impl<F: Write + Seek + Send + 'static> spikemesh_noc::Probe for WaveRecorder<F> {
    fn flit(&mut self, event: FlitEvent) {
        let FlitEvent { cycle, link, vc, tag, .. } = event;
        if cycle >= self.sleep.until {
            self.advance(cycle);
            let index = link.0 as usize;
            if self.shows_links() {
                self.show_flit(index, &event);
            } else {
                self.flits.push(index);
            }
        }
        self.passed(cycle, link, vc, tag);
    }

    fn occupancy(&mut self, event: OccupancyEvent) {
        self.advance(event.cycle);
        if let Some(signal) = self.signals.buffer(event.node, event.port, event.vc) {
            self.values.set(signal, event.flits.into());
        }
    }

    #[inline]
    fn is_asleep(&self, now: Cycle) -> bool {
        now < self.sleep.until
    }

    #[inline(always)]
    fn passed(&mut self, cycle: Cycle, link: LinkId, vc: u8, tag: u32) {
        let state = &mut self.links[link.0 as usize];
        (state.packet, state.vc, state.at) = (tag, vc, cycle);
        state.flits += 1;
        if let Some(unit) = state.receiver {
            self.arrives(cycle, unit, vc);
        }
    }

    #[inline]
    fn needs_buffers(&self, now: Cycle) -> bool {
        self.sleep.lost_buffers && now >= self.sleep.until
    }

    fn buffer(&mut self, event: OccupancyEvent, is_last: bool) {
        if let Some(signal) = self.signals.buffer(event.node, event.port, event.vc) {
            self.values.set(signal, event.flits.into());
        }
        self.sleep.lost_buffers &= !is_last;
    }

    fn watches_outputs(&self) -> bool {
        self.shows_outputs
    }

    fn output(&mut self, OutputEvent { cycle, node, port, vc, state }: OutputEvent) {
        self.advance(cycle);
        if let Some(signals) = self.signals.output(node, port, vc) {
            self.values.set(signals.credits, state.credits.into());
            self.values.set(signals.owner, self.signals.owner(node, state.owner));
        }
    }
}

impl<F: Write + Seek + Send + 'static> Probe for WaveRecorder<F> {
    const ACTS: bool = true;

    fn begin(&mut self, pass: &PassBegin) {
        self.advance(pass.start);
        let layers: Vec<Option<usize>> =
            pass.plan.output_maps.iter().map(|map| map.map(|map| usize::from(map.0))).collect();
        self.begin_units(pass.index, &pass.plan.names, &layers, pass.frames);
        self.pass.blames = pass.plan.blames.clone();
        for (producer, _) in pass.plan.routes() {
            self.pass.units[producer.0 as usize].sends = true;
        }
        self.intake.begin_pass();
        self.links.iter_mut().for_each(|link| link.receiver = None);
        if !self.watch.follows_units() {
            return;
        }
        // Those that get nothing begin by themselves.
        for (id, terminal) in (0..).map(UnitId).zip(&pass.plan.terminals) {
            if pass.plan.routes().any(|(_, consumer)| consumer == id) {
                let link = self.topology.link_to_terminal(terminal.0);
                self.links[link.0 as usize].receiver.get_or_insert(id);
            }
        }
    }

    #[inline]
    fn acted(&mut self, cycle: Cycle, unit: UnitId, act: Act, state: UnitState, done: usize) {
        if cycle < self.sleep.until {
            self.acted_unseen(cycle, unit, state, done);
        } else {
            self.acted_seen(cycle, unit, act, state, done);
        }
    }

    fn status(&mut self, cycle: Cycle, unit: UnitId, status: &UnitStatus) {
        self.advance(cycle);
        self.show(unit, status);
    }

    fn needs_statuses(&self, now: Cycle) -> bool {
        self.sleep.lost_statuses && now >= self.sleep.until
    }

    fn present(&mut self, unit: UnitId, status: &UnitStatus, frames: &[FrameRecord], is_last: bool) {
        self.show(unit, status);
        let sends = self.pass.units[unit.0 as usize].sends;
        let drained = frames.last().filter(|_| sends).map(|frame| frame.end);
        self.tracker.set(unit, (status.state, frames.len()), drained);
        self.show_now(unit);
        self.sleep.lost_statuses &= !is_last;
    }

    fn end(&mut self, cycle: Cycle) {
        if cycle < self.sleep.until {
            self.cycle = cycle;
        }
    }
}
