//! The interface of probes, and probes made of others.

use spikemesh_isa::OutputMapId;
use spikemesh_isa::packet::Head;

use crate::simulator::PassPlan;
use crate::unit::{Emission, FrameRecord, UnitId, UnitState, UnitStatus};
use spikemesh_noc::Cycle;
use spikemesh_noc::trace::PacketKind;
use spikemesh_noc::{PacketRequest, TerminalId};

/// Watches a run: its units, and as a [`spikemesh_noc::Probe`] its network. Every method may be left empty.
///
/// Three constants of the type switch what costs time: [`OBSERVES_NETWORK`](spikemesh_noc::Probe::OBSERVES_NETWORK) the reports of
/// flits, grants and buffers, [`STATUSES`](Self::STATUSES) those of units, [`ACTS`](Self::ACTS) what made units act. Without them this is not
/// compiled. Whether packets are reported, [`wants_packets`](Self::wants_packets) says before a pass. [`begin`](Self::begin),
/// [`end`](Self::end), [`entered`](Self::entered) and [`emitted`](Self::emitted) are always called, with what the simulator has at hand.
pub trait Probe: spikemesh_noc::Probe {
    /// Whether [`status`](Self::status) is called. The simulator then asks a unit for its status whenever it has acted.
    const STATUSES: bool = <Self as spikemesh_noc::Probe>::OBSERVES_NETWORK;
    /// Whether [`acting`](Self::acting) and [`acted`](Self::acted) are called.
    const ACTS: bool = false;

    /// Whether [`packet`](Self::packet) is called. The simulator then keeps a copy of each request until it is reported.
    fn wants_packets(&self) -> bool {
        false
    }
    /// A pass begins.
    fn begin(&mut self, _pass: &PassBegin) {}
    /// The pass has ended, with its last event in this cycle.
    fn end(&mut self, _cycle: Cycle) {}
    /// A unit acts now, and why.
    fn acting(&mut self, _cycle: Cycle, _unit: UnitId, _act: Act) {}
    /// It has acted: its state now, and the frames of the pass that it has ended.
    fn acted(&mut self, _cycle: Cycle, _unit: UnitId, _act: Act, _state: UnitState, _done: usize) {}
    /// A unit with two input maps has acted: the frames of the pass that it has taken in, and ended. Called behind [`acted`](Self::acted).
    fn received(&mut self, _cycle: Cycle, _unit: UnitId, _act: Act, _frames: [usize; 2]) {}
    /// A unit has acted and is now in another status. Not called while the probe [is asleep](spikemesh_noc::Probe::is_asleep).
    fn status(&mut self, _cycle: Cycle, _unit: UnitId, _status: &UnitStatus) {}
    /// Whether it looks again in cycle `now`, after units have changed without a report. It is asked before the next thing happens, once a cycle
    /// or more, and when the pass has ended; until then it may hear of a part.
    fn needs_statuses(&self, _now: Cycle) -> bool {
        false
    }
    /// The status of a unit, at present, and the frames of the pass that it has ended. `is_last`: of all units of the pass.
    fn present(&mut self, _unit: UnitId, _status: &UnitStatus, _frames: &[FrameRecord], _is_last: bool) {}
    /// A unit has handed a packet to the network, which it may enter from cycle `created` on. `targets` are the terminals that receive it: of most
    /// packets one, of a tree several, the packet's own target first.
    fn packet(&mut self, _created: Cycle, _sender: Sender, _packet: &PacketRequest, _targets: &[TerminalId]) {
    }
    /// So many events of a unit, one or more, have entered its FIFO.
    fn entered(&mut self, _cycle: Cycle, _unit: UnitId, _events: usize) {}
    /// A unit has emitted.
    fn emitted(&mut self, _cycle: Cycle, _unit: UnitId, _origin: Origin, _events: &[Emission]) {}
}

/// A pass that begins.
#[derive(Clone, Copy, Debug)]
pub struct PassBegin<'a> {
    /// Its index in the program.
    pub index: usize,
    /// Its units.
    pub plan: &'a PassPlan,
    /// Indices of its frames in the run.
    pub frames: &'a [usize],
    /// When its load began, which ends when it begins.
    pub loaded: Cycle,
    /// When it begins.
    pub start: Cycle,
}

/// What makes a unit act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The pass begins.
    Start,
    /// The time of a step is over.
    Timer,
    /// The last flit of one of its packets has left.
    Sent {
        /// The packet's receiver.
        target: UnitId,
        /// The packet.
        tag: u32,
    },
    /// The last flit of a packet of data, or of a marker, has arrived.
    Data {
        /// The packet's sender.
        source: UnitId,
        /// The packet.
        tag: u32,
        /// The parity of its frame.
        parity: u8,
    },
    /// A token has arrived.
    Token {
        /// The consumer whose map is free.
        source: UnitId,
        /// The packet.
        tag: u32,
    },
}

/// Who sends a packet, for what, and what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The unit.
    pub unit: UnitId,
    /// Index in the run of the frame that it works on.
    pub frame: usize,
    /// What the packet carries.
    pub kind: PacketKind,
    /// Who gets it.
    pub target: UnitId,
    /// Its head.
    pub head: Head,
    /// Words behind the head.
    pub words: usize,
}

/// What events belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Index of the frame in the run.
    pub frame: usize,
    /// The output map that they are part of.
    pub output_map: OutputMapId,
}

/// Two probes that see the same run.
impl<A: Probe, B: Probe> Probe for (A, B) {
    const STATUSES: bool = A::STATUSES || B::STATUSES;
    const ACTS: bool = A::ACTS || B::ACTS;

    fn wants_packets(&self) -> bool {
        self.0.wants_packets() || self.1.wants_packets()
    }

    fn begin(&mut self, pass: &PassBegin) {
        self.0.begin(pass);
        self.1.begin(pass);
    }

    fn end(&mut self, cycle: Cycle) {
        self.0.end(cycle);
        self.1.end(cycle);
    }

    fn acting(&mut self, cycle: Cycle, unit: UnitId, act: Act) {
        self.0.acting(cycle, unit, act);
        self.1.acting(cycle, unit, act);
    }

    #[inline]
    fn acted(&mut self, cycle: Cycle, unit: UnitId, act: Act, state: UnitState, done: usize) {
        self.0.acted(cycle, unit, act, state, done);
        self.1.acted(cycle, unit, act, state, done);
    }

    fn received(&mut self, cycle: Cycle, unit: UnitId, act: Act, frames: [usize; 2]) {
        self.0.received(cycle, unit, act, frames);
        self.1.received(cycle, unit, act, frames);
    }

    fn status(&mut self, cycle: Cycle, unit: UnitId, status: &UnitStatus) {
        self.0.status(cycle, unit, status);
        self.1.status(cycle, unit, status);
    }

    fn needs_statuses(&self, now: Cycle) -> bool {
        self.0.needs_statuses(now) || self.1.needs_statuses(now)
    }

    fn present(&mut self, unit: UnitId, status: &UnitStatus, frames: &[FrameRecord], is_last: bool) {
        self.0.present(unit, status, frames, is_last);
        self.1.present(unit, status, frames, is_last);
    }

    fn packet(&mut self, created: Cycle, sender: Sender, packet: &PacketRequest, targets: &[TerminalId]) {
        self.0.packet(created, sender, packet, targets);
        self.1.packet(created, sender, packet, targets);
    }

    fn entered(&mut self, cycle: Cycle, unit: UnitId, events: usize) {
        self.0.entered(cycle, unit, events);
        self.1.entered(cycle, unit, events);
    }

    fn emitted(&mut self, cycle: Cycle, unit: UnitId, origin: Origin, events: &[Emission]) {
        self.0.emitted(cycle, unit, origin, events);
        self.1.emitted(cycle, unit, origin, events);
    }
}

/// A probe that is there or not.
impl<P: Probe> Probe for Option<P> {
    const STATUSES: bool = P::STATUSES;
    const ACTS: bool = P::ACTS;

    fn wants_packets(&self) -> bool {
        self.as_ref().is_some_and(P::wants_packets)
    }

    fn begin(&mut self, pass: &PassBegin) {
        self.iter_mut().for_each(|probe| probe.begin(pass));
    }

    fn end(&mut self, cycle: Cycle) {
        self.iter_mut().for_each(|probe| probe.end(cycle));
    }

    fn acting(&mut self, cycle: Cycle, unit: UnitId, act: Act) {
        self.iter_mut().for_each(|probe| probe.acting(cycle, unit, act));
    }

    fn acted(&mut self, cycle: Cycle, unit: UnitId, act: Act, state: UnitState, done: usize) {
        self.iter_mut().for_each(|probe| probe.acted(cycle, unit, act, state, done));
    }

    fn received(&mut self, cycle: Cycle, unit: UnitId, act: Act, frames: [usize; 2]) {
        self.iter_mut().for_each(|probe| probe.received(cycle, unit, act, frames));
    }

    fn status(&mut self, cycle: Cycle, unit: UnitId, status: &UnitStatus) {
        self.iter_mut().for_each(|probe| probe.status(cycle, unit, status));
    }

    fn needs_statuses(&self, now: Cycle) -> bool {
        self.as_ref().is_some_and(|probe| probe.needs_statuses(now))
    }

    fn present(&mut self, unit: UnitId, status: &UnitStatus, frames: &[FrameRecord], is_last: bool) {
        self.iter_mut().for_each(|probe| probe.present(unit, status, frames, is_last));
    }

    fn packet(&mut self, created: Cycle, sender: Sender, packet: &PacketRequest, targets: &[TerminalId]) {
        self.iter_mut().for_each(|probe| probe.packet(created, sender, packet, targets));
    }

    fn entered(&mut self, cycle: Cycle, unit: UnitId, events: usize) {
        self.iter_mut().for_each(|probe| probe.entered(cycle, unit, events));
    }

    fn emitted(&mut self, cycle: Cycle, unit: UnitId, origin: Origin, events: &[Emission]) {
        self.iter_mut().for_each(|probe| probe.emitted(cycle, unit, origin, events));
    }
}

impl Probe for spikemesh_noc::NoProbe {}
