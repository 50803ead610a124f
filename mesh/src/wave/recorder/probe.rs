//! What the recorder is told.

use std::io::{Seek, Write};

use super::{FIRST, WaveRecorder};
use crate::probe::{Act, PassBegin, Probe};
use crate::unit::{UnitId, UnitState, UnitStatus};
use spikemesh_noc::{Cycle, FlitEvent, LinkId, OccupancyEvent, OutputEvent};

impl<F: Write + Seek + Send + 'static> spikemesh_noc::Probe for WaveRecorder<F> {
    fn flit(&mut self, event: FlitEvent) {
        self.advance(event.cycle);
        let index = event.link.0 as usize;
        let state = &mut self.links[index];
        state.flits += 1;
        (state.packet, state.vc, state.at) = (event.tag.into(), event.vc, event.cycle);
        let receiver = state.receiver;
        if self.shows_links() {
            self.show_flit(index, &event);
        } else if !self.sleeps() {
            self.flits.push(index);
        }
        if let Some(unit) = receiver
            && self.watch.follows_units()
            && self.token_vcs >> event.vc & 1 == 0
        {
            self.begins(unit);
        }
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

    #[inline]
    fn passed(&mut self, cycle: Cycle, link: LinkId, vc: u8, tag: u32) {
        self.cycle = cycle;
        let state = &mut self.links[link.0 as usize];
        (state.packet, state.vc, state.at) = (tag.into(), vc, cycle);
        state.flits += 1;
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
        self.intake.begin_pass();
        self.links.iter_mut().for_each(|link| link.receiver = None);
        // Those that get nothing begin by themselves.
        for (id, terminal) in (0..).map(UnitId).zip(&pass.plan.terminals) {
            if pass.plan.routes().any(|(_, consumer)| consumer == id) {
                let link = self.topology.link_to_terminal(terminal.0);
                self.links[link.0 as usize].receiver.get_or_insert(id);
            }
        }
    }

    fn acted(&mut self, cycle: Cycle, unit: UnitId, act: Act, state: UnitState, done: usize) {
        self.advance(cycle);
        self.tracker.acted(cycle, unit, act, (state, done), &self.pass.blames, &mut |_| {});
        if self.watch.follows_units() {
            let ended = &mut self.pass.units[unit.0 as usize];
            while (ended.done as usize) < done {
                let frame = self.pass.frames[ended.done as usize];
                ended.done += 1;
                ended.begun = ended.begun.max(ended.done);
                self.watch.ends(ended.layer, frame);
            }
            if state != UnitState::Idle {
                self.begins(unit);
            }
        }
        if unit == FIRST {
            self.intake.ended(done);
            self.part.takes_in(self.intake.share());
        }
        if self.sleeps() {
            return self.mark_layer(unit);
        }
        if self.tracker.during(unit, cycle) != self.tracker.present(unit) {
            self.drained.push(unit);
        }
        self.show_phase(unit);
    }

    fn status(&mut self, cycle: Cycle, unit: UnitId, status: &UnitStatus) {
        self.advance(cycle);
        self.show(unit, status);
    }

    fn needs_statuses(&self, now: Cycle) -> bool {
        self.sleep.lost_statuses && now >= self.sleep.until
    }

    fn present(&mut self, unit: UnitId, status: &UnitStatus, is_last: bool) {
        self.show(unit, status);
        self.sleep.lost_statuses &= !is_last;
    }
}
