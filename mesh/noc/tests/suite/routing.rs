//! One routing function: the way that a packet takes in the simulator is the one that the proof of freedom from deadlock walks.

use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};

use spikemesh_device::network::{Endpoint, LinkId, RouteClasses, TerminalId, Topology, outputs, walk};
use spikemesh_noc::{Config, FlitEvent, Network, PacketRequest, PortOrder, Probe, Routing};

/// The links that the head of a packet comes over, in their order, and the virtual channels on them.
#[derive(Default)]
struct Heads(Vec<(LinkId, u8)>);

impl Probe for Heads {
    fn flit(&mut self, event: FlitEvent) {
        if event.is_head {
            self.0.push((event.link, event.vc));
        }
    }
}

/// Pairs of terminals on meshes of 1x1 to 16x16, each routing and port order, three packets each, so that O1TURN goes both ways.
#[test]
fn a_packet_goes_where_the_proof_walks() {
    let routings = prop::sample::select(vec![Routing::Xy, Routing::Yx, Routing::O1Turn]);
    let orders = prop::sample::select(vec![PortOrder::LocalFirst, PortOrder::LocalLast]);
    let pairs = (1..=16u16, 1..=16u16).prop_flat_map(|(columns, rows)| {
        let locals = prop::collection::vec(1..=3u16, usize::from(columns * rows));
        locals.prop_flat_map(move |locals| {
            let terminals: u32 = locals.iter().map(|&count| u32::from(count)).sum();
            (Just((columns, rows, locals)), 0..terminals, 0..terminals)
        })
    });
    let (mut hops, mut bent) = (0, 0);
    let counters = std::cell::RefCell::new((&mut hops, &mut bent));
    TestRunner::new(Cases { cases: 1000, failure_persistence: None, ..Cases::default() })
        .run(&(pairs, routings, orders), |(((columns, rows, locals), from, to), routing, order)| {
            let config = Config { locals, routing, ..Config::r3(columns, rows, 2, 4, order) };
            let (topology, classes) = (Topology::new(&config), RouteClasses::new(&config));
            let [source, target] = [from, to].map(TerminalId);
            let mut network = Network::new(&config).unwrap();
            let mut now = 0;
            for count in 0..3 {
                let request = PacketRequest { source, target, flits: 2, class: 0, tag: 0 };
                network.offer(now, request).unwrap();
                let mut heads = Heads::default();
                while let Some(next) = network.next_active() {
                    network.step(next, &mut heads);
                    now = next + 1;
                }
                let class = &classes[usize::from(classes.choose(0, source, count).0)];
                let steps = walk(&topology, &classes, outputs, class, source, target);
                let links: Vec<LinkId> = heads.0.iter().map(|&(link, _)| link).collect();
                let first = steps.iter().take(1).map(|(held, _)| held.link);
                let walked: Vec<LinkId> = first.chain(steps.iter().map(|(_, wanted)| wanted.link)).collect();
                prop_assert_eq!(&links, &walked, "{:?} on {} x {}", routing, columns, rows);
                for (&(link, vc), (_, wanted)) in heads.0[1..].iter().zip(&steps) {
                    let is_local = matches!(topology.link(link).to, Endpoint::Terminal(_));
                    let vcs = classes[usize::from(wanted.class.0)].vcs(is_local);
                    prop_assert!(vcs >> vc & 1 != 0, "channel {} of {:?}", vc, wanted);
                }
                let (from, to) = (topology.coord(source).node, topology.coord(target).node);
                let mut counters = counters.borrow_mut();
                *counters.0 += walked.len() - 2;
                *counters.1 += usize::from(from.x != to.x && from.y != to.y);
            }
            Ok(())
        })
        .unwrap();
    assert!(hops > 10_000 && bent > 1500, "{hops} hops, {bent} ways with a bend");
}
