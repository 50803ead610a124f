//! Speed of the network alone, on one core: R3 under uniform traffic.
//!
//! Each case is measured twice, in simulated cycles and in flit-hops per second: flits over links between routers, ejection not
//! counted. The mesh has filled before, and packets are still being created in the last cycle.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use spikemesh_noc::{Config, Network, NoProbe, PacketRequest, PortOrder, TerminalId};

/// A mesh and its load.
struct Case {
    name: &'static str,
    config: Config,
    /// Flits of a packet.
    flits: u32,
    /// Flits that a terminal creates in ten thousand cycles.
    load: u64,
    /// The cycles that are measured.
    cycles: u64,
}

impl Case {
    /// Cycles until the mesh is as full as it gets.
    const FILL: u64 = 1_000;

    fn end(&self) -> u64 {
        Case::FILL + self.cycles
    }
}

fn cases() -> Vec<Case> {
    let case = |name, side: (u16, u16), (vcs, depth), flits, load, cycles| Case {
        name,
        config: Config::r3(side.0, side.1, vcs, depth, PortOrder::LocalFirst),
        flits,
        load,
        cycles,
    };
    vec![
        case("5x4-10%", (5, 4), (4, 4), 1, 1000, 50_000),
        case("8x8-25%-4vc", (8, 8), (4, 8), 1, 2500, 10_000),
        case("8x8-50%-1vc", (8, 8), (1, 4), 1, 5000, 4_000),
        case("8x8-50%-4vc", (8, 8), (4, 8), 1, 5000, 4_000),
        case("8x8-50%-1vc-4flits", (8, 8), (1, 8), 4, 5000, 4_000),
        case("8x8-50%-2vc-4flits", (8, 8), (2, 8), 4, 5000, 4_000),
        case("16x16-2.5%", (16, 16), (1, 4), 1, 250, 10_000),
        case("16x16-10%", (16, 16), (1, 4), 1, 1000, 5_000),
        case("32x32-1.25%", (32, 32), (1, 4), 1, 125, 4_000),
        case("32x32-10%", (32, 32), (1, 4), 1, 1000, 1_000),
    ]
}

/// Packets in the order of their creation.
fn packets(case: &Case) -> Vec<(u64, PacketRequest)> {
    // Knuth's MMIX generator is random enough to load a network.
    let mut state = 1u64;
    let mut random = |end: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end
    };
    let terminals = case.config.nodes() as u64;
    let mut packets = Vec::new();
    for cycle in 0..case.end() {
        for source in 0..terminals {
            if random(10_000 * case.flits as u64) < case.load {
                let (source, target) = (TerminalId(source as u32), TerminalId(random(terminals) as u32));
                packets.push((cycle, PacketRequest { source, target, flits: case.flits, class: 0, tag: 0 }));
            }
        }
    }
    packets
}

/// Simulates the next cycles, to before `end`, in which `packets` are created.
fn simulate(network: &mut Network, packets: &[(u64, PacketRequest)], end: u64) {
    let mut next = packets.iter().peekable();
    loop {
        let creation = next.peek().map(|(cycle, _)| *cycle);
        let now = [creation, network.next_active()].into_iter().flatten().min();
        let Some(now) = now.filter(|&now| now < end) else { break };
        while let Some((_, send)) = next.next_if(|(cycle, _)| *cycle <= now) {
            network.offer(now, *send).expect("the packet is fine");
        }
        network.step(now, &mut NoProbe);
    }
}

fn network(c: &mut Criterion) {
    for case in cases() {
        let packets = packets(&case);
        let (fill, measured) = packets.split_at(packets.partition_point(|(cycle, _)| *cycle < Case::FILL));
        let mut full = Network::new(&case.config).expect("the network can be built");
        simulate(&mut full, fill, Case::FILL);
        let mut after = full.clone();
        simulate(&mut after, measured, case.end());
        let hops = after.counters().flit_hops - full.counters().flit_hops;
        for (unit, amount) in [("cycles", case.cycles), ("flit-hops", hops)] {
            let mut group = c.benchmark_group(format!("network-{unit}"));
            group.sample_size(10).throughput(Throughput::Elements(amount));
            group.bench_function(case.name, |b| {
                let run = |network: &mut Network| simulate(network, black_box(measured), case.end());
                b.iter_batched_ref(|| full.clone(), run, BatchSize::LargeInput);
            });
            group.finish();
        }
    }
}

criterion_group!(benches, network);
criterion_main!(benches);
