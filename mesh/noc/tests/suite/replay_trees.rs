//! Traces whose packets have several targets.

use miette::Diagnostic;
use spikemesh_noc::replay::{ReplayError, ReplayOptions, ReplayOutputs, ReplaySummary, read_answer, replay};
use spikemesh_noc::trace::{TraceLimits, check};
use spikemesh_noc::{Config, Multicast, PortOrder, Routing, VcRange};

/// Terminal 1 sends to three corners, and waits for that to send once more.
const TRACE: &[u8] = b"cycle,src,dst,size,after,delay\n0,1,0;3;7,3,,\n0,1,3,1,0,2\n";

fn config(multicast: Multicast) -> Config {
    Config { multicast, ..Config::r3(4, 2, 1, 4, PortOrder::LocalFirst) }
}

fn answer(config: &Config, trace: &[u8]) -> Result<(String, ReplaySummary), ReplayError> {
    let mut packets = Vec::new();
    let outputs = ReplayOutputs { packets: (&mut packets).into(), hops: None };
    let options = ReplayOptions { check: true, ..ReplayOptions::default() };
    let ended = replay(config, trace, "t.csv", outputs, options)?;
    let summary = ended.into_finished().map_err(|unfinished| match unfinished.end {
        spikemesh_noc::EarlyEnd::Failure(error) => error,
        end => panic!("{end}"),
    })?;
    Ok((String::from_utf8(packets).unwrap(), summary))
}

#[test]
fn an_answer_has_a_row_for_each_target() {
    let (rows, summary) = answer(&config(Multicast::Tree), TRACE).unwrap();
    let expected = "pid,src,dst,size,ctime,head_itime,tail_atime,routers,row\n\
                    0,1,0,3,0,0,13,2,0\n0,1,3,3,0,0,19,3,0\n0,1,7,3,0,0,23,4,0\n1,1,3,1,25,25,39,3,1\n";
    assert_eq!(rows, expected);
    assert_eq!((summary.packets, summary.flits, summary.flit_hops), (2, 4, 3 * 4 + 2));
    // Read back, a packet has its last arrival.
    let read = read_answer(rows.as_bytes(), "a.csv").unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!((read[0].target, read[0].times.tail, read[1].times.tail), (0, 23, 39));
}

/// Four packets go round the corners of a 2 x 2 mesh with one channel, two of them the other way, and each also to the node that it passes: their routes are
/// a circle, which fills up although each packet fits a buffer.
#[test]
fn a_circle_of_trees_deadlocks() {
    let mut config = Config { multicast: Multicast::Tree, ..Config::r3(2, 2, 1, 4, PortOrder::LocalFirst) };
    config.classes = vec![VcRange { first: 0, count: 1 }; 2];
    config.class_routing = vec![Routing::Xy, Routing::Yx];
    let trace = b"cycle,src,dst,size,class\n0,0,1;3,4,0\n0,1,3;2,4,1\n0,2,0;1,4,1\n0,3,2;0,4,0\n";
    let error = answer(&config, trace).unwrap_err();
    let ReplayError::Network(spikemesh_noc::Error::Deadlock { ref packets, .. }) = error else {
        panic!("{error}")
    };
    for pid in 0..4 {
        assert!(packets.contains(&format!("packet {pid} (")), "{packets}");
    }
    // With one order of the axes for all there is no circle.
    config.class_routing.clear();
    assert_eq!(answer(&config, trace).unwrap().1.packets, 4);
}

/// Without trees each target gets a copy, as if the trace had a packet for each.
#[test]
fn a_source_sends_copies_one_after_the_other() {
    let one_by_one = b"cycle,src,dst,size\n0,1,0,3\n0,1,3,3\n0,1,7,3\n";
    let several = b"cycle,src,dst,size\n0,1,0;3;7,3\n";
    let (rows, summary) = answer(&config(Multicast::Source), several).unwrap();
    let (apart, apart_summary) = answer(&config(Multicast::Source), one_by_one).unwrap();
    let times = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned()).collect()
    };
    assert_eq!(times(&rows), times(&apart));
    assert_eq!((summary.packets, apart_summary.packets), (1, 3));
    assert_eq!((summary.flit_hops, apart_summary.flit_hops), (3 * 6, 3 * 6));
}

#[test]
fn targets_that_no_packet_has_are_refused() {
    let code = |trace: &str| {
        let error = check(trace.as_bytes(), "t.csv", TraceLimits::of(&config(Multicast::Tree))).unwrap_err();
        error[0].code().unwrap().to_string()
    };
    let row = |targets: &str| format!("cycle,src,dst,size\n0,0,{targets},1\n");
    assert_eq!(code(&row("1;2;1")), "replay::targets");
    assert_eq!(code(&row("1;8")), "replay::outside");
    assert_eq!(code(&row("1;")), "replay::number");
    assert_eq!(code(&row("")), "replay::number");
    let many: Vec<String> = (0..1025).map(|target| target.to_string()).collect();
    let large = TraceLimits::of(&Config::r3(64, 64, 1, 4, PortOrder::LocalFirst));
    let error = check(row(&many.join(";")).as_bytes(), "t.csv", large).unwrap_err();
    assert_eq!(error[0].code().unwrap().to_string(), "replay::targets");
    let long = answer(&config(Multicast::Tree), row("1;2").replace(",1\n", ",5\n").as_bytes()).unwrap_err();
    assert_eq!(long.code().unwrap().to_string(), "network::long_tree");
}
