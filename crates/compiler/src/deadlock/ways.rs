//! The ways of all flows of a pass, found for all sources of a target at once.
//!
//! By the shape of a routing function, what a packet may do next depends on the channel that it holds, on its route class and on its target, and
//! not on its source. So the ways of all flows to a target are followed together, each channel once: the work grows with the channels on
//! the ways to each target and with the flows, not with the lengths of all their ways.

use spikemesh_device::network::{
    Channel, Endpoint, LinkId, NodeId, Outputs, PortKind, RouteClass, RouteClassId, RouteClasses,
    TerminalCoord, TerminalId, Topology,
};

/// Dependencies between channels, as a table: a channel and a class have a set of ports, by which packets leave that hold the channel.
pub(super) struct Ways<'a, F> {
    topology: &'a Topology,
    classes: &'a RouteClasses,
    outputs: &'a F,
    /// By channel and next class.
    ports: Vec<u32>,
    /// By channel and route class of the packet: the last target on whose ways it was.
    reached: Vec<u32>,
    target: u32,
    /// Channels and route classes of packets that are to be followed.
    open: Vec<(Channel, RouteClassId)>,
}

impl<'a, F: Fn(&Topology, &RouteClass, NodeId, PortKind, TerminalCoord) -> Outputs> Ways<'a, F> {
    /// No ways.
    pub(super) fn new(topology: &'a Topology, classes: &'a RouteClasses, outputs: &'a F) -> Self {
        let pairs = topology.links().len() * classes.len() * classes.len();
        Ways {
            topology,
            classes,
            outputs,
            ports: vec![0; pairs],
            reached: vec![0; pairs],
            target: 0,
            open: Vec::new(),
        }
    }

    /// Adds all ways of a traffic class from some terminals to one.
    pub(super) fn add(&mut self, traffic_class: u8, sources: &[TerminalId], to: TerminalId) {
        let Ways { topology, classes, outputs, .. } = *self;
        self.target += 1;
        let to = topology.coord(to);
        for &from in sources {
            for class in classes.of(traffic_class) {
                let start = Channel { link: topology.link_from_terminal(from), class: class.at_terminal };
                self.reach(start, class.id);
            }
        }
        while let Some((held, class)) = self.open.pop() {
            let Endpoint::Port { node, port } = topology.link(held.link).to else { continue };
            let arrived_by = topology.port_kind(node, port.into());
            for (port, next) in outputs(topology, &classes[usize::from(class.0)], node, arrived_by, to).iter()
            {
                let index = self.index(held, next);
                self.ports[index] |= 1 << port;
                self.reach(Channel { link: topology.link_from(node, port), class: next }, next);
            }
        }
    }

    fn reach(&mut self, channel: Channel, class: RouteClassId) {
        let index = self.index(channel, class);
        if self.reached[index] != self.target {
            self.reached[index] = self.target;
            self.open.push((channel, class));
        }
    }

    fn index(&self, channel: Channel, class: RouteClassId) -> usize {
        self.channel(channel) * self.classes.len() + usize::from(class.0)
    }

    fn channel(&self, Channel { link: LinkId(link), class: RouteClassId(class) }: Channel) -> usize {
        link as usize * self.classes.len() + usize::from(class)
    }

    /// The numbers of channels on the ways and of dependencies between them; `None` if these form a circle.
    ///
    /// Takes away channels that wait for none that is left; what stays is on a circle, or waits for one.
    pub(super) fn without_circle(&self) -> Option<(usize, usize)> {
        let channels = self.topology.links().len() * self.classes.len();
        let mut on_ways = vec![false; channels];
        let mut dependencies = Vec::new();
        for link in (0..self.topology.links().len() as u32).map(LinkId) {
            let Endpoint::Port { node, .. } = self.topology.link(link).to else { continue };
            for class in (0..self.classes.len() as u8).map(RouteClassId) {
                let held = Channel { link, class };
                for next in (0..self.classes.len() as u8).map(RouteClassId) {
                    let mut ports = self.ports[self.index(held, next)];
                    while ports != 0 {
                        let link = self.topology.link_from(node, ports.trailing_zeros() as u8);
                        let wanted = self.channel(Channel { link, class: next });
                        dependencies.push((wanted, self.channel(held)));
                        (on_ways[self.channel(held)], on_ways[wanted]) = (true, true);
                        ports &= ports - 1;
                    }
                }
            }
        }
        dependencies.sort_unstable();
        let mut waits = vec![0u32; channels];
        dependencies.iter().for_each(|&(_, held)| waits[held] += 1);
        let mut free: Vec<usize> = (0..channels).filter(|&c| waits[c] == 0).collect();
        let mut taken = 0;
        while let Some(channel) = free.pop() {
            taken += 1;
            let first = dependencies.partition_point(|&(wanted, _)| wanted < channel);
            for &(_, held) in dependencies[first..].iter().take_while(|&&(wanted, _)| wanted == channel) {
                waits[held] -= 1;
                if waits[held] == 0 {
                    free.push(held);
                }
            }
        }
        (taken == channels).then(|| (on_ways.iter().filter(|&&on| on).count(), dependencies.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::circle::Graph;
    use super::*;
    use proptest::prelude::*;
    use spikemesh_device::network::{Axis, Routing, outputs, walk};
    use spikemesh_device::{Device, Floorplan};

    /// Dimension order that turns at some nodes as YX does where XY is asked for, so that circles come up.
    fn turning(
        topology: &Topology,
        class: &RouteClass,
        node: NodeId,
        by: PortKind,
        to: TerminalCoord,
    ) -> Outputs {
        let first_axis = if node.0.is_multiple_of(3) { Axis::Y } else { Axis::X };
        let mut both = outputs(topology, &RouteClass { first_axis, ..*class }, node, by, to);
        if node.0.is_multiple_of(5) {
            outputs(topology, class, node, by, to).iter().for_each(|(port, class)| both.add(port, class));
        }
        both
    }

    type Function = fn(&Topology, &RouteClass, NodeId, PortKind, TerminalCoord) -> Outputs;

    fn check(size: (u16, u16), routing: Routing, function: Function, flows: &[(u8, u32, u32)]) -> bool {
        let mut network = Device::load("akd1000").unwrap().network;
        network.routing.0 = routing;
        let floorplan = Floorplan { columns: size.0, rows: size.1, nps_per_node: 2 };
        let config = network.config(size.0, size.1, floorplan.locals());
        let (topology, classes) = (Topology::new(&config), RouteClasses::new(&config));
        let mut one_by_one = Graph::new();
        let mut ways = Ways::new(&topology, &classes, &function);
        for &(class, from, to) in flows {
            let [from, to] = [from, to].map(|terminal| TerminalId(terminal % topology.terminals()));
            for route_class in classes.of(class) {
                for (held, wanted) in walk(&topology, &classes, function, route_class, from, to) {
                    one_by_one.add(held, wanted, ());
                }
            }
            ways.add(class, &[from], to);
        }
        let expected = (one_by_one.graph.node_count(), one_by_one.graph.edge_count());
        match ways.without_circle() {
            Some(found) => assert_eq!(found, expected),
            None => assert!(one_by_one.circle().is_some()),
        }
        ways.without_circle().is_some()
    }

    proptest! {
        /// All sources at once find the channels and dependencies that each flow for itself has.
        #[test]
        fn are_those_of_each_flow(
            size in (1u16..6, 1u16..6),
            routing in prop::sample::select(vec![Routing::Xy, Routing::Yx, Routing::O1Turn]),
            flows in prop::collection::vec((0u8..2, any::<u32>(), any::<u32>()), 0..60),
        ) {
            prop_assert!(check(size, routing, outputs, &flows));
            check(size, routing, turning, &flows);
        }
    }

    #[test]
    fn a_circle_is_found() {
        let all: Vec<(u8, u32, u32)> =
            (0..60).flat_map(|from| (0..60).map(move |to| (0, from, to))).collect();
        assert!(!check((5, 5), Routing::Xy, turning, &all));
        assert!(check((5, 5), Routing::Xy, outputs, &all));
    }
}
