//! Replays packet traces and reads the reference files.

use std::path::PathBuf;

use spikemesh_noc::Cycle;
use spikemesh_noc::{Config, Network, NoProbe, PacketRequest, TerminalId};

/// One packet of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    pub cycle: Cycle,
    pub source: u32,
    pub target: u32,
    pub flits: u32,
}

/// What became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub taken: Cycle,
    pub head_injected: Cycle,
    pub tail_arrived: Cycle,
    pub routers: u32,
}

pub fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/booksim2").join(name)
}

fn rows(name: &str) -> Vec<Vec<u64>> {
    let path = data(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().skip(1).map(|line| line.split(',').map(|field| field.parse().unwrap()).collect()).collect()
}

pub fn read_trace(name: &str) -> Vec<Packet> {
    let packet = |row: Vec<u64>| Packet {
        cycle: row[0],
        source: row[1] as u32,
        target: row[2] as u32,
        flits: row[3] as u32,
    };
    rows(&format!("traces/{name}.in.csv")).into_iter().map(packet).collect()
}

/// The reference's answer, a row per packet.
pub fn read_answer(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(data(&format!("traces/{name}.out.csv"))).unwrap();
    text.lines().skip(1).map(str::to_owned).collect()
}

/// Our answer as the reference writes it: packets are numbered as their sources take them, and written as they
/// arrive.
pub fn answer(packets: &[Packet], outcomes: &[Outcome]) -> Vec<String> {
    let mut taken: Vec<usize> = (0..packets.len()).collect();
    taken.sort_by_key(|&packet| (outcomes[packet].taken, packets[packet].source));
    let mut rows: Vec<(usize, usize)> = taken.into_iter().enumerate().collect();
    rows.sort_by_key(|&(_, packet)| (outcomes[packet].tail_arrived, packets[packet].target));
    let row = |(id, index): (usize, usize)| {
        let Packet { cycle, source, target, flits } = packets[index];
        let Outcome { head_injected, tail_arrived, routers, .. } = outcomes[index];
        format!("{id},{source},{target},{flits},{cycle},{head_injected},{tail_arrived},{routers}")
    };
    rows.into_iter().map(row).collect()
}

/// How a replay chooses the cycles to step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Only those in which something may happen.
    Skip,
    /// All.
    EveryCycle,
}

/// Sends the packets, in class 0, and waits for all of them.
pub fn replay(config: &Config, packets: &[Packet], pace: Pace) -> Vec<Outcome> {
    replay_classes(config, packets, pace, |_| 0)
}

/// Sends the packets, each in its class, and waits for all of them. Checks conservation now and then.
pub fn replay_classes(
    config: &Config,
    packets: &[Packet],
    pace: Pace,
    class: impl Fn(usize) -> u8,
) -> Vec<Outcome> {
    let mut network = Network::new(config).unwrap();
    let mut outcomes = vec![Outcome::default(); packets.len()];
    let mut arrived = 0;
    let mut next = 0;
    let mut now = 0;
    while arrived < packets.len() {
        if pace == Pace::Skip {
            let creation = packets.get(next).map(|packet| packet.cycle);
            now = [creation, network.next_active()].into_iter().flatten().min().expect("packets are stuck");
        }
        while let Some(packet) = packets.get(next).filter(|packet| packet.cycle <= now) {
            let (source, target) = (TerminalId(packet.source), TerminalId(packet.target));
            let request =
                PacketRequest { source, target, flits: packet.flits, class: class(next), tag: next as u32 };
            network.offer(now, request).unwrap();
            next += 1;
        }
        network.step(now, &mut NoProbe);
        for packet in network.injected() {
            outcomes[packet.tag as usize].taken = packet.taken;
            outcomes[packet.tag as usize].head_injected = packet.head;
        }
        for packet in network.delivered() {
            let outcome = &mut outcomes[packet.tag as usize];
            assert_eq!(packet.terminal.0, packets[packet.tag as usize].target);
            assert_eq!(packet.injected, outcome.head_injected);
            outcome.tail_arrived = packet.cycle;
            outcome.routers = packet.routers;
            arrived += 1;
        }
        if network.counters().steps.is_multiple_of(97) {
            network.check_conservation().unwrap();
        }
        now += 1;
        assert!(now < 10_000_000, "packets are stuck");
    }
    network.check_conservation().unwrap();
    assert_eq!(network.in_flight(), 0);
    outcomes
}
