//! The network moves: no packet waits for itself by way of others.
//!
//! A packet that holds a channel may wait for any next one that the routing function allows: that is a dependency. When the dependencies of
//! all flows of a pass form no circle, some packet can always move, and so all arrive (Dally and Seitz). A channel is a link and a route class,
//! since route classes have virtual channels of their own between routers; [`apart`] checks that they have. A source replicates a packet for
//! its receivers one after the other, so a copy waits for no other copy.

use spikemesh_device::Floorplan;
use spikemesh_device::network::{
    Channel, NodeId, Outputs, PortKind, RouteClass, RouteClasses, TerminalCoord, TerminalId, Topology,
    TrafficClass, walk,
};

use super::circle::Graph;
use super::circular_wait::CircularWait;
use super::flow::{Flow, sources};
use super::refused::Refused;
use super::ways::Ways;
use spikemesh_isa::Pass;
use spikemesh_stop::{Stop, Stopped};

/// Whether route classes share no virtual channel where their packets wait for different ones: between routers no two classes, from and to
/// terminals no two traffic classes. So no token ever waits behind data.
pub(super) fn apart(classes: &RouteClasses) -> Result<(), Refused> {
    for (index, first) in classes.iter().enumerate() {
        for second in &classes[index + 1..] {
            let at_terminals = match first.traffic_class == second.traffic_class {
                true => 0,
                false => first.terminal_vcs & second.terminal_vcs,
            };
            let common = first.transit_vcs & second.transit_vcs | at_terminals;
            if common != 0 {
                let [first, second] = [first, second].map(|class| traffic_class(class.traffic_class));
                return Err(Refused::SharedChannel { first, second, vc: common.trailing_zeros() });
            }
        }
    }
    Ok(())
}

fn traffic_class(class: u8) -> String {
    let known = [TrafficClass::Data, TrafficClass::Token];
    known.get(usize::from(class)).map_or_else(|| format!("class {class}"), ToString::to_string)
}

/// The number of the flows of a pass, and the numbers of channels and of dependencies between them if these form no circle. The flows are not
/// told apart.
///
/// # Errors
/// The stop flag is set.
pub(super) fn count(
    pass: &Pass,
    topology: &Topology,
    classes: &RouteClasses,
    floorplan: &Floorplan,
    outputs: &impl Fn(&Topology, &RouteClass, NodeId, PortKind, TerminalCoord) -> Outputs,
    stop: &Stop,
) -> Result<(usize, Option<(usize, usize)>), Stopped> {
    let mut ways = Ways::new(topology, classes, outputs);
    let mut flows = 0;
    for class in [TrafficClass::Data, TrafficClass::Token] {
        let sources = sources(pass, floorplan, topology.terminals(), class);
        for (to, sources) in (0..).map(TerminalId).zip(&sources) {
            stop.check()?;
            ways.add(class as u8, sources, to);
            flows += sources.len();
        }
    }
    Ok((flows, ways.without_circle()))
}

/// The dependencies of the flows of a pass. Many flows share one; the first stands for all, and flows come in the order of their terminals.
///
/// # Errors
/// The stop flag is set.
pub(super) fn dependencies(
    flows: &[Flow],
    topology: &Topology,
    classes: &RouteClasses,
    floorplan: &Floorplan,
    outputs: &impl Fn(&Topology, &RouteClass, NodeId, PortKind, TerminalCoord) -> Outputs,
    stop: &Stop,
) -> Result<Graph<Channel, Flow>, Stopped> {
    let mut dependencies = Graph::new();
    for flow in flows {
        stop.check()?;
        let [from, to] = [flow.from, flow.to].map(|unit| floorplan.terminal(unit));
        for class in classes.of(flow.class as u8) {
            for (held, wanted) in walk(topology, classes, outputs, class, from, to) {
                dependencies.add(held, wanted, *flow);
            }
        }
    }
    Ok(dependencies)
}

/// Proves that dependencies form no circle; gives the numbers of channels and of dependencies.
pub(super) fn prove(
    dependencies: &Graph<Channel, Flow>,
    topology: &Topology,
    floorplan: &Floorplan,
) -> Result<(usize, usize), Refused> {
    match dependencies.circle() {
        None => Ok((dependencies.graph.node_count(), dependencies.graph.edge_count())),
        Some((channels, flows)) => {
            let text = describe(&channels, &flows, topology, floorplan);
            Err(Refused::CircularWait(CircularWait { channels, flows, text }))
        }
    }
}

/// A circular wait by the names of its links and units.
fn describe(channels: &[Channel], flows: &[Flow], topology: &Topology, floorplan: &Floorplan) -> String {
    let mut text = String::new();
    for (channel, flow) in channels.iter().zip(flows) {
        let (link, class) = (&topology.link(channel.link).name, flow.class);
        let [from, to] = [flow.from, flow.to].map(|unit| floorplan.name(unit));
        text += &format!("{link} ({class}), held by {from} -> {to} in pass {}, waits for ", flow.pass);
    }
    text + "the first"
}
