//! Which links and buffers a program uses.

use std::collections::BTreeSet;

use crate::simulator::PassPlan;
use spikemesh_device::network::{
    Endpoint, LinkId, NodeId, RouteClassId, RouteClasses, Topology, TrafficClass, outputs, walk,
};
use spikemesh_noc::{Config, TerminalId};

/// A virtual channel of a router's port: an input buffer, or an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Channel {
    pub node: NodeId,
    pub port: u8,
    pub vc: u8,
}

/// Links that packets pass, and the buffers behind them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Used {
    pub links: BTreeSet<LinkId>,
    pub buffers: BTreeSet<Channel>,
    /// Virtual channels of the outputs before them.
    pub outputs: BTreeSet<Channel>,
}

impl Used {
    /// All links and buffers of a network.
    pub fn all(topology: &Topology, vcs: u8) -> Used {
        let mut used = Used::default();
        for link in (0..topology.links().len() as u32).map(LinkId) {
            let vcs = u32::MAX >> (32 - u32::from(vcs));
            used.add(topology, link, vcs);
            used.add_outputs(topology, link, vcs);
        }
        used
    }

    /// What packets of data and tokens of a program's passes may pass.
    pub fn by(plans: &[PassPlan], config: &Config, topology: &Topology) -> Used {
        let classes = RouteClasses::new(config);
        let mut ways: BTreeSet<(u8, TerminalId, TerminalId)> = BTreeSet::new();
        for plan in plans {
            for (producer, consumer) in plan.routes() {
                let [from, to] = [producer, consumer].map(|unit| plan.terminals[unit.0 as usize]);
                ways.insert((TrafficClass::Data as u8, from, to));
                ways.insert((TrafficClass::Token as u8, to, from));
            }
        }
        let mut used = Used::default();
        for (class, from, to) in ways {
            for class in classes.of(class) {
                for (held, wanted) in walk(topology, &classes, outputs, class, from, to) {
                    let class_of = |class: RouteClassId| &classes[usize::from(class.0)];
                    let is_last = matches!(topology.link(wanted.link).to, Endpoint::Terminal(_));
                    used.add_outputs(topology, wanted.link, class_of(wanted.class).vcs(is_last));
                    for channel in [held, wanted] {
                        let is_local = matches!(topology.link(channel.link).from, Endpoint::Terminal(_));
                        used.add(topology, channel.link, class_of(channel.class).vcs(is_local));
                    }
                }
            }
        }
        used
    }

    /// A link, and the buffers at its end for virtual channels of a mask.
    fn add(&mut self, topology: &Topology, link: LinkId, vcs: u32) {
        self.links.insert(link);
        if let Endpoint::Port { node, port } = topology.link(link).to {
            self.buffers.extend(channels(node, port, vcs));
        }
    }

    /// Virtual channels, as a mask, of the output from which a link leaves.
    fn add_outputs(&mut self, topology: &Topology, link: LinkId, vcs: u32) {
        if let Endpoint::Port { node, port } = topology.link(link).from {
            self.outputs.extend(channels(node, port, vcs));
        }
    }
}

fn channels(node: NodeId, port: u8, vcs: u32) -> impl Iterator<Item = Channel> {
    (0..32).filter(move |vc| vcs >> vc & 1 == 1).map(move |vc| Channel { node, port, vc })
}
