//! Credits and owners of the outputs of routers: every equality of docs/formats/waves.md, in runs and replays, with copies and with trees.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use spikemesh::compiler::Mode;
use spikemesh::device::Device;
use spikemesh::device::network::{
    Config, Endpoint, LinkDelay, Multicast, NodeId, PortKind, PortOrder, Topology,
};
use spikemesh::mesh::wave::{TimeScale, WaveFormat, WavePlan};
use spikemesh::run::{Job, WaveRequest, simulate};
use wellen::simple::read;

use super::{Case, Waves, images, model, number};

/// The value of a signal at a clock; before the first change it has none.
fn at<T>(changes: &[(u64, T)], clock: i64) -> Option<&T> {
    let end = changes.partition_point(|(time, _)| *time as i64 <= clock);
    end.checked_sub(1).map(|last| &changes[last].1)
}

/// The clocks in which a flit arrives over a link on a virtual channel, ascending.
fn arrivals(waves: &mut Waves, link: &str, vc: u64) -> Vec<i64> {
    let valid = waves.changes(&format!("{link}.valid"));
    let channels: Vec<(u64, u64)> =
        waves.changes(&format!("{link}.vc")).into_iter().map(|(time, vc)| (time, number(&vc))).collect();
    let high = valid.windows(2).filter(|pair| pair[0].1 == "1");
    let clocks = high.flat_map(|pair| pair[0].0..pair[1].0).map(|clock| clock as i64);
    clocks.filter(|&clock| at(&channels, clock) == Some(&vc)).collect()
}

/// Clocks from the switch to the buffer behind a link, and from there back with the credit.
fn clocks_of(config: &Config, topology: &Topology, node: NodeId, port: u8) -> (i64, i64) {
    let kind = topology.port_kind(node, port.into());
    let credit = i64::from(config.delays.credit);
    if let PortKind::Local(_) = kind {
        return (3, 2 + credit);
    }
    let here = |delay: &&LinkDelay| delay.node == topology.node_coord(node) && delay.side == kind;
    let own = config.link_delays.iter().rev().find(here).map(|delay| delay.cycles);
    let link = i64::from(own.unwrap_or(config.delays.link));
    (2 + link, 1 + link + credit)
}

/// What was seen of all outputs.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    outputs: usize,
    flits: usize,
    packets: usize,
    /// Clocks in which some output had no credit, and held an input that waited.
    empty: usize,
    /// An input held several outputs at a time.
    forks: usize,
}

/// Holds the waves of a network against the equalities.
fn check(waves: &mut Waves, config: &Config) -> Seen {
    let topology = Topology::new(config);
    let names = waves.names();
    let end = *waves.0.time_table().last().unwrap() as i64;
    let mut seen = Seen::default();
    let outputs: Vec<&str> = names.iter().filter_map(|name| name.strip_suffix(".credits")).collect();
    // By input: when it held an output.
    let mut held: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
    for output in outputs {
        let (node_name, place) = output.strip_prefix("chip.").unwrap().split_once(".outputs.").unwrap();
        let (port_name, vc) = place.rsplit_once("_vc").unwrap();
        let vc: u64 = vc.parse().unwrap();
        let node = (0..topology.nodes()).map(NodeId).find(|&node| topology.node_name(node) == node_name);
        let node = node.unwrap();
        let ports = 0..topology.ports(node);
        let port = ports.into_iter().find(|&port| topology.port_kind(node, port).to_string() == port_name);
        let port = port.unwrap() as u8;
        let link = topology.link(topology.link_from(node, port));
        let (_, short) = link.name.split_once('.').unwrap();
        let arrived = arrivals(waves, &format!("chip.{node_name}.links.{short}"), vc);
        let fill: Vec<(u64, u64)> = match link.to {
            Endpoint::Terminal(_) => Vec::new(),
            Endpoint::Port { node, port } => {
                let (name, port) = (topology.node_name(node), topology.port_kind(node, port.into()));
                let changes = waves.changes(&format!("chip.{name}.buffers.{port}_vc{vc}"));
                changes.into_iter().map(|(time, flits)| (time, number(&flits))).collect()
            }
        };
        let credits = waves.changes(&format!("{output}.credits"));
        let credits: Vec<(u64, u64)> =
            credits.into_iter().map(|(time, credits)| (time, number(&credits))).collect();
        let owners = waves.changes(&format!("{output}.owner"));

        let (there, back) = clocks_of(config, &topology, node, port);
        let until = |clock: i64| arrived.partition_point(|&arrival| arrival <= clock) as i64;
        for clock in 0..=end {
            let left = until(clock - back) - at(&fill, clock - back).map_or(0, |&flits| flits as i64);
            let expected = i64::from(config.depth) - until(clock + there) + left;
            assert_eq!(
                at(&credits, clock).map(|&credits| credits as i64),
                Some(expected),
                "{output} at {clock}"
            );
            seen.empty += usize::from(expected == 0 && at(&owners, clock).unwrap() != "-");
        }
        assert_eq!(credits.last().unwrap().1, u64::from(config.depth), "{output}");
        assert_eq!(owners.last().unwrap().1, "-", "{output}");

        // Every flit leaves by an output that some input holds, and the last one of each owner ends it.
        let mut sent: Vec<i64> = arrived.iter().map(|arrival| arrival - there).collect();
        seen.outputs += 1;
        seen.flits += sent.len();
        for pair in owners.windows(2).filter(|pair| pair[0].1 != "-") {
            let (from, to) = (pair[0].0 as i64, pair[1].0 as i64);
            assert_eq!(pair[1].1, "-", "{output} passes from hand to hand at {to}");
            let of_owner = sent.iter().filter(|&&clock| from < clock && clock <= to).count();
            assert_eq!(sent.get(of_owner.wrapping_sub(1)), Some(&to), "{output} from {from} to {to}");
            sent.drain(..of_owner);
            seen.packets += 1;
            held.entry(format!("{node_name} {}", pair[0].1)).or_default().push((from, to));
        }
        assert!(sent.is_empty(), "{output} sends without an owner: {sent:?}");
    }
    for spans in held.values_mut() {
        spans.sort_unstable();
        seen.forks += spans.windows(2).filter(|pair| pair[1].0 < pair[0].1).count();
    }
    assert!(config.multicast == Multicast::Tree || seen.forks == 0, "{held:?}");
    seen
}

/// A device of trees.
fn trees() -> Case {
    let mut device = Device::load("akd1000").unwrap();
    device.network.multicast.0 = Multicast::Tree;
    device.network.vc_buf_size.0 = 8;
    Case::on(&model(), device, Mode::AllNps, images(2), 2)
}

#[test]
fn credits_and_owners_hold_every_documented_equality() {
    let mut sums = Seen::default();
    for Case { simulator, input, batch } in Case::all().into_iter().chain([trees()]) {
        let directory = tempfile::tempdir().unwrap();
        let run = |routers: bool, name: &str| {
            let path = directory.path().join(name);
            let plan = WavePlan { routers, ..WavePlan::new(TimeScale::CLOCKS) };
            let request = WaveRequest::new(plan, vec![(path.clone(), WaveFormat::of(&path).unwrap())]);
            let job = Job::new(&simulator, &input).batch(batch).waves(&request);
            simulate(&job).unwrap().into_finished().unwrap();
            Waves(read(&path).unwrap())
        };
        let mut waves = run(true, "routers.vcd");
        let config = simulator.device().network_config();
        let seen = check(&mut waves, &config);
        assert!(seen.outputs > 0 && seen.flits > 0 && seen.packets > 0, "{seen:?}");
        assert_eq!(config.multicast == Multicast::Tree, seen.forks > 0, "{seen:?}");
        sums.empty += seen.empty;
        // All other signals are as without.
        let mut plain = run(false, "plain.vcd");
        let names = plain.names();
        let others: Vec<String> =
            waves.names().into_iter().filter(|name| !name.contains(".outputs.")).collect();
        assert_eq!(names, others);
        for name in names.iter().filter(|name| *name != "chip.cycle") {
            assert_eq!(plain.changes(name), waves.changes(name), "{name}");
        }
    }
    assert!(sums.empty > 0, "no output ran out of credits");
}

fn replay(folder: &Path, more: &[&str]) -> Waves {
    let base = ["replay", "trace.csv", "--size", "4x3", "--depth", "3", "-o", "out.csv", "--force"];
    let waves = ["--wave", "a.vcd", "--wave-routers"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
    let output = command.current_dir(folder).args(base).args(waves).args(more).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Waves(read(folder.join("a.vcd")).unwrap())
}

#[test]
fn credits_and_owners_of_a_replay_hold_them_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut trace = "cycle,src,dst,size\n".to_owned();
    for i in 0..200 {
        let others =
            if i % 5 == 0 { format!(";{};{}", (i * 5 + 1) % 12, (i * 5 + 7) % 12) } else { String::new() };
        trace += &format!("{},{},{}{others},{}\n", i / 3, i * 7 % 12, i * 5 % 12, 1 + i % 3);
    }
    std::fs::write(folder.path().join("trace.csv"), trace).unwrap();
    let config = |vcs| Config::r3(4, 3, vcs, 3, PortOrder::LocalFirst);
    let mut slow = config(2);
    (slow.delays.link, slow.delays.credit) = (4, 2);
    let cases: [(Config, &[&str]); 3] = [
        (config(2), &["--vcs", "2"]),
        (slow, &["--vcs", "2", "--link-delay", "4", "--credit-delay", "2"]),
        (Config { multicast: Multicast::Tree, ..config(1) }, &["--multicast", "tree"]),
    ];
    for (config, options) in cases {
        let seen = check(&mut replay(folder.path(), options), &config);
        assert!(seen.flits > 500 && seen.packets > 200 && seen.empty > 0, "{seen:?}");
        assert_eq!(config.multicast == Multicast::Tree, seen.forks > 0, "{seen:?}");
    }
}
