//! The replay of trace files: the reference's bytes, errors with their lines, dependencies, hops.

use miette::Diagnostic;
use spikemesh_noc::replay::{
    HOP_HEADING, PACKET_HEADING, ReplayError, ReplayOptions, ReplayOutputs, ReplaySummary, replay,
};
use spikemesh_noc::trace::{TraceError, TraceLimits, check};
use spikemesh_noc::{
    self, Config, CycleLimit, EarlyEnd, LinkCounters, PortOrder, Routing, Stop, Unfinished, VcRange, Watchdog,
};

const CHECK: ReplayOptions =
    ReplayOptions { check: true, watchdog: Watchdog::new(1000), max_cycles: None, stop: Stop::NEVER };

fn small() -> Config {
    Config::r3(5, 4, 2, 4, PortOrder::LocalFirst)
}

fn answer(
    config: &Config,
    trace: &[u8],
    options: ReplayOptions,
) -> Result<(String, ReplaySummary), ReplayError> {
    let mut packets = Vec::new();
    let outputs = ReplayOutputs { packets: (&mut packets).into(), hops: None };
    let summary = match replay(config, trace, "t.csv", outputs, options)?.into_finished() {
        Ok(summary) => summary,
        Err(Unfinished { end: EarlyEnd::Failure(error), .. }) => return Err(error),
        Err(Unfinished { end, .. }) => panic!("{end}"),
    };
    Ok((String::from_utf8(packets).unwrap(), summary))
}

fn hops(config: &Config, trace: &[u8]) -> (Vec<String>, Vec<String>) {
    let (mut packets, mut hops) = (Vec::new(), Vec::new());
    let outputs = ReplayOutputs { packets: (&mut packets).into(), hops: Some((&mut hops).into()) };
    replay(config, trace, "t.csv", outputs, CHECK).unwrap().into_finished().unwrap();
    let lines = |bytes| String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect();
    (lines(packets), lines(hops))
}

#[test]
fn every_reference_file_is_written_byte_for_byte() {
    let mut seen = 0;
    for entry in std::fs::read_dir(crate::reference::data("traces")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(stem) = name.strip_suffix(".out.csv") else { continue };
        let (trace, parameters) = stem.split_once('.').unwrap();
        let (vcs, depth) = parameters.strip_prefix("vc").unwrap().split_once("_d").unwrap();
        let (vcs, depth) = (vcs.parse().unwrap(), depth.parse().unwrap());
        let config = match &trace[..3] {
            "5x4" => Config::r3(5, 4, vcs, depth, PortOrder::LocalFirst),
            "8x8" => Config::r3(8, 8, vcs, depth, PortOrder::LocalLast),
            other => panic!("{other}"),
        };
        let input = std::fs::read(crate::reference::data(&format!("traces/{trace}.in.csv"))).unwrap();
        let (ours, summary) = answer(&config, &input, ReplayOptions::default()).unwrap();
        let theirs = std::fs::read_to_string(crate::reference::data(&format!("traces/{name}"))).unwrap();
        assert!(without_rows(&ours, &input) == theirs, "{name} differs");
        assert_eq!(summary.packets, theirs.lines().count() as u64 - 1);
        seen += 1;
    }
    assert!(seen >= 18, "only {seen} reference files");
}

/// An answer without the column that BookSim2 does not have, which names the row of the trace: that has the same source, target and size.
fn without_rows(answer: &str, trace: &[u8]) -> String {
    let trace: Vec<&str> = std::str::from_utf8(trace).unwrap().lines().skip(1).collect();
    let mut seen = vec![false; trace.len()];
    let mut text = String::new();
    for (number, line) in answer.lines().enumerate() {
        let (theirs, row) = line.rsplit_once(',').unwrap();
        text += &format!("{theirs}\n");
        if number > 0 {
            let row: usize = row.parse().unwrap();
            assert!(!std::mem::replace(&mut seen[row], true), "row {row} is there twice");
            let [packet, of_trace] = [theirs, trace[row]].map(|line| line.split(',').skip(1).take(3));
            assert!(packet.eq(of_trace), "{line} is not {}", trace[row]);
        }
    }
    assert!(seen.iter().all(|&seen| seen));
    text
}

#[test]
fn columns_may_come_in_any_order_and_lines_may_end_like_on_windows() {
    let (plain, _) = answer(&small(), b"cycle,src,dst,size\n3,0,7,2\n3,1,2,1\n", CHECK).unwrap();
    let (other, _) = answer(&small(), b"dst, size ,src,cycle\r\n7,2,0,3\r\n\r\n2,1,1,3", CHECK).unwrap();
    assert_eq!(plain, other);
    assert_eq!(plain.lines().next(), Some(PACKET_HEADING));
    assert_eq!(plain.lines().count(), 3);
}

#[test]
fn a_byte_order_mark_and_empty_lines_count_for_nothing() {
    let (plain, _) = answer(&small(), b"cycle,src,dst,size\n3,0,7,2\n", CHECK).unwrap();
    let (other, _) =
        answer(&small(), b"\xef\xbb\xbf\n\r\ncycle,src,dst,size\r\n\n3,0,7,2\n\n", CHECK).unwrap();
    assert_eq!(plain, other);
    // Lines are those of the file.
    let expected = ("replay::fields".to_owned(), "t.csv:5: 1 field, and the heading has 4".to_owned());
    assert_eq!(problems(b"\n\r\ncycle,src,dst,size\n\n7\n"), [expected]);
    let expected = ("replay::heading".to_owned(), "t.csv:2: no trace has a column `colour`".to_owned());
    assert_eq!(problems(b"\ncolour\n"), [expected]);
}

#[test]
fn an_empty_trace_has_an_empty_answer() {
    let (text, summary) = answer(&small(), b"cycle,src,dst,size\n", CHECK).unwrap();
    assert_eq!(
        (text.as_str(), &summary),
        (
            format!("{PACKET_HEADING}\n").as_str(),
            &ReplaySummary { links: summary.links.clone(), ..Default::default() }
        )
    );
    assert!(summary.links.iter().all(|link| *link == LinkCounters::default()));
    // No figure is a figure over nothing.
    assert_eq!((summary.mean_latency(), summary.latency_max, summary.last_cycle), (None, None, None));
}

#[test]
fn a_dependent_packet_is_created_after_the_other_arrived() {
    // 0 to 7: three hops, 18 cycles; then 5 later; then at cycle 100, since that is later still.
    let trace = b"cycle,src,dst,size,after,delay\n0,0,7,1,,\n0,7,0,1,0,5\n100,1,1,1,1,2\n";
    let (text, _) = answer(&small(), trace, CHECK).unwrap();
    let rows: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(rows, ["0,0,7,1,0,0,18,4,0", "1,7,0,1,23,23,41,4,1", "2,1,1,1,100,100,106,1,2"]);
}

#[test]
fn a_dependency_may_lie_in_the_past() {
    let trace = b"cycle,src,dst,size,after,delay\n0,0,0,1,,\n50,3,3,1,0,10\n50,4,4,1,0,60\n";
    let (text, _) = answer(&small(), trace, CHECK).unwrap();
    let rows: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(rows, ["0,0,0,1,0,0,6,1,0", "1,3,3,1,50,50,56,1,1", "2,4,4,1,66,66,72,1,2"]);
}

#[test]
fn a_packet_with_several_dependencies_waits_for_the_latest_sum() {
    // 0 to 7 arrives in 18, 1 to 1 in 6: 18 + 5 and 6 + 40; then not before its own cycle; then twice after one packet.
    let trace = b"cycle,src,dst,size,after,delay\n0,0,7,1,,\n0,1,1,1,,\n0,2,2,1,0;1,5;40\n0,3,3,1,0;1,50;4\n\
                  0,5,5,1,1;1,2;9\n90,4,4,1,1;0;2,1;1;1\n";
    let (text, _) = answer(&small(), trace, CHECK).unwrap();
    let mut created: Vec<(usize, u64)> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect::<Vec<_>>())
        .map(|fields| (fields[8].parse().unwrap(), fields[4].parse().unwrap()))
        .collect();
    created.sort_unstable();
    assert_eq!(created, [(0, 0), (1, 0), (2, 46), (3, 68), (4, 15), (5, 90)]);
}

#[test]
fn a_barrier_waits_for_the_last_of_all_terminals() {
    let mut trace = String::from("cycle,src,dst,size,after,delay\n");
    (0..20).for_each(|terminal| trace += &format!("{},{terminal},0,3,,\n", terminal * 2));
    let list =
        |value: &dyn Fn(u32) -> u32| (0..20).map(|n| value(n).to_string()).collect::<Vec<_>>().join(";");
    trace += &format!("38,0,19,1,{},{}\n", list(&|n| n), list(&|_| 3));
    let (text, _) = answer(&small(), trace.as_bytes(), CHECK).unwrap();
    let rows: Vec<Vec<u64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|field| field.parse().unwrap()).collect())
        .collect();
    let last = rows.iter().filter(|row| row[8] < 20).map(|row| row[6]).max().unwrap();
    let barrier = rows.iter().find(|row| row[8] == 20).unwrap();
    assert_eq!(barrier[4], last + 3);
}

#[test]
fn hops_tell_the_way_of_a_packet() {
    let (packets, hops) = hops(&small(), b"cycle,src,dst,size\n0,0,6,3\n");
    assert_eq!(packets[1], "0,0,6,3,0,0,16,3,0");
    assert_eq!(hops[0], HOP_HEADING);
    // Right, then down: the switch is won in cycle 3, then every 4 cycles.
    assert_eq!(hops[1..], ["0,3,0,local0,east,0", "0,7,1,west,south,0", "0,11,6,north,local0,0"]);
}

#[test]
fn there_are_as_many_hops_as_routers() {
    let trace = std::fs::read(crate::reference::data("traces/5x4_burst.in.csv")).unwrap();
    let (packets, hops) = hops(&Config::r3(5, 4, 4, 4, PortOrder::LocalFirst), &trace);
    let routers: usize =
        packets[1..].iter().map(|row| row.rsplit(',').nth(1).unwrap().parse::<usize>().unwrap()).sum();
    assert_eq!(hops.len() - 1, routers);
}

/// Codes and messages of what is wrong with a trace.
fn problems(trace: &[u8]) -> Vec<(String, String)> {
    let errors = check(trace, "t.csv", TraceLimits::of(&small())).unwrap_err();
    errors.iter().map(|error| (error.code().unwrap().to_string(), error.to_string())).collect()
}

#[test]
fn bad_rows_are_named_with_line_and_rule() {
    let rows: &[(&str, &str, &str)] = &[
        ("4,0,1,1", "replay::order", "t.csv:3: cycle 4 after cycle 5"),
        ("5,20,1,1", "replay::outside", "t.csv:3: `src` is 20; the network has terminals 0 to 19"),
        ("5,0,20,1", "replay::outside", "t.csv:3: `dst` is 20; the network has terminals 0 to 19"),
        ("5,0,1,0", "replay::size", "t.csv:3: a packet of 0 flits; 1 to 65536 are possible"),
        ("5,0,1,1000000", "replay::size", "t.csv:3: a packet of 1000000 flits; 1 to 65536 are possible"),
        ("5,0,1", "replay::fields", "t.csv:3: 3 fields, and the heading has 4"),
        ("5,0,1,1,1", "replay::fields", "t.csv:3: 5 fields, and the heading has 4"),
        (
            "5,0,1,-1",
            "replay::number",
            "t.csv:3: `size` is `-1`; it must be a whole number from 0 to 4294967295",
        ),
        (
            "nan,0,1,1",
            "replay::number",
            "t.csv:3: `cycle` is `nan`; it must be a whole number from 0 to 281474976710656",
        ),
        (
            "99999999999999999999999,0,1,1",
            "replay::range",
            "t.csv:3: `cycle` is 99999999999999999999999; it must be a whole number from 0 to 281474976710656",
        ),
        ("5,,1,1", "replay::number", "t.csv:3: `src` is ``; it must be a whole number from 0 to 4294967295"),
    ];
    for &(row, code, message) in rows {
        let trace = format!("cycle,src,dst,size\n5,0,1,1\n{row}\n");
        assert_eq!(problems(trace.as_bytes()), [(code.to_owned(), message.to_owned())], "{row}");
        let error = answer(&small(), trace.as_bytes(), CHECK).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn all_problems_are_reported_up_to_a_limit() {
    let codes = |trace: &[u8]| problems(trace).into_iter().map(|(code, _)| code).collect::<Vec<_>>();
    assert_eq!(
        codes(b"cycle,src,dst,size\n5,0,1,0\n5,77,1,1\n4,0,1,1\n"),
        // The second row was not taken, so the last is compared with nothing.
        ["replay::size", "replay::outside"]
    );
    let many = format!("cycle,src,dst,size\n{}", "0,0,1,0\n".repeat(50));
    assert_eq!(codes(many.as_bytes()).len(), 21);
    assert_eq!(codes(many.as_bytes()).last().unwrap(), "replay::many_problems");
}

#[test]
fn bad_headings_and_dependencies_are_refused() {
    let code = |trace: &[u8]| problems(trace)[0].0.clone();
    for heading in [
        "",
        "cycle,src,dst",
        "cycle,src,dst,size,size",
        "cycle,src,dst,size,colour",
        "cycle,src,dst,size,after",
    ] {
        assert_eq!(code(heading.as_bytes()), "replay::heading", "{heading}");
    }
    let with = |row: &str| code(format!("cycle,src,dst,size,after,delay\n0,0,1,1,,\n{row}\n").as_bytes());
    assert_eq!(with("0,0,1,1,1,1"), "replay::after");
    assert_eq!(with("0,0,1,1,9,1"), "replay::after");
    assert_eq!(with("0,0,1,1,0,"), "replay::dependency");
    assert_eq!(with("0,0,1,1,0;0,1"), "replay::dependency");
    assert_eq!(with("0,0,1,1,0;,1;1"), "replay::number");
    assert_eq!(with("0,0,1,1,0;1,1;1"), "replay::after");
    assert_eq!(with("0,0,1,1,0;0,1;0"), "replay::range");
    let many = vec!["0"; 1025].join(";");
    assert_eq!(with(&format!("0,0,1,1,{many},{}", many.replace('0', "1"))), "replay::many_after");
    for heading in ["pid", "pid,ctime,head_itime,tail_atime", "layers", "kind,kind"] {
        assert_eq!(code(format!("cycle,src,dst,size,{heading}").as_bytes()), "replay::heading", "{heading}");
    }
    assert_eq!(code(b"cycle,src,dst,size,kind\n0,0,1,1,thought\n"), "replay::packet_kind");
    let long = "x".repeat(1025);
    assert_eq!(code(format!("cycle,src,dst,size,layer\n0,0,1,1,{long}\n").as_bytes()), "replay::layer");
    assert_eq!(with("0,0,1,1,0,0"), "replay::range");
    assert_eq!(code(&[b'x'; 70_000]), "replay::line");
    assert_eq!(code(b"cycle,src,dst,size,class\n0,0,1,1,1\n"), "replay::range");
}

#[test]
fn memory_follows_the_packets_under_way() {
    let mut trace = String::from("cycle,src,dst,size\n");
    (0..20_000)
        .for_each(|packet| trace += &format!("{},{},{},1\n", packet * 3, packet % 20, packet * 7 % 20));
    let (_, summary) = answer(&small(), trace.as_bytes(), ReplayOptions::default()).unwrap();
    assert_eq!(summary.packets, 20_000);
    assert!(summary.most_live < 40, "{} packets lived at one time", summary.most_live);
}

/// Four packets go round the corners of a 2 x 2 mesh with one channel: two classes share it, and one of them turns the other way.
#[test]
fn a_real_deadlock_is_seen_and_told() {
    let mut config = Config::r3(2, 2, 1, 1, PortOrder::LocalFirst);
    config.classes = vec![VcRange { first: 0, count: 1 }; 2];
    config.class_routing = vec![Routing::Xy, Routing::Yx];
    // Clockwise: 0 right and down to 3, 1 down and left to 2, 3 left and up to 0, 2 up and right to 1.
    let trace = b"cycle,src,dst,size,class\n0,0,3,9,0\n0,1,2,9,1\n0,2,1,9,1\n0,3,0,9,0\n";
    let Err(error) = answer(&config, trace, CHECK) else { panic!("they got through") };
    let ReplayError::Network(spikemesh_noc::Error::Deadlock { since, flits, ref packets, .. }) = error else {
        panic!("{error}")
    };
    assert!(since < 100 && flits >= 4, "{error}");
    let lines: Vec<&str> = packets.lines().collect();
    assert_eq!(lines.len(), 4, "{packets}");
    for pid in 0..4 {
        assert_eq!(packets.matches(&format!("packet {pid} (")).count(), 2, "{packets}");
    }
    assert!(lines.iter().all(|line| line.contains("waits for a channel of")), "{packets}");
    // With one way for all there is no circular wait.
    config.class_routing.clear();
    assert_eq!(answer(&config, trace, CHECK).unwrap().1.packets, 4);
}

/// A replay that ends early: the summary, how it ended, the answer and the hops.
fn early(config: &Config, trace: &[u8], options: ReplayOptions) -> (ReplaySummary, ReplayEnd, [String; 2]) {
    let (mut packets, mut hops) = (Vec::new(), Vec::new());
    let outputs = ReplayOutputs { packets: (&mut packets).into(), hops: Some((&mut hops).into()) };
    let ended = replay(config, trace, "t.csv", outputs, options).unwrap();
    let Unfinished { partial, end } = ended.into_finished().unwrap_err();
    (partial, end, [packets, hops].map(|bytes| String::from_utf8(bytes).unwrap()))
}

type ReplayEnd = EarlyEnd<ReplayError>;

#[test]
fn a_deadlock_leaves_what_arrived_and_every_hop_marked_partial() {
    let mut config = Config::r3(2, 2, 2, 1, PortOrder::LocalFirst);
    config.classes = vec![VcRange { first: 0, count: 1 }; 2];
    config.class_routing = vec![Routing::Xy, Routing::Yx];
    let trace = std::fs::read(crate::reference::data("../cases/deadlock.csv")).unwrap();
    let (summary, end, [packets, hops]) = early(&config, &trace, CHECK);
    assert!(matches!(&end, EarlyEnd::Failure(error) if error.is_deadlock()), "{end}");
    let mark = "# partial: cycle 1045: no flit has moved since cycle 45, and 8 flits are in the network";
    let rows: Vec<&str> = packets.lines().collect();
    assert_eq!(rows, [PACKET_HEADING, "0,0,1,1,0,0,10,2,0", mark]);
    assert_eq!(summary.packets, 1);
    // Packet 0 passes two routers; the others have won the switches on their way into the circle.
    let hops: Vec<&str> = hops.lines().collect();
    assert_eq!((hops[0], hops[hops.len() - 1]), (HOP_HEADING, mark));
    for pid in 1..5 {
        assert!(hops.iter().any(|row| row.starts_with(&format!("{pid},"))), "{pid}: {hops:?}");
    }
}

#[test]
fn a_limit_of_cycles_ends_a_replay_between_two_cycles() {
    let trace = b"cycle,src,dst,size\n0,0,7,1\n0,7,0,1\n90,1,2,1\n";
    let limited = |limit| ReplayOptions { max_cycles: Some(limit), ..CHECK };
    let (whole, _) = answer(&small(), trace, CHECK).unwrap();
    let (summary, end, [packets, _]) = early(&small(), trace, limited(99));
    assert!(matches!(end, EarlyEnd::Limit(CycleLimit { limit: 99 })), "{end}");
    assert_eq!((summary.packets, summary.last_cycle), (2, Some(18)));
    let rows = whole.lines().take(3).collect::<Vec<_>>().join("\n");
    assert_eq!(packets, format!("{rows}\n# partial: the run went beyond 99 cycles\n"));
    // The last packet arrives in cycle 100: that is within the limit of 100.
    assert_eq!(answer(&small(), trace, limited(100)).unwrap().0, whole);
}

/// Each packet waits for the one before it.
fn chain(rows: usize, delay: u64) -> String {
    let row = |number: usize| format!("0,0,1,1,{},{delay}\n", number - 1);
    (1..rows).fold("cycle,src,dst,size,after,delay\n0,0,1,1,,\n".to_owned(), |text, n| text + &row(n))
}

#[test]
fn delays_that_add_up_beyond_the_last_cycle_are_an_error_with_the_row() {
    let refused = |trace: &str| answer(&small(), trace.as_bytes(), CHECK).unwrap_err();
    let error = refused(&chain(65_540, 1 << 48));
    assert_eq!(error.code().unwrap().to_string(), "replay::late");
    let message =
        "t.csv, row 1: the packet would be created after cycle 281474976710656: 10 + 281474976710656";
    assert_eq!(error.to_string(), message);
    // 2 * 2^47 is just too much, at the third packet.
    assert!(refused(&chain(4, 1 << 47)).to_string().starts_with("t.csv, row 2: "));
    // The packet that is waited for has arrived when the row is read.
    let past = format!("cycle,src,dst,size,after,delay\n0,0,0,1,,\n500,1,1,1,0,{}\n", 1u64 << 48);
    assert!(refused(&past).to_string().starts_with("t.csv, row 1: "));
    let last = (1 << 48) - 10;
    let (text, summary) = answer(&small(), chain(2, last).as_bytes(), CHECK).unwrap();
    assert!(text.contains(&format!("\n1,0,1,1,{0},{0},{1},2,1\n", 1u64 << 48, (1u64 << 48) + 10)), "{text}");
    assert_eq!(summary.packets, 2);
}

#[test]
fn a_number_that_is_out_of_range_is_not_called_no_number() {
    let trace = std::fs::read(crate::reference::data("../cases/delay0.csv")).unwrap();
    let errors = check(&trace[..], "t.csv", TraceLimits::of(&small())).unwrap_err();
    let help = errors[0].help().unwrap().to_string();
    assert_eq!((errors.len(), help.as_str()), (1, "`delay` can be 1 to 281474976710656"));
    assert!(errors[0].to_string().starts_with("t.csv:3: `delay` is 0;"));
}

#[test]
fn a_trace_that_says_it_is_a_part_is_refused() {
    let trace = b"cycle,src,dst,size\n0,0,1,1\n# partial: the run went beyond 9 cycles, or so\n";
    let expected = "t.csv holds a part of a trace: the run went beyond 9 cycles, or so";
    assert_eq!(problems(trace), [("replay::partial".to_owned(), expected.to_owned())]);
    assert!(matches!(answer(&small(), trace, CHECK), Err(ReplayError::Trace(TraceError::Partial { .. }))));
}

/// A trace that sets a flag when a part of it has been read.
struct StopsAt<'a> {
    rest: &'a [u8],
    left: usize,
    stop: Stop,
}

impl std::io::Read for StopsAt<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        if self.rest.len() <= self.left {
            self.stop.set();
        }
        self.rest.read(to)
    }
}

#[test]
fn a_stop_leaves_what_arrived_marked_partial() {
    let mut trace = "cycle,src,dst,size\n".to_owned();
    (0..40_000).for_each(|packet| trace += &format!("{},{},{},2\n", 2 * packet, packet % 20, packet % 19));
    let (whole, _) = answer(&small(), trace.as_bytes(), ReplayOptions::default()).unwrap();
    let stop = Stop::new();
    let reader = StopsAt { rest: trace.as_bytes(), left: trace.len() / 2, stop: stop.clone() };
    let mut packets = Vec::new();
    let outputs = ReplayOutputs { packets: (&mut packets).into(), hops: None };
    let options = ReplayOptions { stop, ..ReplayOptions::default() };
    let ended = replay(&small(), reader, "t.csv", outputs, options).unwrap().into_finished().unwrap_err();
    assert!(matches!(ended.end, EarlyEnd::Stopped), "{}", ended.end);
    let packets = String::from_utf8(packets).unwrap();
    let (rows, mark) = packets.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(mark, "# partial: the run was stopped before its end");
    assert!(whole.starts_with(rows));
    // It ended soon after the flag was set: what had been read then, and some thousand cycles.
    let arrived = rows.lines().count() - 1;
    assert!((15_000..35_000).contains(&arrived) && arrived as u64 == ended.partial.packets, "{arrived}");
}
