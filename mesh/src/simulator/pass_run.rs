//! One pass at work: the loop over simulated time. `docs/microarchitecture/timing.md` specifies its order; the cycle of the network inside it is
//! `mesh/noc/src/cycle.rs`.

use super::error::Error;
use super::options::SimulationOptions;
use super::outcome::Outcome;
use super::plan::PassPlan;
use crate::end::EarlyEnd;
use crate::probe::{Act, Origin, Probe, Sender};
use crate::timing_wheel::TimingWheel;
use crate::unit::packets::{Offered, Packets, kind};
use crate::unit::{Emission, FrameRecord, ProtocolError, Scratch, Unit, UnitContext, UnitId, UnitStatus};
use spikemesh_isa::packet::Head;
use spikemesh_noc::{Cycle, Hang, LinkCounters, Lookout, Network, Watchdog};
use spikemesh_stop::Stop;

/// When a pass is given up: flits are in the network, and none has moved for this many cycles.
const WATCHDOG: Watchdog = Watchdog::new(100_000);

/// One pass at work.
pub(super) struct PassRun<'a, 'o> {
    plan: &'a PassPlan,
    units: Vec<Unit<'a>>,
    network: Network,
    timers: TimingWheel,
    packets: Packets,
    /// The last cycle in which the network moved.
    moved: Option<Cycle>,
    scratch: Scratch,
    emitted: Vec<Emission>,
    statuses: Vec<UnitStatus>,
    frames: &'a [usize],
    outcome: &'o mut Outcome,
    /// Frames that are counted as finished.
    counted: usize,
}

/// What a pass left.
pub(super) struct PassResult {
    /// The cycle of the last event.
    pub(super) end: Cycle,
    /// Set if it did not come to its end.
    pub(super) early: Option<EarlyEnd>,
    /// Flits times links between routers.
    pub(super) flit_hops: u64,
    /// What passed each link.
    pub(super) links: Vec<LinkCounters>,
    /// What each unit did, frame by frame.
    pub(super) records: Vec<Vec<FrameRecord>>,
    /// For each sink the maps that it collected, and last the one that it was collecting.
    pub(super) collected: Vec<Vec<Vec<i32>>>,
}

impl<'a, 'o> PassRun<'a, 'o> {
    /// Units and network after reset. `packets` knows whether a probe looks at packets.
    pub(super) fn new(
        plan: &'a PassPlan,
        units: Vec<Unit<'a>>,
        network: Network,
        frames: &'a [usize],
        outcome: &'o mut Outcome,
        packets: Packets,
    ) -> PassRun<'a, 'o> {
        PassRun {
            plan,
            units,
            network,
            timers: TimingWheel::default(),
            packets,
            moved: None,
            scratch: Scratch::default(),
            emitted: Vec::new(),
            statuses: vec![UnitStatus::default(); plan.names.len()],
            frames,
            outcome,
            counted: 0,
        }
    }

    /// Runs until nothing is left to do, or until it ends early; either way it gives what was done.
    pub(super) fn run<P: Probe>(
        mut self,
        start: Cycle,
        options: &SimulationOptions,
        probe: &mut P,
    ) -> PassResult {
        let mut now = start;
        let early = self.simulate(&mut now, options, probe).err();
        self.catch_up(Cycle::MAX, probe);
        self.count(&options.stop);
        // Of every unit, not of sinks alone: what one computes for nobody would be lost without a word.
        let complete = self.units.iter().all(|unit| unit.frames().len() == self.frames.len());
        PassResult {
            end: now,
            early: early.or_else(|| (!complete).then(|| EarlyEnd::Hang(self.hang(now)))),
            flit_hops: self.network.counters().flit_hops,
            links: self.network.link_counters(),
            records: self.units.iter().map(|unit| unit.frames().to_vec()).collect(),
            collected: self.units.into_iter().filter_map(Unit::into_collected).collect(),
        }
    }

    /// The loop over time, from cycle `now` on, until nothing is left to do or nothing moves any more.
    ///
    /// Time jumps to the next cycle in which a timer runs out or a flit can move. In one cycle timers come first, in the order of their units; they
    /// may hand packets to the network, which still moves in this cycle. After the network has moved, units act on tails that have left, then on
    /// packets that have arrived, both in the order in which the network reports them. A packet that a unit creates after the network has moved
    /// enters it one cycle later: otherwise the order of units in a cycle would decide when packets leave.
    ///
    /// # Errors
    /// The stop flag, the cycle limit, and packets that a unit cannot take.
    fn simulate<P: Probe>(
        &mut self,
        now: &mut Cycle,
        options: &SimulationOptions,
        probe: &mut P,
    ) -> Result<(), EarlyEnd> {
        let start = *now;
        for unit in 0..self.units.len() {
            self.dispatch(unit, start, Act::Start, probe, |unit, context| match unit {
                Unit::Hrc(hrc) => hrc.start(start, context),
                Unit::Source(source) => source.start(start, context),
                Unit::Np(_) | Unit::Sink(_) => {}
            });
        }
        let (mut due, mut sent, mut arrived) = (Vec::new(), Vec::new(), Vec::new());
        let mut lookout = Lookout::new(options.stop.clone(), Some(options.max_cycles), self.network.nodes());
        let is_ideal = self.packets.ideal().is_some();
        loop {
            let flit = match is_ideal {
                false => self.network.next_active(),
                true => self.packets.ideal().and_then(|ideal| ideal.next_active()),
            };
            let timer = self.timers.next_cycle();
            let next = match (timer, flit) {
                (Some(timer), Some(flit)) => timer.min(flit),
                (timer, flit) => match timer.or(flit) {
                    Some(next) => next,
                    None => break,
                },
            };
            if lookout.is_due(next) {
                lookout.check(next)?;
                self.count(&options.stop);
            }
            *now = next;
            let now = next;
            self.catch_up(now, probe);
            if timer == Some(now) {
                self.timers.take(&mut due);
                for entry in &due {
                    let unit = entry.unit as usize;
                    self.dispatch(unit, now, Act::Timer, probe, |unit, context| unit.timer(context));
                }
                continue;
            }
            if is_ideal && let Some(ideal) = self.packets.ideal() {
                ideal.step(now, &mut sent, &mut arrived);
            } else {
                self.network.step(now, probe);
                sent.clear();
                sent.extend(self.network.injected().iter().map(|s| (s.tag, s.terminal)));
            }
            self.moved = Some(now);
            for &(tag, _) in &sent {
                let packet = self.packets.get(tag);
                if packet.head != Head::MapFree {
                    let (unit, batch) = (packet.source.0 as usize, packet.batch);
                    let act = Act::Sent { target: packet.target, tag };
                    self.dispatch(unit, now, act, probe, |unit, context| unit.sent(context, batch));
                }
            }
            if !is_ideal {
                arrived.clear();
                arrived.extend(self.network.delivered().iter().map(|a| (a.tag, a.terminal)));
            }
            for &(tag, terminal) in &arrived {
                let packet = self.packets.arrive(tag, terminal, &self.plan.terminals);
                let (unit, source) = (packet.target.0 as usize, packet.source);
                let act = match packet.head {
                    Head::MapFree => Act::Token { source, tag },
                    _ => Act::Data { source, tag, parity: packet.parity },
                };
                let arrived =
                    self.dispatch(unit, now, act, probe, |unit, context| unit.arrived(context, &packet));
                arrived.map_err(|defect: ProtocolError| Error::Defect {
                    cycle: now,
                    unit: self.plan.names[unit].clone(),
                    defect,
                })?;
            }
            if WATCHDOG.is_deadlocked(&self.network, Some(now)) {
                break;
            }
        }
        Ok(())
    }

    /// Lets a unit act, then reports to the probe and the outcome what it emitted and what it does now. Its status is only looked at for probes.
    fn dispatch<P: Probe, T>(
        &mut self,
        unit: usize,
        now: Cycle,
        act: Act,
        probe: &mut P,
        action: impl FnOnce(&mut Unit, &mut UnitContext) -> T,
    ) -> T {
        let id = UnitId(unit as u32);
        if P::ACTS {
            probe.acting(now, id, act);
        }
        let mut context = UnitContext {
            now,
            created: if self.moved == Some(now) { now + 1 } else { now },
            unit: id,
            packets: &mut self.packets,
            network: &mut self.network,
            timers: &mut self.timers,
            terminals: &self.plan.terminals,
            scratch: &mut self.scratch,
            emitted: &mut self.emitted,
        };
        // A sequencer counts a frame when it is over, so what a unit emits belongs to the frame after those.
        let position = self.units[unit].frames().len();
        let result = action(&mut self.units[unit], &mut context);
        if !self.emitted.is_empty() {
            probe.entered(now, id, self.emitted.len());
            if let (Some(output_map), Some(&frame)) = (self.plan.output_maps[unit], self.frames.get(position))
            {
                probe.emitted(now, id, Origin { frame, output_map }, &self.emitted);
                self.outcome.record(frame, usize::from(output_map.0), &self.emitted);
            }
            self.emitted.clear();
        }
        if let Some(watch) = self.packets.watch.as_mut().filter(|watch| !watch.offered.is_empty()) {
            // A source that has ended its last frame sends nothing, so there is a frame.
            let frame = self.frames.get(position).copied().unwrap_or_default();
            let offered = std::mem::take(&mut watch.offered);
            for &Offered { created, request, target, head, words, tree } in &offered {
                let sender = Sender { unit: id, frame, kind: kind(head), target, head, words };
                let targets = self.packets.targets(tree, &request.target, &self.plan.terminals);
                probe.packet(created, sender, &request, &targets);
            }
            if let Some(watch) = &mut self.packets.watch {
                watch.offered = offered;
                watch.offered.clear();
            }
        }
        if P::ACTS {
            let unit = &self.units[unit];
            let done = unit.frames().len();
            probe.acted(now, id, act, unit.state(), done);
            if let Some(taken) = unit.taken_beside() {
                probe.received(now, id, act, [taken, done]);
            }
        }
        if P::STATUSES && !probe.is_asleep(now) {
            let status = self.units[unit].status();
            if status != self.statuses[unit] {
                self.statuses[unit] = status;
                probe.status(now, id, &status);
            }
        }
        result
    }

    /// Tells a probe that looks again what it has missed: all of it as it is now, so it need not be told at once.
    #[inline(always)]
    fn catch_up<P: Probe>(&mut self, now: Cycle, probe: &mut P) {
        if P::STATUSES && probe.needs_statuses(now) {
            self.report_statuses(probe);
        }
        self.network.report_buffers(now, probe);
    }

    #[cold]
    fn report_statuses<P: Probe>(&mut self, probe: &mut P) {
        let mut left = self.units.len();
        for ((id, unit), status) in (0..).map(UnitId).zip(&self.units).zip(&mut self.statuses) {
            left -= 1;
            *status = unit.status();
            probe.present(id, status, unit.frames(), left == 0);
        }
    }

    /// Counts the frames that every unit has ended, if this is the only pass: where there are others, frames are counted behind the last.
    fn count(&mut self, stop: &Stop) {
        if self.outcome.passes.len() == 1 {
            let finished = self.units.iter().map(|unit| unit.frames().len()).min().unwrap_or(0);
            stop.progress().add((finished - self.counted) as u64);
            self.counted = finished;
        }
    }

    fn hang(&self, cycle: Cycle) -> Hang {
        let waiting = self
            .units
            .iter()
            .zip(&self.plan.names)
            .filter_map(|(unit, name)| unit.waits_for().map(|what| format!("{name} waits for {what}")))
            .collect();
        Hang { cycle, waiting }
    }
}
