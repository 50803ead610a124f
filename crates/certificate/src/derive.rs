//! All claims that have one true value, from a program and a device.

use std::collections::BTreeMap;

use spikemesh_device::network::Multicast;
use spikemesh_device::{Device, Floorplan, Unit};
use spikemesh_isa::{Activation, BufferId, Operation, OutputMapId, Pass, Pooling, Program, Route, trees};

use crate::claims;
use crate::claims::{
    Claims, Digest, LinkClaims, PassClaims, RouteClaims, TreeClaims, UnitClaims, VirtualChannels,
};
use crate::flow::{receiver, senders};
use crate::footprint::memory;
use crate::place::{Link, classes, text, virtual_channels, way};
use crate::tree::{LONGEST_PACKET, forks, links};
use crate::words::{Order, Sender, ending_together, leaving_together, load};

/// Tokens that a receiver has to give along each route: its input maps. A sink has one.
fn tokens(receiver: Unit, device: &Device) -> u32 {
    match receiver {
        Unit::Np(_) => *device.np.input_maps,
        _ => 1,
    }
}

/// The claims of a program on a device.
pub(crate) fn derive(program: &Program, device: &Device, sha256: &str) -> Claims {
    let channels = virtual_channels(device).into_iter().map(|(class, first, count)| VirtualChannels {
        class: class.to_string(),
        first,
        count,
    });
    Claims {
        program: Digest { name: program.name.clone(), sha256: sha256.to_owned() },
        device: Digest { name: device.name.clone(), sha256: device.sha256() },
        virtual_channels: channels.collect(),
        multicast: claims::Multicast {
            by: match *device.network.multicast {
                Multicast::Source => "source",
                Multicast::Tree => "tree",
            },
            longest_packet: LONGEST_PACKET,
            buffer: *device.network.vc_buf_size,
        },
        passes: program.passes.iter().map(|pass| pass_claims(program, pass, device)).collect(),
    }
}

fn pass_claims(program: &Program, pass: &Pass, device: &Device) -> PassClaims {
    let mut loads = BTreeMap::new();
    let (mut routes, mut found) = (Vec::new(), Vec::new());
    for ((unit, own), sender) in senders(pass).zip(how_they_send(program, pass, device)) {
        for tree in trees(own) {
            let (words, flits) = load(&sender, &tree[0]);
            // The marker is a flit.
            let flits = flits + 1;
            routes.extend(tree.iter().map(|route| route_claims(unit, route, words, flits, device)));
            let claims = tree_claims(unit, tree, flits, device, &mut loads);
            found.extend(Some(claims).filter(|claims| claims.to.len() > 1));
        }
    }
    let links =
        loads.into_iter().map(|(link, flits): (Link, u64)| LinkClaims { link: link.to_string(), flits });
    let units = units(program, pass, device, &device.floorplan());
    PassClaims { units, routes, trees: found, links: links.collect() }
}

fn route_claims(from: Unit, route: &Route, words: u64, flits: u64, device: &Device) -> RouteClaims {
    let (floorplan, to) = (device.floorplan(), receiver(route));
    let [start, end] = [from, to].map(|unit| floorplan.coord(unit));
    let ways = |token, start, end| {
        classes(&device.network, token).into_iter().map(|class| text(&way(class, start, end))).collect()
    };
    RouteClaims {
        from: floorplan.name(from),
        to: floorplan.name(to),
        rows: [route.rows.first, route.rows.end],
        joined: route.joined,
        words,
        flits,
        tokens: tokens(to, device),
        ways: ways(false, start, end),
        returns: ways(true, end, start),
    }
}

/// A tree, and what it adds to the loads of links: its flits once for each, and a token back from each receiver.
fn tree_claims(
    from: Unit,
    routes: &[Route],
    flits: u64,
    device: &Device,
    loads: &mut BTreeMap<Link, u64>,
) -> TreeClaims {
    let floorplan = device.floorplan();
    let mut claims = TreeClaims {
        from: floorplan.name(from),
        to: routes.iter().map(|route| floorplan.name(receiver(route))).collect(),
        flits,
        links: Vec::new(),
        forks: Vec::new(),
    };
    for class in classes(&device.network, false) {
        let links = links(device, class, from, routes);
        links.iter().for_each(|&link| *loads.entry(link).or_default() += flits);
        claims.links.extend(links.iter().map(Link::to_string));
        claims.forks.extend(forks(&links));
    }
    for to in routes.iter().map(receiver) {
        for class in classes(&device.network, true) {
            let links = way(class, floorplan.coord(to), floorplan.coord(from));
            links.into_iter().for_each(|link| *loads.entry(link).or_default() += 1);
        }
    }
    claims
}

/// The units of a pass: those that send, then sinks.
fn units(program: &Program, pass: &Pass, device: &Device, floorplan: &Floorplan) -> Vec<UnitClaims> {
    let mut markers: BTreeMap<Unit, u32> = BTreeMap::new();
    for (_, routes) in senders(pass) {
        routes.iter().for_each(|route| *markers.entry(receiver(route)).or_default() += 1);
    }
    let of = |unit, layer| UnitClaims {
        unit: floorplan.name(unit),
        layer,
        markers: markers.get(&unit).copied().unwrap_or(0),
        memory: None,
    };
    let name = |OutputMapId(map)| program.output_maps.get(usize::from(map)).map(|map| map.name.clone());
    let collected = |buffer: BufferId| {
        program
            .outputs
            .iter()
            .find(|output| output.buffer == buffer)
            .and_then(|output| name(output.output_map))
    };
    let hrc = pass.hrc.iter().map(|hrc| of(Unit::Hrc, name(hrc.output_map)));
    let sources = pass.sources.iter().map(|source| of(Unit::Source(source.buffer.0), None));
    let nps = pass.nps.iter().map(|np| UnitClaims {
        memory: Some(memory(np, device)),
        ..of(Unit::Np(np.np.0), name(np.output_map))
    });
    let sinks = pass.sinks.iter().map(|sink| of(Unit::Sink(sink.buffer.0), collected(sink.buffer)));
    hrc.chain(sources).chain(nps).chain(sinks).collect()
}

/// How each unit that sends does it, in the order of [`senders`].
fn how_they_send(program: &Program, pass: &Pass, device: &Device) -> Vec<Sender> {
    let fifo = *device.np.fifo_events;
    let map = |OutputMapId(map)| program.output_maps[usize::from(map)].map;
    let hrc = pass.hrc.iter().map(|hrc| {
        let together = match hrc.pooling {
            Pooling::Max { x, y } => [ending_together(x, hrc.x.outputs), ending_together(y, hrc.y.outputs)],
            Pooling::None | Pooling::GlobalSum => [1, 1],
        };
        let map = map(hrc.output_map);
        Sender {
            map,
            rows: spikemesh_isa::Rows { first: 0, end: map.height },
            features: (0, hrc.filters),
            potentials: hrc.activation == Activation::Potentials,
            group: *device.timing.hrc.filters_per_group,
            fifo,
            order: Order::Rows { together },
        }
    });
    let sources = pass.sources.iter().map(|source| {
        let map = program.buffers[usize::from(source.buffer.0)].map;
        Sender {
            map,
            rows: spikemesh_isa::Rows { first: 0, end: map.height },
            features: (0, map.channels),
            potentials: false,
            group: 0,
            fifo,
            order: Order::Columns { together: [1, 1] },
        }
    });
    let nps = pass.nps.iter().map(|np| {
        let common = Sender {
            map: map(np.output_map),
            rows: spikemesh_isa::Rows { first: 0, end: 1 },
            features: (0, 0),
            potentials: np.activation == Activation::Potentials,
            group: *device.np.filters_per_group,
            fifo: device.fifo_events(np.np.0),
            order: Order::Once { sixteens: false },
        };
        match &np.operation {
            Operation::Convolution(c) => {
                let width = np.input.map.width;
                let together = match c.pooling {
                    Pooling::Max { x, .. } => leaving_together(c.x, Some(x), width),
                    Pooling::None => leaving_together(c.x, None, width),
                    Pooling::GlobalSum => [1, 1],
                };
                let features = (c.first_filter, c.filters);
                Sender { rows: c.output_rows, features, order: Order::Columns { together }, ..common }
            }
            Operation::FullyConnected(fc) => {
                let order = Order::Once { sixteens: fc.external };
                Sender { features: (0, fc.units), group: 0, order, ..common }
            }
        }
    });
    hrc.chain(sources).chain(nps).collect()
}
