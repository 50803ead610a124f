//! The points of BookSim2's curves on 5 x 4 nodes, and how far ours are from them.

use std::path::PathBuf;

use spikemesh_mesh::network::{Config, Network, PortOrder};
use spikemesh_mesh::traffic::{Injection, Load, Measured, Options, Pattern, Phases, Point, run};

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
        // The reference is a single run of some thousand cycles, whose load is up to 1.5 % beside its nominal rate. What it accepted
        // while stable is what it was offered.
        let rate = if self.latency.is_some() { self.accepted } else { self.rate };
        let load = Load { pattern, injection: Injection::Bernoulli, rate, flits: self.flits };
        let options = Options { check: false, watchdog: Network::WATCHDOG, links: false };
        let runs: Vec<Measured> =
            (0..seeds).map(|seed| run(&config, &load, phases, seed, options).unwrap()).collect();
        Point::of(&runs)
    }
}

/// All points.
pub fn references() -> Vec<Reference> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/booksim2/curves/curves_5x4.csv");
    let text = std::fs::read_to_string(path).unwrap();
    let reference = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!((fields[0], fields[5]), ("5x4", "0"), "{line}");
        Reference {
            traffic: fields[1].to_owned(),
            vcs: fields[2].parse().unwrap(),
            depth: fields[3].parse().unwrap(),
            flits: fields[4].parse().unwrap(),
            rate: fields[7].parse().unwrap(),
            latency: fields[9].parse().ok(),
            accepted: fields[13].parse().unwrap(),
        }
    };
    text.lines().skip(1).map(reference).collect()
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
