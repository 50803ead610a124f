//! Latency and throughput over the offered load against BookSim2's, on 5 x 4 nodes.
//!
//! `cargo run --release -p spikemesh-mesh --example curves` compares every point and prints them.

#[path = "support/curves.rs"]
mod curves;

use curves::{deviation, references};
use spikemesh_mesh::traffic::Phases;

/// Chosen so that it takes seconds; the example `curves` takes all.
#[test]
fn some_points_are_within_two_percent() {
    let all = references();
    let phases = Phases { warmup: 2_000, measure: 12_000, drain: 12_000 };
    let mut compared = (0, 0);
    for point in all.iter().filter(|point| point.traffic == "uniform" && point.depth == 4 && point.vcs == 4) {
        let chosen = [0.2, 0.45, 0.7].iter().any(|rate| (rate - point.rate).abs() < 1e-9);
        let Some(deviation) = chosen.then(|| deviation(point, &all, phases, 2)).flatten() else { continue };
        assert!(deviation.abs() < 0.02, "{:.2} %: {point:?}", 100.0 * deviation);
        if point.latency.is_some() { compared.0 += 1 } else { compared.1 += 1 }
    }
    assert_eq!(compared, (4, 2));
}
