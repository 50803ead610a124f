//! Every point of BookSim2's curves against ours: takes some minutes in a release build.
//!
//!     cargo run --release -p spikemesh-mesh --example curves

use std::process::ExitCode;

#[path = "../tests/support/curves.rs"]
mod curves;

use curves::{deviation, references};
use spikemesh_mesh::traffic::Phases;

fn main() -> ExitCode {
    let all = references();
    let phases = Phases { warmup: 3_000, measure: 20_000, drain: 20_000 };
    let (mut compared, mut beyond, mut worst) = (0, 0, 0.0f64);
    for point in &all {
        let Some(deviation) = deviation(point, &all, phases, 3) else { continue };
        compared += 1;
        beyond += usize::from(deviation.abs() >= 0.02);
        worst = worst.max(deviation.abs());
        println!("{:+.2} % {point:?}", 100.0 * deviation);
    }
    println!("{beyond} of {compared} points are beyond 2 %, the worst {:.2} %", 100.0 * worst);
    if beyond == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
