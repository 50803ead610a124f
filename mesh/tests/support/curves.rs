//! The points of BookSim2's curves on 5 x 4 nodes, and how far ours are from them.

use std::path::PathBuf;

use spikemesh_mesh::network::{Config, Network, PortOrder};
use spikemesh_mesh::traffic::{Injection, Load, Measured, Options, Pattern, Phases, Point, run};

/// Packets of a stable point that are measured at least, over all seeds.
const MEASURED: u32 = 20_000;

/// A point of the reference.
#[derive(Clone, Debug)]
pub struct Reference {
    pub traffic: String,
    pub vcs: u16,
    pub depth: u16,
    pub flits: u32,
    pub rate: f64,
    pub latency: Option<f64>,
    pub accepted: f64,
}

impl Reference {
    /// A curve: everything but the rate.
    fn curve(&self) -> (&str, u16, u16, u32) {
        (&self.traffic, self.vcs, self.depth, self.flits)
    }

    fn measure(&self, phases: Phases, seeds: u64) -> Point {
        let config = Config::r3(5, 4, self.vcs, self.depth, PortOrder::LocalFirst);
        let pattern = match self.traffic.as_str() {
            "reverse" => Pattern::Bitcomp,
            "all_to_0" => Pattern::Hotspot(vec![(Some(0), 1.0)]),
            // Node 7 with weight 5 among all with weight 1: BookSim2's hotspot with these weights gives the reference's digits.
            "hotspot20" => Pattern::Hotspot(vec![(Some(7), 4.0), (None, 20.0)]),
            name => Pattern::parse(name).unwrap(),
        };
        // A run of the reference has some thousand cycles, and its load is up to 1.5 % beside its nominal rate. What it accepted while
        // stable is what it was offered.
        let rate = if self.latency.is_some() { self.accepted } else { self.rate };
        let load = Load { pattern, injection: Injection::Bernoulli, rate, flits: self.flits };
        // Few packets would scatter as the reference's do.
        let enough = (MEASURED * self.flits) as f64 / (20.0 * rate * seeds as f64);
        let phases = Phases { measure: phases.measure.max(enough as u64), ..phases };
        let options = Options { check: false, watchdog: Network::WATCHDOG, links: false };
        let runs: Vec<Measured> =
            (0..seeds).map(|seed| run(&config, &load, phases, seed, options).unwrap()).collect();
        Point::of(&runs)
    }
}

/// All points. Those that scatter by more than a percent over seeds are means of sixteen runs of the reference instead of its one.
pub fn references() -> Vec<Reference> {
    let reference = |fields: &[String]| {
        assert_eq!((fields[0].as_str(), fields[5].as_str()), ("5x4", "0"), "{fields:?}");
        Reference {
            traffic: fields[1].clone(),
            vcs: fields[2].parse().unwrap(),
            depth: fields[3].parse().unwrap(),
            flits: fields[4].parse().unwrap(),
            rate: fields[7].parse().unwrap(),
            latency: fields[9].parse().ok(),
            accepted: fields[13].parse().unwrap(),
        }
    };
    let mut points: Vec<Reference> = rows("curves_5x4.csv").iter().map(|row| reference(row)).collect();
    for row in rows("seeds_5x4.csv") {
        let [traffic, vcs, depth, flits, rate, _, latency, _, accepted, _] = &row[..] else {
            panic!("{row:?}")
        };
        let curve = (traffic.as_str(), vcs.parse().unwrap(), depth.parse().unwrap(), flits.parse().unwrap());
        let rate: f64 = rate.parse().unwrap();
        let is_it = |point: &&mut Reference| point.curve() == curve && point.rate == rate;
        let point = points.iter_mut().find(is_it).expect("a point of the curves");
        (point.latency, point.accepted) = (latency.parse().ok(), accepted.parse().unwrap());
    }
    points
}

fn rows(name: &str) -> Vec<Vec<String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/booksim2/curves").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// How far a point is off, as a share: its mean latency up to 80 % of saturation, its accepted load beyond saturation. Other points
/// are not compared.
pub fn deviation(point: &Reference, all: &[Reference], phases: Phases, seeds: u64) -> Option<f64> {
    let full = all.iter().find(|other| other.curve() == point.curve() && other.rate == 1.0).unwrap();
    match point.latency {
        Some(latency) if point.rate <= 0.8 * full.accepted => {
            let measured = point.measure(phases, seeds);
            Some(measured.mean.expect("the network is stable") / latency - 1.0)
        }
        None => Some(point.measure(phases, seeds).accepted / point.accepted - 1.0),
        _ => None,
    }
}
