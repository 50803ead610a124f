//! What is claimed of a compiled program, for everybody who wants to check it: `spikemesh-certificate` derives each claim again, from the program and the
//! device alone. docs/formats/certificate.md says what each claim means.

mod flits;
mod orders;
mod trees;

use std::collections::BTreeMap;

use serde::Serialize;
use spikemesh_device::network::{
    LinkId, Multicast, RouteClass, RouteClasses, TerminalId, Topology, TrafficClass, VcRange, outputs, walk,
};
use spikemesh_device::{Device, Floorplan, Unit};
use spikemesh_isa::packet::{PACKET_WORDS, flits as packet_flits};
use spikemesh_isa::{self as isa, Program, Route};

use crate::compile::Compilation;
use crate::deadlock::{receiver, senders};
use crate::footprint::MemoryFootprint;
use crate::placement_file::PlacementFile;
use crate::report::MappingReport;
use flits::Load;

/// Everything that is claimed of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// The virtual channels of each class between routers.
    pub virtual_channels: Vec<VirtualChannels>,
    /// How one packet comes to several receivers.
    pub multicast: MulticastClaims,
    /// The slices on their neural processors.
    pub placement: PlacementFile,
    /// By pass.
    pub passes: Vec<PassClaims>,
}

/// Virtual channels of a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VirtualChannels {
    /// `data` or `token`, with the order of the axes where both are in use.
    pub class: String,
    /// The lowest.
    pub first: u16,
    /// How many.
    pub count: u16,
}

/// How one packet comes to several receivers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MulticastClaims {
    /// `source`: copy by copy; `tree`: routers fork it.
    pub by: Multicast,
    /// Flits of the longest packet.
    pub longest_packet: usize,
    /// Flits that the buffer of a virtual channel holds.
    pub buffer: u16,
}

/// What is claimed of a pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PassClaims {
    /// Units: the input unit, sources, neural processors, sinks.
    pub units: Vec<UnitClaims>,
    /// Routes, unit by unit.
    pub routes: Vec<RouteClaims>,
    /// Trees of several receivers, unit by unit.
    pub trees: Vec<TreeClaims>,
    /// Links that flits pass.
    pub links: Vec<LinkClaims>,
    /// Channels; a packet that holds one waits only for a later one.
    pub channel_order: Vec<String>,
    /// Units; every route leads to a later one.
    pub unit_order: Vec<String>,
}

/// What is claimed of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitClaims {
    /// Its name.
    pub unit: String,
    /// The layer that it computes, or the output that it collects.
    pub layer: Option<String>,
    /// Markers that it waits for.
    pub markers: u32,
    /// Bytes of a neural processor.
    pub memory: Option<MemoryClaims>,
}

/// Bytes of a neural processor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemoryClaims {
    /// By what they hold.
    #[serde(flatten)]
    pub footprint: MemoryFootprint,
    /// Their sum.
    pub total: u64,
    /// What it holds.
    pub limit: u64,
}

/// What is claimed of a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RouteClaims {
    /// The producer.
    pub from: String,
    /// The receiver.
    pub to: String,
    /// Rows that are sent: first, one past the last.
    pub rows: [u32; 2],
    /// Its packets are those of the route before it.
    pub joined: bool,
    /// Words of a frame in which every position fires.
    pub words: u64,
    /// Their flits with those of the marker, at most; of joined routes those of the tree.
    pub flits: u64,
    /// Tokens that the producer holds after reset.
    pub tokens: u32,
    /// Links of data and markers, a text for each way.
    pub ways: Vec<String>,
    /// Links of a token.
    pub returns: Vec<String>,
}

/// What is claimed of a tree of several receivers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TreeClaims {
    /// The producer.
    pub from: String,
    /// The receivers.
    pub to: Vec<String>,
    /// Flits that pass each of its links.
    pub flits: u64,
    /// Its links.
    pub links: Vec<String>,
    /// Routers that fork its packets, with the links that they leave by.
    pub forks: Vec<String>,
}

/// A link with its load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkClaims {
    /// Its name.
    pub link: String,
    /// Flits of a frame in which every position fires, at most.
    pub flits: u64,
}

/// Input maps of a receiver: its tokens along each route.
fn tokens(receiver: Unit, device: &Device) -> u32 {
    match receiver {
        Unit::Np(_) => *device.np.input_maps,
        _ => 1,
    }
}

/// The network that a program runs on.
struct Network<'a> {
    device: &'a Device,
    floorplan: Floorplan,
    topology: Topology,
    classes: RouteClasses,
}

impl Claims {
    /// The claims of a program that was compiled for a device.
    pub fn new(compilation: &Compilation, device: &Device) -> Claims {
        let config = device.network_config();
        let network = Network {
            device,
            floorplan: device.floorplan(),
            topology: Topology::new(&config),
            classes: RouteClasses::new(&config),
        };
        let channels = network.classes.iter().map(|class| {
            let VcRange { first, count } = range(class.transit_vcs);
            VirtualChannels { class: network.class_name(class, false), first, count }
        });
        let passes = 0..compilation.program.passes.len();
        Claims {
            virtual_channels: channels.collect(),
            multicast: MulticastClaims {
                by: config.multicast,
                longest_packet: packet_flits(PACKET_WORDS),
                buffer: config.depth,
            },
            placement: compilation.report.placement_file(),
            passes: passes.map(|pass| network.pass(compilation, pass)).collect(),
        }
    }
}

fn range(mask: u32) -> VcRange {
    VcRange { first: mask.trailing_zeros().min(u32::BITS) as u16, count: mask.count_ones() as u16 }
}

impl Network<'_> {
    fn pass(&self, compilation: &Compilation, index: usize) -> PassClaims {
        let program = &compilation.program;
        let pass = &program.passes[index];
        let mut loads: BTreeMap<LinkId, u64> = BTreeMap::new();
        let (mut routes, mut trees) = (Vec::new(), Vec::new());
        for (from, own) in senders(pass) {
            for tree in isa::trees(own) {
                let Load { words, flits } = flits::load(program, pass, from, &tree[0], self.device);
                let load = Load { words, flits: flits + 1 };
                routes.extend(tree.iter().map(|route| self.route(from, route, load)));
                trees.extend(self.tree(from, tree, load, &mut loads));
            }
        }
        let links = self.in_order(loads.into_iter().collect(), |&(link, _)| link);
        let links = links.into_iter().map(|(link, flits)| LinkClaims { link: self.link_name(link), flits });
        PassClaims {
            units: self.units(program, &compilation.report, index),
            routes,
            trees,
            links: links.collect(),
            channel_order: self.channel_order(pass),
            unit_order: self.unit_order(pass),
        }
    }

    fn route(&self, from: Unit, route: &Route, Load { words, flits }: Load) -> RouteClaims {
        let to = receiver(route);
        let text = |links: Vec<LinkId>| {
            let names: Vec<&str> = links.iter().map(|&link| self.topology.link(link).name.as_str()).collect();
            names.join(" ")
        };
        let ways = |class, from, to| self.ways(class, from, to).into_iter().map(text).collect();
        RouteClaims {
            from: self.floorplan.name(from),
            to: self.floorplan.name(to),
            rows: [route.rows.first, route.rows.end],
            joined: route.joined,
            words,
            flits,
            tokens: tokens(to, self.device),
            ways: ways(TrafficClass::Data, from, to),
            returns: ways(TrafficClass::Token, to, from),
        }
    }

    /// The links of each way between two units.
    fn ways(&self, class: TrafficClass, from: Unit, to: Unit) -> Vec<Vec<LinkId>> {
        let [from, to]: [TerminalId; 2] = [from, to].map(|unit| self.floorplan.terminal(unit));
        let first = self.topology.link_from_terminal(from);
        let way = |class: &RouteClass| {
            let steps = walk(&self.topology, &self.classes, outputs, class, from, to);
            std::iter::once(first).chain(steps.iter().map(|(_, wanted)| wanted.link)).collect()
        };
        self.classes.of(class as u8).iter().map(way).collect()
    }

    fn units(&self, program: &Program, report: &MappingReport, index: usize) -> Vec<UnitClaims> {
        let pass = &program.passes[index];
        let limit = report.capacity.total;
        let slices = report.layers.iter().filter(|layer| layer.pass as usize == index).flat_map(|layer| {
            layer.slices.iter().map(move |slice| (slice.np, (layer.name.clone(), slice.bytes)))
        });
        let slices: BTreeMap<_, _> = slices.collect();
        let unit = |unit, layer, markers| UnitClaims {
            unit: self.floorplan.name(unit),
            layer,
            markers,
            memory: None,
        };
        let name = |map: spikemesh_isa::OutputMapId| program.output_maps[usize::from(map.0)].name.clone();
        let mut units: Vec<UnitClaims> =
            pass.hrc.iter().map(|hrc| unit(Unit::Hrc, Some(name(hrc.output_map)), 0)).collect();
        units.extend(pass.sources.iter().map(|source| unit(Unit::Source(source.buffer.0), None, 0)));
        for np in &pass.nps {
            let (layer, bytes) = slices.get(&np.np).cloned().unzip();
            let memory = bytes.map(|footprint| MemoryClaims { footprint, total: footprint.total(), limit });
            units.push(UnitClaims { memory, ..unit(Unit::Np(np.np.0), layer, np.producers) });
        }
        units.extend(pass.sinks.iter().map(|sink| {
            let output = program.outputs.iter().find(|output| output.buffer == sink.buffer);
            let layer = output.map(|output| name(output.output_map));
            unit(Unit::Sink(sink.buffer.0), layer, sink.producers)
        }));
        units
    }
}
