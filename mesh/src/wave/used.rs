//! Which links and buffers a program uses.

use std::collections::BTreeSet;

use crate::simulator::PassPlan;
use spikemesh_device::network::{
    Endpoint, LinkId, NodeId, RouteClasses, Topology, TrafficClass, outputs, walk,
};
use spikemesh_noc::{Config, TerminalId};

/// A router's input buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Buffer {
    pub node: NodeId,
    pub port: u8,
    pub vc: u8,
}

/// Links that packets pass, and the buffers behind them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Used {
    pub links: BTreeSet<LinkId>,
    pub buffers: BTreeSet<Buffer>,
}

impl Used {
    /// All links and buffers of a network.
    pub fn all(topology: &Topology, vcs: u8) -> Used {
        let mut used = Used::default();
        for link in (0..topology.links().len() as u32).map(LinkId) {
            used.add(topology, link, u32::MAX >> (32 - u32::from(vcs)));
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
                    for channel in [held, wanted] {
                        let is_local = matches!(topology.link(channel.link).from, Endpoint::Terminal(_));
                        let class = &classes[usize::from(channel.class.0)];
                        used.add(topology, channel.link, class.vcs(is_local));
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
            let vcs = (0..32).filter(|vc| vcs >> vc & 1 == 1);
            self.buffers.extend(vcs.map(|vc| Buffer { node, port, vc }));
        }
    }
}
