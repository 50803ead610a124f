//! `cargo xtask reasons`: every template of `tests/models`, in every mode, with batches of 1 and 4.

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use spikemesh::mesh::timeline::TimelineProbe;
use spikemesh::mesh::{ReasonProbe, SimulationOptions};
use spikemesh::noc::NoProbe;
use spikemesh_random::reasons::{Mapped, PERIOD_ERROR};
use spikemesh_random::{MODES, templates};

const USAGE: &str = "usage: reasons [--only NAME]
       reasons --cost FILE none|reasons|timeline N
  --only NAME   templates whose names hold this
  --cost        one run of N frames of a model, with what is recorded, for a count of instructions (valgrind --tool=callgrind)";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let only = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => "",
        ["--only", name] => name,
        ["--cost", file, recorded, frames] => return cost(Path::new(file), recorded, frames),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let files = templates(only);
    let jobs: Vec<_> = files.iter().flat_map(|file| MODES.map(|mode| (file, mode))).collect();
    let failed = AtomicUsize::new(0);
    let rows: Vec<String> = jobs
        .par_iter()
        .map(|(file, mode)| {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            let row = match Mapped::new(file, *mode) {
                Ok(mapped) => match mapped.check() {
                    Ok(error) => {
                        let verdict = if error.abs() <= PERIOD_ERROR { "holds" } else { "PERIOD" };
                        failed.fetch_add(usize::from(error.abs() > PERIOD_ERROR), Ordering::Relaxed);
                        format!("{name} {mode:?}: {verdict}, period {:+.4} %", 100.0 * error)
                    }
                    Err(what) => {
                        failed.fetch_add(1, Ordering::Relaxed);
                        format!("{name} {mode:?}: BROKEN, {what}")
                    }
                },
                Err(refused) => format!("{name} {mode:?}: refused, {refused}"),
            };
            eprintln!("{row}");
            row
        })
        .collect();
    let failed = failed.into_inner();
    rows.iter().for_each(|row| println!("{row}"));
    println!("{} mappings, {failed} failed", rows.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs once, and prints how long the run took in clocks of the chip.
fn cost(file: &Path, recorded: &str, frames: &str) -> ExitCode {
    let (Ok(mapped), Ok(frames)) = (Mapped::new(file, MODES[0]), frames.parse()) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let (simulator, frames) = (mapped.simulator(), mapped.frames(frames));
    let options = SimulationOptions { record_output_maps: false, ..SimulationOptions::default() };
    let cycles = match recorded {
        "reasons" => simulator.run(&frames, 0, &options, &mut ReasonProbe::new(simulator)),
        "timeline" => simulator.run(&frames, 0, &options, &mut TimelineProbe::new(simulator)),
        _ => simulator.run(&frames, 0, &options, &mut NoProbe),
    };
    println!("{}", cycles.into_parts().0.cycles);
    ExitCode::SUCCESS
}
