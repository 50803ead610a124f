//! Speed of the network alone, on one core: R3 under uniform traffic of single flits.
//!
//! Each case is measured twice, in simulated cycles and in flits over links between routers per second.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use spikemesh_mesh::network::{Config, Counters, Network, NoProbe, PortOrder, Send, TerminalId};

/// A mesh and its load.
struct Case {
    name: &'static str,
    config: Config,
    /// Chance in percent that a terminal creates a packet in a cycle.
    percent: u64,
    cycles: u64,
}

fn cases() -> Vec<Case> {
    let case = |name, side: (u16, u16), (vcs, depth), percent, cycles| Case {
        name,
        config: Config::r3(side.0, side.1, vcs, depth, PortOrder::LocalFirst),
        percent,
        cycles,
    };
    vec![
        case("5x4-10%", (5, 4), (4, 4), 10, 50_000),
        case("8x8-50%-1vc", (8, 8), (1, 4), 50, 4_000),
        case("8x8-50%-4vc", (8, 8), (4, 8), 50, 4_000),
        case("16x16-10%", (16, 16), (1, 4), 10, 5_000),
        case("32x32-10%", (32, 32), (1, 4), 10, 1_000),
    ]
}

/// Packets in the order of their creation.
fn packets(case: &Case) -> Vec<(u64, Send)> {
    // Knuth's MMIX generator is random enough to load a network.
    let mut state = 1u64;
    let mut random = |end: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end
    };
    let terminals = case.config.nodes() as u64;
    let mut packets = Vec::new();
    for cycle in 0..case.cycles {
        for source in 0..terminals {
            if random(100) < case.percent {
                let (source, target) = (TerminalId(source as u32), TerminalId(random(terminals) as u32));
                packets.push((cycle, Send { source, target, flits: 1, class: 0, tag: 0 }));
            }
        }
    }
    packets
}

/// Simulates the cycles in which packets are created.
fn simulate(case: &Case, packets: &[(u64, Send)]) -> Counters {
    let mut network = Network::new(&case.config).expect("the network can be built");
    let mut next = packets.iter().peekable();
    loop {
        let creation = next.peek().map(|(cycle, _)| *cycle);
        let now = [creation, network.next_active()].into_iter().flatten().min();
        let Some(now) = now.filter(|&now| now < case.cycles) else { break };
        while let Some((_, send)) = next.next_if(|(cycle, _)| *cycle <= now) {
            network.offer(now, *send).expect("the packet is fine");
        }
        network.step(now, &mut NoProbe);
    }
    network.counters().clone()
}

fn network(c: &mut Criterion) {
    for case in cases() {
        let packets = packets(&case);
        let hops = simulate(&case, &packets).flit_hops;
        for (unit, amount) in [("cycles", case.cycles), ("flit-hops", hops)] {
            let mut group = c.benchmark_group(format!("network-{unit}"));
            group.sample_size(10).throughput(Throughput::Elements(amount));
            group.bench_function(case.name, |b| b.iter(|| simulate(&case, black_box(&packets))));
            group.finish();
        }
    }
}

criterion_group!(benches, network);
criterion_main!(benches);
