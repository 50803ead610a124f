//! Probes: what watches a running network without changing it.

use crate::time::Cycle;
use spikemesh_device::network::{LinkId, NodeId};

/// A flit at the far end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlitEvent {
    /// When it arrived.
    pub cycle: Cycle,
    /// The link that it came over.
    pub link: LinkId,
    /// Its virtual channel on that link.
    pub vc: u8,
    /// Its packet.
    pub tag: u32,
    /// First flit of the packet.
    pub is_head: bool,
    /// Last flit of the packet.
    pub is_tail: bool,
}

/// A flit that won the switch of a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantEvent {
    /// When.
    pub cycle: Cycle,
    /// The router's node.
    pub node: NodeId,
    /// Port that it came in by.
    pub in_port: u8,
    /// Virtual channel that it came in on.
    pub in_vc: u8,
    /// Port that it goes out by.
    pub out_port: u8,
    /// Virtual channel that it goes out on.
    pub out_vc: u8,
    /// Its packet.
    pub tag: u32,
    /// First flit of the packet.
    pub is_head: bool,
    /// Last flit of the packet.
    pub is_tail: bool,
}

/// A new filling of an input buffer, at the end of a change. One buffer may change twice in a cycle: once by an
/// arrival, then by a departure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OccupancyEvent {
    /// When.
    pub cycle: Cycle,
    /// The router's node.
    pub node: NodeId,
    /// The input port.
    pub port: u8,
    /// The virtual channel.
    pub vc: u8,
    /// Flits in its buffer.
    pub flits: u16,
}

/// The virtual channel of an output port, as its router knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputState {
    /// Free places in the buffer behind the link, as far as credits have come back.
    pub credits: u16,
    /// Port and virtual channel of the input whose packet holds it: from the grant until the tail wins the switch.
    pub owner: Option<(u8, u8)>,
}

/// A virtual channel of an output port, after something that may have changed it. The last report of a cycle is its state at the end of the cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputEvent {
    /// When.
    pub cycle: Cycle,
    /// The router's node.
    pub node: NodeId,
    /// The output port.
    pub port: u8,
    /// The virtual channel.
    pub vc: u8,
    /// Its state now.
    pub state: OutputState,
}

/// Receives what happens in the network, in the order in which it happens. All methods do nothing unless written.
pub trait Probe {
    /// Whether [`flit`](Self::flit), [`grant`](Self::grant) and [`occupancy`](Self::occupancy) are called. It is a constant, so for `false` the
    /// network's step is compiled without the reports and without what they cost: a call per report, and the look-up of the packet's tag.
    const OBSERVES_NETWORK: bool = true;

    /// A flit arrived over a link.
    fn flit(&mut self, event: FlitEvent) {
        let _ = event;
    }

    /// A flit won a switch.
    fn grant(&mut self, event: GrantEvent) {
        let _ = event;
    }

    /// An input buffer changed.
    fn occupancy(&mut self, event: OccupancyEvent) {
        let _ = event;
    }

    /// Whether it looks at nothing in cycle `now`. Then flits come by [`passed`](Self::passed), and neither grants nor buffers are reported. It is
    /// asked before the cycle and once it has delivered.
    fn is_asleep(&self, now: Cycle) -> bool {
        let _ = now;
        !Self::OBSERVES_NETWORK
    }

    /// A flit has arrived over a link while nobody looked.
    fn passed(&mut self, cycle: Cycle, link: LinkId, vc: u8, tag: u32) {
        let _ = (cycle, link, vc, tag);
    }

    /// Whether it looks again in cycle `now`, after buffers have changed without a report. Who steps the network then tells it all of them, by
    /// [`Network::report_buffers`](crate::Network::report_buffers), before the next cycle; until then it may hear of a part.
    fn needs_buffers(&self, now: Cycle) -> bool {
        let _ = now;
        false
    }

    /// Flits in a buffer, at present. `is_last`: of all buffers.
    fn buffer(&mut self, event: OccupancyEvent, is_last: bool) {
        let _ = (event, is_last);
    }

    /// Whether [`output`](Self::output) is called, of a probe that observes the network. The same from the first step to the last.
    fn watches_outputs(&self) -> bool {
        false
    }

    /// A virtual channel of an output port may have changed.
    fn output(&mut self, event: OutputEvent) {
        let _ = event;
    }
}

/// Two probes that see the same run.
impl<A: Probe, B: Probe> Probe for (A, B) {
    const OBSERVES_NETWORK: bool = A::OBSERVES_NETWORK || B::OBSERVES_NETWORK;

    fn flit(&mut self, event: FlitEvent) {
        self.0.flit(event);
        self.1.flit(event);
    }

    fn grant(&mut self, event: GrantEvent) {
        self.0.grant(event);
        self.1.grant(event);
    }

    fn occupancy(&mut self, event: OccupancyEvent) {
        self.0.occupancy(event);
        self.1.occupancy(event);
    }

    fn is_asleep(&self, now: Cycle) -> bool {
        self.0.is_asleep(now) && self.1.is_asleep(now)
    }

    #[inline(always)]
    fn passed(&mut self, cycle: Cycle, link: LinkId, vc: u8, tag: u32) {
        self.0.passed(cycle, link, vc, tag);
        self.1.passed(cycle, link, vc, tag);
    }

    fn needs_buffers(&self, now: Cycle) -> bool {
        self.0.needs_buffers(now) || self.1.needs_buffers(now)
    }

    fn buffer(&mut self, event: OccupancyEvent, is_last: bool) {
        self.0.buffer(event, is_last);
        self.1.buffer(event, is_last);
    }

    fn watches_outputs(&self) -> bool {
        self.0.watches_outputs() || self.1.watches_outputs()
    }

    fn output(&mut self, event: OutputEvent) {
        self.0.output(event);
        self.1.output(event);
    }
}

/// A probe that is somewhere else.
impl<P: Probe> Probe for &mut P {
    const OBSERVES_NETWORK: bool = P::OBSERVES_NETWORK;

    fn flit(&mut self, event: FlitEvent) {
        (**self).flit(event);
    }

    fn grant(&mut self, event: GrantEvent) {
        (**self).grant(event);
    }

    fn occupancy(&mut self, event: OccupancyEvent) {
        (**self).occupancy(event);
    }

    fn is_asleep(&self, now: Cycle) -> bool {
        (**self).is_asleep(now)
    }

    fn passed(&mut self, cycle: Cycle, link: LinkId, vc: u8, tag: u32) {
        (**self).passed(cycle, link, vc, tag);
    }

    fn needs_buffers(&self, now: Cycle) -> bool {
        (**self).needs_buffers(now)
    }

    fn buffer(&mut self, event: OccupancyEvent, is_last: bool) {
        (**self).buffer(event, is_last);
    }

    fn watches_outputs(&self) -> bool {
        (**self).watches_outputs()
    }

    fn output(&mut self, event: OutputEvent) {
        (**self).output(event);
    }
}

/// A probe that is there or not. A missing one of a type that observes still costs the reports: the type decides, not the value.
impl<P: Probe> Probe for Option<P> {
    const OBSERVES_NETWORK: bool = P::OBSERVES_NETWORK;

    fn flit(&mut self, event: FlitEvent) {
        self.iter_mut().for_each(|probe| probe.flit(event));
    }

    fn grant(&mut self, event: GrantEvent) {
        self.iter_mut().for_each(|probe| probe.grant(event));
    }

    fn occupancy(&mut self, event: OccupancyEvent) {
        self.iter_mut().for_each(|probe| probe.occupancy(event));
    }

    fn is_asleep(&self, now: Cycle) -> bool {
        self.as_ref().is_none_or(|probe| probe.is_asleep(now))
    }

    fn passed(&mut self, cycle: Cycle, link: LinkId, vc: u8, tag: u32) {
        self.iter_mut().for_each(|probe| probe.passed(cycle, link, vc, tag));
    }

    fn needs_buffers(&self, now: Cycle) -> bool {
        self.as_ref().is_some_and(|probe| probe.needs_buffers(now))
    }

    fn buffer(&mut self, event: OccupancyEvent, is_last: bool) {
        self.iter_mut().for_each(|probe| probe.buffer(event, is_last));
    }

    fn watches_outputs(&self) -> bool {
        self.as_ref().is_some_and(P::watches_outputs)
    }

    fn output(&mut self, event: OutputEvent) {
        self.iter_mut().for_each(|probe| probe.output(event));
    }
}

/// The probe that looks at nothing and costs nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProbe;

impl Probe for NoProbe {
    const OBSERVES_NETWORK: bool = false;
}
