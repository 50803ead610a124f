//! Packet for packet what BookSim2 says, and the proof that the comparison can fail.

use crate::reference::{Pace, Packet, answer, read_answer, read_trace, replay};
use spikemesh_noc::{ArbiterRule, Config, PortOrder};

/// A reference file and the network that it is about.
struct Case {
    name: String,
    config: Config,
    packets: Vec<Packet>,
    reference: Vec<String>,
}

/// Every reference file: `5x4_burst.vc4_d4.out.csv` is a mesh of 5 x 4 with 4 VCs of depth 4.
fn cases() -> Vec<Case> {
    let mut names: Vec<String> = std::fs::read_dir(crate::reference::data("traces"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".out.csv").map(str::to_owned))
        .collect();
    names.sort();
    names.into_iter().map(case).collect()
}

fn case(name: String) -> Case {
    let (trace, parameters) = name.split_once('.').unwrap();
    let (columns, rows) = trace.split_once('_').unwrap().0.split_once('x').unwrap();
    let (vcs, depth) = parameters.strip_prefix("vc").unwrap().split_once("_d").unwrap();
    let order = if columns == rows { PortOrder::LocalLast } else { PortOrder::LocalFirst };
    let number = |text: &str| text.parse().unwrap();
    let config = Config::r3(number(columns), number(rows), number(vcs), number(depth), order);
    let packets = read_trace(trace);
    let reference = read_answer(&name);
    assert_eq!(packets.len(), reference.len());
    Case { name, config, packets, reference }
}

fn differing(case: &Case, config: &Config) -> usize {
    let rows = answer(&case.packets, &replay(config, &case.packets, Pace::Skip));
    rows.iter().zip(&case.reference).filter(|(ours, theirs)| ours != theirs).count()
}

#[test]
fn every_packet_is_exact() {
    let cases = cases();
    assert!(cases.len() >= 18, "only {} reference files", cases.len());
    for case in cases {
        let rows = answer(&case.packets, &replay(&case.config, &case.packets, Pace::Skip));
        for (ours, theirs) in rows.iter().zip(&case.reference) {
            assert_eq!(ours, theirs, "{}", case.name);
        }
    }
}

/// Packets that differ over all reference files when the network is changed.
fn differing_when(change: impl Fn(&mut Config)) -> usize {
    let changed = |case: &Case| {
        let mut config = case.config.clone();
        change(&mut config);
        config
    };
    cases().iter().map(|case| differing(case, &changed(case))).sum()
}

#[test]
fn a_later_credit_shows() {
    assert!(differing_when(|config| config.delays.credit += 1) > 0);
}

#[test]
fn a_deeper_buffer_shows() {
    assert!(differing_when(|config| config.depth += 1) > 0);
}

#[test]
fn another_port_order_shows() {
    let other = |order| match order {
        PortOrder::LocalFirst => PortOrder::LocalLast,
        _ => PortOrder::LocalFirst,
    };
    assert!(differing_when(|config| config.port_order = other(config.port_order)) > 0);
}

#[test]
fn fixed_priority_arbiters_show() {
    assert!(differing_when(|config| config.arbiter = ArbiterRule::Fixed) > 0);
}
