//! Latency and throughput over the offered load against BookSim2's, on 5 x 4 nodes: with its seed, every digit that it prints.

use std::collections::BTreeMap;
use std::path::PathBuf;

use spikemesh_noc::traffic::{
    Injection, Measurement, Pattern, SEED, SamplingPlan, TrafficLoad, TrafficOptions, run,
};
use spikemesh_noc::{Config, LinkDelay, PortKind, PortOrder};

/// How a point was measured: as by default, or at load 1 by a run for throughput of six samples. No packet arrives as fast as that
/// threshold.
fn plan(rate: f64) -> SamplingPlan {
    let full = SamplingPlan { max_samples: 6, latency_thres: 1.0, ..SamplingPlan::default() };
    if rate == 1.0 { full } else { SamplingPlan::default() }
}

/// A point of the curves: what was run, and what came out as it was printed.
#[derive(Clone, Debug)]
struct Row {
    traffic: String,
    vcs: u16,
    depth: u16,
    load: TrafficLoad,
    printed: Printed,
}

/// Stable or not, mean latency and network latency if so, mean routers, accepted load.
type Printed = [String; 5];

fn rows() -> Vec<Row> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/booksim2/curves/curves_5x4.csv");
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let &[
            mesh,
            traffic,
            vcs,
            depth,
            flits,
            routing,
            seed,
            rate,
            stable,
            latency,
            network,
            _,
            routers,
            accepted,
        ] = &fields[..]
        else {
            panic!("{line}")
        };
        assert_eq!((mesh, routing, seed.parse()), ("5x4", "0", Ok(SEED)), "{line}");
        let load = TrafficLoad {
            pattern: pattern(traffic),
            injection: Injection::Bernoulli,
            rate: rate.parse().unwrap(),
            flits: flits.parse().unwrap(),
        };
        Row {
            traffic: traffic.to_owned(),
            vcs: vcs.parse().unwrap(),
            depth: depth.parse().unwrap(),
            load,
            printed: [stable, latency, network, routers, accepted].map(same_digits),
        }
    };
    text.lines().skip(1).map(row).collect()
}

/// A printed number as [`digits`] prints it, `1.0` as `1`; nothing stays nothing.
fn same_digits(field: &str) -> String {
    field.parse().map_or(String::new(), digits)
}

fn pattern(name: &str) -> Pattern {
    match name {
        "reverse" => Pattern::Bitcomp,
        "all_to_0" => Pattern::parse("hotspot:0").unwrap(),
        // All nodes in order with weight 1, but node 7 with weight 5.
        "hotspot20" => {
            Pattern::Hotspot((0..20).map(|node| (Some(node), if node == 7 { 5.0 } else { 1.0 })).collect())
        }
        name => Pattern::parse(name).unwrap(),
    }
}

fn measure(row: &Row, seed: u64) -> Measurement {
    measure_on(row, seed, Vec::new())
}

fn measure_on(row: &Row, seed: u64, link_delays: Vec<LinkDelay>) -> Measurement {
    let config = Config { link_delays, ..Config::r3(5, 4, row.vcs, row.depth, PortOrder::LocalFirst) };
    let options = TrafficOptions::default();
    let plan = plan(row.load.rate);
    run(&config, &row.load, plan, seed, options).unwrap().into_finished().unwrap()
}

/// As BookSim2 prints it.
fn print(measured: &Measurement) -> Printed {
    let latency = |mean: Option<f64>| match mean {
        Some(mean) if measured.stable => digits(mean),
        _ => String::new(),
    };
    [
        u8::from(measured.stable).to_string(),
        latency(measured.latencies.mean()),
        latency(measured.network_latencies.mean()),
        digits(measured.routers as f64 / measured.latencies.packets() as f64),
        digits(measured.accepted),
    ]
}

/// A number with six significant digits, without zeros at the end.
fn digits(value: f64) -> String {
    let exponent = format!("{value:.5e}").split_once('e').and_then(|(_, exponent)| exponent.parse().ok());
    let decimals = (5 - exponent.unwrap_or(0i32)).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Compares all points of a traffic pattern.
fn compare(traffic: &str, expected: usize) {
    let rows: Vec<Row> = rows().into_iter().filter(|row| row.traffic == traffic).collect();
    assert_eq!(rows.len(), expected);
    let differ: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let printed = print(&measure(row, SEED));
            (printed != row.printed).then(|| format!("{row:?}\n  {printed:?}"))
        })
        .collect();
    assert!(differ.is_empty(), "{} of {expected} points differ:\n{}", differ.len(), differ.join("\n"));
}

#[test]
fn uniform() {
    compare("uniform", 100);
}

#[test]
fn reverse() {
    compare("reverse", 82);
}

#[test]
fn neighbor() {
    compare("neighbor", 143);
}

#[test]
fn all_to_one() {
    compare("all_to_0", 28);
}

#[test]
fn hotspot() {
    compare("hotspot20", 49);
}

fn data(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/booksim2/curves").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// BookSim2 with a delay for each link by itself (`anynet`, each direction its own), under uniform traffic: every digit that it prints.
#[test]
fn links_with_delays_of_their_own() {
    let links = data("link_delays_5x4.links.csv");
    let delay = |line: &str| {
        let (link, cycles) = line.split_once(',').unwrap();
        let (node, side) = link.split_once('.').unwrap();
        let side = PortKind::SIDES.into_iter().find(|kind| kind.to_string() == side).unwrap();
        LinkDelay { node: node.parse().unwrap(), side, cycles: cycles.parse().unwrap() }
    };
    let delays: Vec<LinkDelay> = links.lines().skip(1).map(delay).collect();
    assert_eq!(delays.len(), 62);
    let mut points = 0;
    for line in data("link_delays_5x4.csv").lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let &[vcs, depth, flits, rate, stable, latency, network, routers, accepted] = &fields[..] else {
            panic!("{line}")
        };
        let load = TrafficLoad {
            pattern: pattern("uniform"),
            injection: Injection::Bernoulli,
            rate: rate.parse().unwrap(),
            flits: flits.parse().unwrap(),
        };
        let printed = [stable, latency, network, routers, accepted].map(same_digits);
        let row = Row {
            traffic: "uniform".to_owned(),
            vcs: vcs.parse().unwrap(),
            depth: depth.parse().unwrap(),
            load,
            printed,
        };
        assert_eq!(print(&measure_on(&row, SEED, delays.clone())), row.printed, "{line}");
        // Another delay of a single link is seen.
        let mut other = delays.clone();
        other[7].cycles += 1;
        assert_ne!(print(&measure_on(&row, SEED, other)), row.printed, "{line}");
        points += 1;
    }
    assert_eq!(points, 7);
}

/// The patterns that move bits, that draw a permutation, and that draw among two targets, on 8 x 8 nodes: every digit that BookSim2 prints.
#[test]
fn patterns_of_bits_and_of_draws() {
    let mut points = BTreeMap::new();
    for line in data("patterns_8x8.csv").lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let &["8x8", traffic, vcs, depth, flits, "0", "12345", rate, ..] = &fields[..] else {
            panic!("{line}")
        };
        let config = Config::r3(8, 8, vcs.parse().unwrap(), depth.parse().unwrap(), PortOrder::LocalLast);
        let measured = |pattern: &str, seed| {
            let load = TrafficLoad {
                pattern: Pattern::parse(pattern).unwrap(),
                injection: Injection::Bernoulli,
                rate: rate.parse().unwrap(),
                flits: flits.parse().unwrap(),
            };
            let ended = run(&config, &load, SamplingPlan::default(), seed, TrafficOptions::default());
            print(&ended.unwrap().into_finished().unwrap())
        };
        let printed = [8, 9, 10, 12, 13].map(|field| same_digits(fields[field]));
        assert_eq!(measured(traffic, SEED), printed, "{line}");
        assert_ne!(measured(traffic, SEED + 1), printed, "{line}");
        *points.entry(traffic.to_owned()).or_insert(0) += 1;
    }
    let expected = [
        ("asymmetric", 4),
        ("bitrev", 2),
        ("diagonal", 4),
        ("randperm", 3),
        ("randperm:7", 3),
        ("shuffle", 3),
    ];
    assert_eq!(points, expected.map(|(traffic, count)| (traffic.to_owned(), count)).into());
}

#[test]
fn no_point_is_left_out() {
    let patterns = ["uniform", "reverse", "neighbor", "all_to_0", "hotspot20"];
    let rows = rows();
    assert!(rows.iter().all(|row| patterns.contains(&row.traffic.as_str())));
    assert_eq!(rows.len(), 402);
}

#[test]
fn another_seed_gives_other_digits() {
    let rows: Vec<Row> = rows().into_iter().filter(|row| row.traffic == "uniform" && row.vcs == 4).collect();
    let equal = rows.iter().filter(|row| print(&measure(row, SEED + 1)) == row.printed).count();
    assert_eq!((equal, rows.len()), (0, 64));
}

#[test]
fn numbers_have_six_digits() {
    let cases = [(20.0, "20"), (17.41214, "17.4121"), (0.009_883_33, "0.00988333"), (0.1, "0.1")];
    for (value, text) in cases {
        assert_eq!(digits(value), text);
    }
    assert_eq!((digits(999_999.6), digits(0.099_999_96)), ("1000000".to_owned(), "0.1".to_owned()));
}
