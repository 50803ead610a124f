//! The `.spt` trace: the same packets as the text, and nothing believed that a file says.

use miette::Diagnostic;
use proptest::prelude::*;
use spikemesh_noc::replay::{ReplayOptions, ReplayOutputs, replay};
use spikemesh_noc::trace::spt::{HopReader, HopWriter, PacketReader, PacketWriter};
use spikemesh_noc::trace::{
    CsvWriter, Dependency, Hop, MAX_AFTER, OptionalColumns, Origin, OriginDevice, PacketKind, PacketLabels,
    PacketTimes, RecordWriter, TraceError, TraceFormat, TraceLimits, TraceMesh, TraceOutput, TracePacket,
    TraceReader, TraceUnit, check, convert,
};
use spikemesh_noc::{Config, NodeId, PortKind, PortOrder};

const LIMITS: TraceLimits = TraceLimits { terminals: 20, classes: 2 };

fn small() -> Config {
    Config::r3(5, 4, 2, 4, PortOrder::LocalFirst)
}

/// A packet with what became of it.
type Record = (TracePacket, PacketTimes);

/// All packets of a trace, and its columns.
fn rows(trace: &[u8], limits: TraceLimits) -> Result<(OptionalColumns, Vec<TracePacket>), TraceError> {
    let (columns, records, _) = records(trace, limits)?;
    Ok((columns, records.into_iter().map(|(packet, _)| packet).collect()))
}

/// All records of a trace, its columns, and the names of its layers.
fn records(
    trace: &[u8],
    limits: TraceLimits,
) -> Result<(OptionalColumns, Vec<Record>, Vec<String>), TraceError> {
    let mut reader = TraceReader::new(trace, "t", limits)?;
    let mut records = Vec::new();
    while let Some(record) = reader.next_record()? {
        records.push(record);
    }
    Ok((reader.columns(), records, reader.layers().to_vec()))
}

fn to_spt(columns: OptionalColumns, rows: &[TracePacket]) -> Vec<u8> {
    let mut writer = PacketWriter::new(Vec::new(), columns, &Origin::default()).unwrap();
    rows.iter().for_each(|row| writer.write(row, PacketTimes::default()).unwrap());
    writer.finish().unwrap()
}

fn to_csv(columns: OptionalColumns, rows: &[TracePacket]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = CsvWriter::new(&mut bytes, columns).unwrap();
    rows.iter().for_each(|row| writer.write(row, PacketTimes::default()).unwrap());
    writer.finish().unwrap();
    bytes
}

/// The answer in both forms.
fn answers(config: &Config, trace: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let answer = |format| {
        let mut packets = Vec::new();
        let outputs = ReplayOutputs { packets: TraceOutput { to: &mut packets, format }, hops: None };
        replay(config, trace, "t", outputs, ReplayOptions::default()).unwrap().into_finished().unwrap();
        packets
    };
    (answer(TraceFormat::Csv), answer(TraceFormat::Spt))
}

fn traces() -> Vec<(String, Vec<u8>)> {
    let mut traces: Vec<(String, Vec<u8>)> = std::fs::read_dir(crate::reference::data("traces"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".in.csv"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap()))
        .collect();
    traces.sort();
    assert!(traces.len() >= 8);
    traces
}

#[test]
fn text_to_spt_and_back_is_the_same_text() {
    for (name, csv) in traces() {
        let limits = TraceLimits { terminals: 64, classes: 1 };
        let (columns, packets) = rows(&csv, limits).unwrap();
        let spt = to_spt(columns, &packets);
        assert!(spt.len() < csv.len(), "{name}: {} bytes for {}", spt.len(), csv.len());
        let (read, back) = rows(&spt, limits).unwrap();
        assert_eq!(read, columns);
        assert!(back == packets && to_csv(read, &back) == csv, "{name} differs");
    }
}

#[test]
fn the_replay_of_a_replay_is_the_same() {
    for (name, csv) in traces().iter().filter(|(name, _)| name.starts_with("5x4")) {
        let (text, spt) = answers(&small(), csv);
        let (again, same) = answers(&small(), &spt);
        assert!(text == again && spt == same, "{name} differs");
        // The answers in the file are those of the text.
        let limits = TraceLimits { terminals: 20, classes: 1 };
        let mut reader = PacketReader::new(&spt[..], "t", limits).unwrap();
        let mut lines = Vec::new();
        while let Some((row, answer)) = reader.next_record().unwrap() {
            let TracePacket { number, source, target, flits, .. } = row;
            let PacketTimes { pid, created, head, tail, routers } = answer;
            let line = format!("{pid},{source},{target},{flits},{created},{head},{tail},{routers},{number}");
            lines.push((tail, target, pid, line));
        }
        lines.sort();
        let text = String::from_utf8(text).unwrap();
        assert!(text.lines().skip(1).eq(lines.iter().map(|(.., line)| line.as_str())), "{name}");
    }
}

#[test]
fn hops_are_those_of_the_text() {
    let (_, csv) = traces().remove(0);
    let hops = |format| {
        let (mut packets, mut hops) = (Vec::new(), Vec::new());
        let wanted = TraceOutput { to: &mut hops, format };
        let outputs = ReplayOutputs { packets: (&mut packets).into(), hops: Some(wanted) };
        replay(&small(), &csv[..], "t", outputs, ReplayOptions::default()).unwrap().into_finished().unwrap();
        hops
    };
    let (text, spt) = (String::from_utf8(hops(TraceFormat::Csv)).unwrap(), hops(TraceFormat::Spt));
    let mut reader = HopReader::new(&spt[..], "t").unwrap();
    let mut lines = text.lines().skip(1);
    while let Some(Hop { pid, cycle, node, in_port, out_port, vc }) = reader.next_hop().unwrap() {
        let line = format!("{pid},{cycle},{},{in_port},{out_port},{vc}", node.0);
        assert_eq!(lines.next(), Some(line.as_str()));
    }
    assert_eq!(lines.next(), None);
    // Hops are no packets.
    let error = rows(&spt, LIMITS).unwrap_err();
    assert_eq!(error.code().unwrap().to_string(), "replay::kind");
}

#[test]
fn packets_are_checked_as_those_of_a_text() {
    let row = |number, cycle, target, flits| TracePacket {
        number,
        cycle,
        source: 0,
        target,
        flits,
        ..TracePacket::default()
    };
    let packets =
        [row(0, 9, 1, 1), row(1, 3, 1, 1), row(2, 9, 20, 1), row(3, 9, 1, 0), row(4, 9, 1, 1 << 20)];
    let spt = to_spt(OptionalColumns::default(), &packets);
    let problems: Vec<String> =
        check(&spt[..], "t.spt", LIMITS).unwrap_err().iter().map(|error| error.to_string()).collect();
    let expected = [
        "t.spt, packet 1: cycle 3 after cycle 9",
        "t.spt, packet 2: `dst` is 20; the network has terminals 0 to 19",
        "t.spt, packet 3: a packet of 0 flits; 1 to 65536 are possible",
        "t.spt, packet 4: a packet of 1048576 flits; 1 to 65536 are possible",
    ];
    assert_eq!(problems, expected);
}

fn sample() -> Vec<u8> {
    let packets: Vec<TracePacket> = (0..10_000)
        .map(|number| TracePacket {
            number,
            cycle: number / 3,
            source: (number * 7 % 20) as u32,
            target: (number * 3 % 20) as u32,
            flits: 1 + (number % 5) as u32,
            ..TracePacket::default()
        })
        .collect();
    to_spt(OptionalColumns::default(), &packets)
}

/// The code of what is wrong with a file; it must be a coded error, whatever the bytes.
fn code(bytes: &[u8]) -> Option<String> {
    rows(bytes, LIMITS).err().map(|error| error.code().expect("errors have codes").to_string())
}

#[test]
fn a_cut_file_is_told_wherever_it_is_cut() {
    let whole = sample();
    assert_eq!(code(&whole), None);
    for length in (0..whole.len()).step_by(97).chain(whole.len() - 30..whole.len()) {
        // What is shorter than the magic is no trace at all.
        let expected = if length < 8 { "replay::heading" } else { "replay::damaged" };
        let code = code(&whole[..length]).expect("a cut file is refused");
        assert!(code == expected || length < 8 && code == "replay::line", "{length}: {code}");
    }
    let longer = [&whole[..], b"x"].concat();
    assert_eq!(code(&longer).as_deref(), Some("replay::damaged"));
}

#[test]
fn every_flipped_bit_is_told() {
    let whole = sample();
    for at in (0..whole.len() * 8).step_by(61).chain(64..36 * 8) {
        let mut bytes = whole.clone();
        bytes[at / 8] ^= 1 << (at % 8);
        let code = code(&bytes).unwrap_or_else(|| panic!("bit {at} was flipped and nobody saw"));
        let expected = if at < 64 { ["replay::heading", "replay::line"] } else { ["replay::damaged"; 2] };
        assert!(expected.contains(&code.as_str()), "bit {at}: {code}");
    }
}

/// A file whose header says so, with a right checksum.
fn header(version: u32, kind: u32, columns: u32) -> Vec<u8> {
    let mut bytes = b"\x89SPT\r\n\x1a\n".to_vec();
    for field in [version, kind, columns] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    [bytes, origin(0, &[])].concat()
}

/// An origin with a right checksum.
fn origin(raw: u32, stored: &[u8]) -> Vec<u8> {
    let mut bytes = raw.to_le_bytes().to_vec();
    bytes.extend((stored.len() as u32).to_le_bytes());
    let sum = crc32fast::hash(&[&bytes[..], stored].concat());
    [&bytes[..], &sum.to_le_bytes(), stored].concat()
}

/// A block with a right checksum, whatever else is wrong with it.
fn block(index: u64, records: u32, raw: u32, stored: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for field in [records, raw, stored.len() as u32] {
        bytes.extend(field.to_le_bytes());
    }
    let sum = crc32fast::hash(&[&bytes[..], &index.to_le_bytes(), stored].concat());
    [&bytes[..], &sum.to_le_bytes(), stored].concat()
}

#[test]
fn hostile_files_with_right_checksums_are_refused() {
    let file = |header: Vec<u8>, blocks: &[Vec<u8>]| [header, blocks.concat()].concat();
    let refused = |bytes: Vec<u8>| code(&bytes).expect("it is refused");
    assert_eq!(refused(file(header(1, 1, 0), &[])), "replay::version");
    assert_eq!(refused(file(header(2, 2, 0), &[])), "replay::kind");
    assert_eq!(refused(file(header(2, 7, 0), &[])), "replay::kind");
    assert_eq!(refused(file(header(2, 1, 64), &[])), "replay::damaged");
    // A billion zeros behind a small frame, and lengths that no block has.
    let bomb = zstd::bulk::compress(&vec![0; 1 << 26], 19).unwrap();
    for raw in [1 << 20, u32::MAX, 0] {
        assert_eq!(refused(file(header(2, 1, 0), &[block(0, 1, raw, &bomb)])), "replay::damaged");
    }
    let empty = zstd::bulk::compress(&[], 3).unwrap();
    for records in [1, 4096, 4097, u32::MAX] {
        assert_eq!(refused(file(header(2, 1, 0), &[block(0, records, 0, &empty)])), "replay::damaged");
    }
    // Bytes that are no table; a table without columns; a count that is not that of the records.
    for raw in [&[0xff; 64][..], &[8, 0, 0, 0, 4, 0, 4, 0, 4, 0, 0, 0], &[0; 16]] {
        let stored = zstd::bulk::compress(raw, 3).unwrap();
        let bytes = file(header(2, 1, 0), &[block(0, 1, raw.len() as u32, &stored)]);
        assert_eq!(refused(bytes), "replay::damaged");
    }
    assert_eq!(refused(file(header(2, 1, 0), &[block(0, 0, 0, &1u64.to_le_bytes())])), "replay::damaged");
    // Origins: a bomb, a length that no origin has, bytes that are no table, a table without an origin.
    let begin = header(2, 1, 0)[..24].to_vec();
    let end = block(0, 0, 0, &0u64.to_le_bytes());
    let none = zstd::bulk::compress(&[8, 0, 0, 0, 4, 0, 4, 0, 4, 0, 0, 0], 3).unwrap();
    for (raw, stored) in [(1 << 24, &bomb), (u32::MAX, &bomb), (0, &bomb), (64, &none), (12, &none)] {
        assert_eq!(refused([&begin[..], &origin(raw, stored), &end].concat()), "replay::damaged", "{raw}");
    }
    assert_eq!(refused([&begin[..], &origin(1, &[])].concat()), "replay::damaged");
    assert_eq!(code(&file(header(2, 1, 0), &[block(0, 0, 0, &0u64.to_le_bytes())])), None);
}

#[test]
fn blocks_that_change_places_are_told() {
    let whole = sample();
    let length = |at: usize| u32::from_le_bytes(whole[at + 8..at + 12].try_into().unwrap()) as usize + 16;
    let (first, second) = (36, 36 + length(36));
    let third = second + length(second);
    let swapped = [&whole[..first], &whole[second..third], &whole[first..second], &whole[third..]].concat();
    assert_eq!(code(&swapped).as_deref(), Some("replay::damaged"));
    let without = [&whole[..first], &whole[second..]].concat();
    assert_eq!(code(&without).as_deref(), Some("replay::damaged"));
}

/// Names of layers; one with everything that text has to keep out of a field.
const LAYERS: [&str; 3] = ["conv_0", "a, \"b\" 100%\n", "größe"];

fn packets() -> impl Strategy<Value = (OptionalColumns, Vec<Record>)> {
    let packet = (0u64..5, 0u32..20, 0u32..20, 1u32..=65_536, 0u8..2, any::<u64>(), 1u64..1 << 48);
    let columns = proptest::array::uniform6(any::<bool>());
    (columns, proptest::collection::vec(packet, 0..9000)).prop_map(|(columns, packets)| {
        let [class, dependencies, layer, frame, kind, times] = columns;
        let mut cycle = 0;
        let row = |(number, (gap, source, target, flits, number_of, after, delay)): (usize, _)| {
            // Now and then a gap that no step in a block can say.
            cycle += if after % 4001 == 0 { 1 << 33 } else { gap };
            let number = number as u64;
            let waits = if dependencies && number > 0 && after % 3 == 0 { after % 5 } else { 0 };
            let after_of = |wait| Dependency { packet: (after / 7 + wait) % number, delay };
            let some = |wanted: bool| wanted && after % 11 != 0;
            let packet = TracePacket {
                number,
                cycle,
                source,
                target,
                // Now and then several targets, each once.
                others: (1..if after % 5 == 0 { after as u32 % 7 } else { 1 })
                    .map(|next| (target + next) % 20)
                    .collect(),
                flits,
                class: if class { number_of } else { 0 },
                after: (0..waits).map(after_of).collect(),
                labels: PacketLabels {
                    // Text numbers layers as they come: so do these.
                    layer: some(layer).then_some((number * 3 / 9000) as u32),
                    frame: some(frame).then_some(after % (u64::MAX - 1)),
                    kind: some(kind).then(|| PacketKind::ALL[(after % 4) as usize]),
                },
            };
            let answer = PacketTimes {
                pid: after,
                created: cycle,
                head: delay,
                tail: cycle + after / 2,
                routers: source,
            };
            (packet, if times { answer } else { PacketTimes::default() })
        };
        (
            OptionalColumns { class, dependencies, layer, frame, kind, times },
            packets.into_iter().enumerate().map(row).collect(),
        )
    })
}

/// Records written in a format.
fn written(format: TraceFormat, columns: OptionalColumns, origin: &Origin, records: &[Record]) -> Vec<u8> {
    let layers = LAYERS.map(str::to_owned);
    let mut bytes = Vec::new();
    let output = TraceOutput { to: &mut bytes, format };
    let mut writer = RecordWriter::new(output, columns, origin).unwrap();
    for (packet, times) in records {
        writer.write(packet, *times, &layers).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

/// The layers of packets by name.
fn layers_of(records: &[Record], names: &[String]) -> Vec<Option<String>> {
    records.iter().map(|(packet, _)| packet.labels.layer.map(|layer| names[layer as usize].clone())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_trace_goes_round((columns, packets) in packets()) {
        let named = layers_of(&packets, &LAYERS.map(str::to_owned));
        let mut texts = Vec::new();
        for format in [TraceFormat::Csv, TraceFormat::Spt] {
            let bytes = written(format, columns, &Origin::default(), &packets);
            let (read, records, names) = records(&bytes, LIMITS).unwrap();
            prop_assert_eq!(read, columns);
            prop_assert_eq!(layers_of(&records, &names), named.clone());
            let plain = |records: &[Record]| {
                let mut records = records.to_vec();
                records.iter_mut().for_each(|(packet, _)| packet.labels.layer = None);
                records
            };
            prop_assert_eq!(plain(&records), plain(&packets));
            let mut text = Vec::new();
            convert(&bytes[..], "t", LIMITS, (&mut text).into()).unwrap();
            texts.push(text);
        }
        prop_assert_eq!(&texts[0], &texts[1]);
    }

    #[test]
    fn any_hops_go_round(hops in proptest::collection::vec((any::<u64>(), any::<u32>(), 0u16..30, any::<u8>()), 0..5000)) {
        let port = |n: u16| match n {
            0 => PortKind::East,
            1 => PortKind::West,
            2 => PortKind::South,
            3 => PortKind::North,
            n => PortKind::Local(n - 4),
        };
        let hop = |&(pid, node, ports, vc): &(u64, u32, u16, u8)| Hop {
            pid,
            cycle: pid / 2,
            node: NodeId(node),
            in_port: port(ports),
            out_port: port(ports / 2),
            vc,
        };
        let mut writer = HopWriter::new(Vec::new()).unwrap();
        hops.iter().for_each(|entry| writer.write(hop(entry)).unwrap());
        let bytes = writer.finish().unwrap();
        let mut reader = HopReader::new(&bytes[..], "t").unwrap();
        for entry in &hops {
            prop_assert_eq!(reader.next_hop().unwrap(), Some(hop(entry)));
        }
        prop_assert_eq!(reader.next_hop().unwrap(), None);
    }
}

#[test]
fn a_part_gives_its_records_and_then_says_why_it_ends() {
    let packet =
        TracePacket { number: 0, cycle: 3, source: 1, target: 2, flits: 4, ..TracePacket::default() };
    let columns = OptionalColumns::default();
    for why in ["the run went beyond 9 cycles", "", &"x".repeat(5000)] {
        let mut writer = PacketWriter::new(Vec::new(), columns, &Origin::default()).unwrap();
        writer.write(&packet, PacketTimes::default()).unwrap();
        let bytes = writer.finish_partial(why).unwrap();
        let mut reader = TraceReader::new(&bytes[..], "t", LIMITS).unwrap();
        assert_eq!(reader.next_packet().unwrap(), Some(packet.clone()));
        let Err(TraceError::Partial { why: read, .. }) = reader.next_packet() else { panic!("{why}") };
        assert!(!read.is_empty() && (why.is_empty() || why.starts_with(&read)), "{read}");
        assert_eq!(check(&bytes[..], "t", LIMITS).unwrap_err().len(), 1);
    }
    let bytes = HopWriter::new(Vec::new()).unwrap().finish_partial("why").unwrap();
    assert!(matches!(HopReader::new(&bytes[..], "t").unwrap().next_hop(), Err(TraceError::Partial { .. })));
}

#[test]
fn an_origin_comes_back() {
    let columns = OptionalColumns::RECORDED;
    let unit = |terminal, name: &str, layer: Option<&str>| TraceUnit {
        terminal,
        name: name.to_owned(),
        layer: layer.map(str::to_owned),
    };
    let origin = Origin {
        device: Some(OriginDevice { name: "akd1500".to_owned(), sha256: "12ab".to_owned() }),
        model: Some("model".to_owned()),
        units: vec![unit(0, "n0_0.np0", Some("conv_0")), unit(1, "n0_0.source0", None)],
        mesh: TraceMesh::of(&small()),
    };
    for origin in [origin.clone(), Origin { mesh: None, device: None, ..origin.clone() }, Origin::default()] {
        let bytes = written(TraceFormat::Spt, columns, &origin, &[]);
        assert_eq!(TraceReader::new(&bytes[..], "t", LIMITS).unwrap().origin(), origin);
        // What is converted keeps it; text has no room for it.
        let mut again = Vec::new();
        let output = TraceOutput { to: &mut again, format: TraceFormat::Spt };
        convert(&bytes[..], "t", LIMITS, output).unwrap();
        assert!(again == bytes);
    }
    let outside = Origin { units: vec![unit(20, "n9_9.np0", None)], ..origin };
    let bytes = written(TraceFormat::Spt, columns, &outside, &[]);
    assert_eq!(code(&bytes).as_deref(), Some("replay::damaged"));
}

#[test]
fn packets_that_wait_for_many_fill_blocks_early() {
    let waits =
        |number: u64| (0..number.min(MAX_AFTER as u64)).map(|packet| Dependency { packet, delay: 1 << 47 });
    let packet =
        |number| TracePacket { number, flits: 1, after: waits(number).collect(), ..Default::default() };
    let packets: Vec<TracePacket> = (0..5000).map(packet).collect();
    let columns = OptionalColumns { dependencies: true, ..OptionalColumns::default() };
    assert!(rows(&to_spt(columns, &packets), LIMITS).unwrap().1 == packets);
    let csv = to_csv(columns, &packets[..1200]);
    assert!(rows(&csv, LIMITS).unwrap().1 == packets[..1200]);
}
