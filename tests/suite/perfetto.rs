//! `report --perfetto`: read back with a decoder of the wire format that shares nothing with the writer. Numbers of fields are those of Perfetto's
//! `trace.proto`; `python/tests/test_perfetto.py` reads the same with the classes that are generated from it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// A field of a message: its number, and what it holds.
#[derive(Clone, Debug)]
enum Field {
    Number(u64),
    Bytes(Vec<u8>),
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let (first, rest) = bytes.split_first().expect("a varint ends");
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return value;
        }
    }
    unreachable!()
}

/// The fields of a message, by number, in their order.
fn message(mut bytes: &[u8]) -> BTreeMap<u64, Vec<Field>> {
    let mut fields: BTreeMap<u64, Vec<Field>> = BTreeMap::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let mut take = |count: usize| {
            let (taken, rest) = bytes.split_at(count);
            bytes = rest;
            taken.to_vec()
        };
        let field = match tag & 7 {
            1 => Field::Number(u64::from_le_bytes(take(8).try_into().unwrap())),
            2 => {
                let count = varint(&mut bytes) as usize;
                let (taken, rest) = bytes.split_at(count);
                bytes = rest;
                Field::Bytes(taken.to_vec())
            }
            0 => Field::Number(varint(&mut bytes)),
            other => panic!("wire type {other}"),
        };
        fields.entry(tag >> 3).or_default().push(field);
    }
    fields
}

type Message = BTreeMap<u64, Vec<Field>>;

fn number(of: &Message, field: u64) -> Option<u64> {
    match of.get(&field)?.first()? {
        Field::Number(value) => Some(*value),
        Field::Bytes(_) => panic!("field {field} is no number"),
    }
}

fn numbers(of: &Message, field: u64) -> Vec<u64> {
    let all = of.get(&field).into_iter().flatten();
    all.map(|value| if let Field::Number(value) = value { *value } else { panic!("field {field}") }).collect()
}

fn inner(of: &Message, field: u64) -> Vec<Message> {
    let all = of.get(&field).into_iter().flatten();
    all.map(|value| if let Field::Bytes(bytes) = value { message(bytes) } else { panic!("field {field}") })
        .collect()
}

fn text(of: &Message, field: u64) -> Option<String> {
    match of.get(&field)?.first()? {
        Field::Bytes(bytes) => Some(String::from_utf8(bytes.clone()).unwrap()),
        Field::Number(_) => panic!("field {field} is no text"),
    }
}

/// The numbers that an event carries, by name.
fn annotations(event: &Message) -> BTreeMap<String, u64> {
    inner(event, 4).iter().map(|one| (text(one, 10).unwrap(), number(one, 3).unwrap_or(0))).collect()
}

fn spikemesh(arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn traced(folder: &Path) -> (Vec<Message>, Value) {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (run, trace) = (path("out"), path("run.pftrace"));
    let fixed =
        ["run", "traces/tiny/events.yaml", "-d", "two-nodes", "--random-weights", "1", "--batch", "4"];
    spikemesh(&[&fixed[..], &["-i", "traces/tiny/events.npy", "-o", &run]].concat());
    spikemesh(&["report", &run, "--perfetto", &trace]);
    let stats = serde_json::from_slice(&std::fs::read(folder.join("out/stats.json")).unwrap()).unwrap();
    let trace = message(&std::fs::read(trace).unwrap());
    assert_eq!(trace.keys().collect::<Vec<_>>(), [&1], "a trace is a list of packets");
    (inner(&trace, 1), stats)
}

#[test]
fn slices_add_up_to_stats_json_and_flows_lead_from_producers_to_consumers() {
    let folder = tempfile::tempdir().unwrap();
    let (packets, stats) = traced(folder.path());
    let mut tracks = BTreeMap::new();
    // By track: names of open slices with their times.
    let mut open: BTreeMap<u64, Vec<(String, u64)>> = BTreeMap::new();
    let mut clocks: BTreeMap<(u64, String), u64> = BTreeMap::new();
    let mut frames: BTreeMap<u64, u64> = BTreeMap::new();
    let (mut from, mut to) = (BTreeMap::new(), BTreeMap::new());
    for packet in &packets {
        assert_eq!(number(packet, 10), Some(1), "one sequence");
        for track in inner(packet, 60) {
            tracks.insert(number(&track, 1).unwrap(), track.clone());
        }
        let time = number(packet, 8);
        for event in inner(packet, 11) {
            let (time, track) = (time.unwrap(), number(&event, 11).unwrap());
            assert!(tracks.contains_key(&track), "a track comes before its events");
            for flow in numbers(&event, 47) {
                assert!(from.insert(flow, (time, track)).is_none());
            }
            for flow in numbers(&event, 48) {
                assert!(to.insert(flow, (time, track)).is_none());
            }
            match number(&event, 9).unwrap() {
                1 => {
                    let name = text(&event, 23).unwrap();
                    let numbers = annotations(&event);
                    if let Some(length) = numbers.get("clocks") {
                        *clocks.entry((track, name.clone())).or_default() += length;
                        // The clock of the device is 300 MHz.
                        assert_eq!(time, numbers["cycle"] * 10 / 3);
                    } else {
                        *frames.entry(track).or_default() += 1;
                        assert!(name.starts_with(&format!("frame {} ", numbers["frame"])), "{name}");
                    }
                    open.entry(track).or_default().push((name, time));
                }
                2 => {
                    let (_, begin) =
                        open.get_mut(&track).unwrap().pop().expect("a slice that ends has begun");
                    assert!(begin <= time);
                }
                3 | 4 => {}
                other => panic!("type {other}"),
            }
        }
    }
    assert!(open.values().all(Vec::is_empty), "every slice ends");
    let mut seen = 0;
    for unit in stats["units"].as_array().unwrap() {
        let name = unit["name"].as_str().unwrap();
        let layer = unit["layer"].as_str().map(|layer| format!(" {layer}")).unwrap_or_default();
        let is_it =
            |track: &Message| text(track, 2) == Some(format!("{name}{layer}")) && number(track, 5).is_some();
        let (&track, _) =
            tracks.iter().find(|(_, track)| is_it(track)).unwrap_or_else(|| panic!("no track {name}"));
        for reason in ["compute", "wait_input", "wait_map", "wait_fifo", "drain"] {
            let sum = clocks.get(&(track, reason.to_owned())).copied().unwrap_or(0);
            assert_eq!(Some(sum), unit[reason].as_u64(), "{name} {reason}");
            seen += sum;
        }
        if unit["layer"].is_string() {
            assert_eq!(frames[&track], 4, "{name}");
        }
    }
    assert!(seen > 0);
    assert!(!from.is_empty() && from.keys().eq(to.keys()), "every flow has both ends");
    for (flow, (begin, source)) in &from {
        let (end, target) = to[flow];
        assert!(*begin <= end, "flow {flow} goes back in time");
        assert_ne!(*source, target, "from one unit to another");
    }
}

#[test]
fn counters_of_links_add_up_to_their_flits() {
    let folder = tempfile::tempdir().unwrap();
    let (packets, stats) = traced(folder.path());
    let mut names = BTreeMap::new();
    let mut values: BTreeMap<u64, Vec<(u64, f64)>> = BTreeMap::new();
    for packet in &packets {
        for track in inner(packet, 60).iter().filter(|track| track.contains_key(&8)) {
            names.insert(number(track, 1).unwrap(), text(track, 2).unwrap());
        }
        for event in inner(packet, 11).iter().filter(|event| number(event, 9) == Some(4)) {
            let value = f64::from_bits(number(event, 44).unwrap_or(0));
            values.entry(number(event, 11).unwrap()).or_default().push((number(packet, 8).unwrap(), value));
        }
    }
    let counted: BTreeMap<&str, u64> = stats["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| (link["name"].as_str().unwrap(), link["flits"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        names.values().map(String::as_str).collect::<std::collections::BTreeSet<_>>(),
        counted.keys().copied().collect()
    );
    for (track, name) in &names {
        // A value holds until the next one; the last is that of the end.
        let steps = values[track].windows(2);
        let sum: f64 = steps.map(|pair| pair[0].1 / 100.0 * (pair[1].0 - pair[0].0) as f64 * 0.3).sum();
        let flits = counted[name.as_str()] as f64;
        assert!((sum - flits).abs() <= 0.02 * flits + 0.5, "{name}: {sum} for {flits}");
    }
}
