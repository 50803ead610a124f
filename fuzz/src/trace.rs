//! Packet traces: CSV, `.spt`, and their replay.

use std::sync::LazyLock;

use spikemesh::noc::replay::{ReplayOptions, ReplayOutputs, read_answer, replay, write_answer};
use spikemesh::noc::trace::spt::HopReader;
use spikemesh::noc::trace::{
    PacketLabels, TraceFormat, TraceLimits, TraceOutput, TracePacket, TraceReader, check, convert, read_hops,
};
use spikemesh::noc::{Config, EarlyEnd, End, PortOrder, VcRange, Watchdog};

use crate::errors::show;
use crate::seal;

/// Clocks of a replay.
const MAX_CYCLES: u64 = 1 << 49;
/// Packets that are replayed.
const MAX_PACKETS: usize = 200;
/// Flits that are replayed.
const MAX_FLITS: u64 = 2000;

/// A mesh of 3 x 2 nodes with two traffic classes.
static NETWORK: LazyLock<Config> = LazyLock::new(|| {
    let mut config = Config::r3(3, 2, 2, 4, PortOrder::LocalFirst);
    config.classes = vec![VcRange { first: 0, count: 1 }, VcRange { first: 1, count: 1 }];
    config
});

/// An `.spt` file.
pub fn spt(data: &[u8]) {
    read(data);
    match HopReader::new(data, "fuzz.spt") {
        Ok(mut hops) => loop {
            match hops.next_hop() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => return show([error]),
            }
        },
        Err(error) => show([error]),
    }
}

/// Blocks or the origin of an `.spt` file, their checksums made right.
pub fn spt_blocks(data: &[u8]) {
    let Some((kind, data)) = data.split_first() else { return };
    spt(&seal::trace(u32::from(kind % 2) + 1, kind / 2 % 2 == 1, data));
}

/// A letter, then an answer, or hops if it is `h`: what is read is written and read again.
pub fn answers(data: &[u8]) {
    let Some((kind, data)) = data.split_first() else { return };
    if *kind == b'h' {
        if let Err(error) = read_hops(data, "fuzz", |_| {}) {
            show([error]);
        }
        return;
    }
    match read_answer(data, "fuzz") {
        Err(error) => show([error]),
        Ok(rows) => {
            let mut bytes = Vec::new();
            write_answer(&mut bytes, (0..).zip(rows.iter().copied()).collect()).expect("it is memory");
            let again = read_answer(&bytes[..], "fuzz").expect("an answer that was written can be read");
            assert!(again == rows, "an answer has changed on its way");
        }
    }
}

/// Rows.
pub fn csv(data: &[u8]) {
    read(data);
}

/// What is read is written and read again, in both formats.
fn read(data: &[u8]) {
    let limits = TraceLimits::of(&NETWORK);
    if let Err(errors) = check(data, "fuzz", limits) {
        show(errors);
    }
    let Some(packets) = packets(data) else { return };
    for format in [TraceFormat::Csv, TraceFormat::Spt] {
        let mut bytes = Vec::new();
        let output = TraceOutput { to: &mut bytes, format };
        convert(data, "fuzz", limits, output).expect("a trace that was read can be written");
        let again = self::packets(&bytes).expect("a trace that was written can be read");
        assert!(again == packets, "a trace has changed on its way through {format:?}");
    }
}

/// Packets with the names of their layers, which each file numbers anew.
fn packets(data: &[u8]) -> Option<Vec<(TracePacket, Option<String>)>> {
    let mut reader =
        TraceReader::new(data, "fuzz", TraceLimits::of(&NETWORK)).map_err(|error| show([error])).ok()?;
    let mut packets = Vec::new();
    while let Some(packet) = reader.next_packet().map_err(|error| show([error])).ok()? {
        let layer = packet.labels.layer.map(|layer| reader.layers()[layer as usize].clone());
        packets
            .push((TracePacket { labels: PacketLabels { layer: None, ..packet.labels }, ..packet }, layer));
    }
    Some(packets)
}

/// A trace that is right ends with every packet delivered, or at a limit, or in a circular wait that is named.
pub fn replayed(data: &[u8]) {
    let Some(packets) = packets(data) else { return };
    let flits: u64 = packets.iter().map(|(packet, _)| u64::from(packet.flits)).sum();
    if packets.len() > MAX_PACKETS || flits > MAX_FLITS {
        return;
    }
    let (mut rows, mut hops) = (Vec::new(), Vec::new());
    let outputs = ReplayOutputs {
        packets: TraceOutput { to: &mut rows, format: TraceFormat::Csv },
        hops: Some(TraceOutput { to: &mut hops, format: TraceFormat::Spt }),
    };
    let options = ReplayOptions {
        check: packets.len() < 8,
        watchdog: Watchdog::new(2000),
        max_cycles: Some(MAX_CYCLES),
        ..ReplayOptions::default()
    };
    match replay(&NETWORK, data, "fuzz", outputs, options) {
        Err(error) => show([error]),
        Ok(ended) => {
            let (summary, end) = ended.into_parts();
            match end {
                End::Finished => assert_eq!(summary.packets, packets.len() as u64, "packets are lost"),
                End::Early(EarlyEnd::Failure(error)) => show([error]),
                End::Early(_) => assert!(summary.packets <= packets.len() as u64),
            }
        }
    }
}
