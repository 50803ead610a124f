//! `cargo xtask signals`: commands that get a signal at random moments must end soon, at a clean point.
//!
//! What must be left is the law of the tests (`tests/suite/interrupted.rs`); here it is held at many moments, on the release build, and the time
//! from the signal to the end of the process is measured. `--count N` moments for the verbs that run frames (20), a few for the others.

#[path = "../../tests/suite/interrupted.rs"]
mod interrupted;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use interrupted::{Ending, Signal, Stage, Verb};

use crate::metadata::cargo;

/// Where the product wants 95 % of all ends.
const SOON: Duration = Duration::from_millis(200);
/// The verbs, in the order of the table.
const VERBS: [Verb; 8] =
    [Verb::Run, Verb::Batch, Verb::Bless, Verb::Replay, Verb::Traffic, Verb::Fit, Verb::Map, Verb::Validate];
/// How much more there is to do than in the tests.
const SIZE: usize = 8;

/// The command, built as it is given to users.
fn release(root: &Path) -> Result<PathBuf, String> {
    let built = Command::new(cargo()).args(["build", "--release"]).current_dir(root).status();
    if built.is_ok_and(|status| status.success()) {
        Ok(crate::root::target(root).join("release/spikemesh"))
    } else {
        Err("the release build fails".to_owned())
    }
}

/// Runs the chore.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let (mut count, mut program) = (20_usize, None);
    for pair in arguments.chunks(2) {
        match pair {
            [option, number] if option == "--count" => {
                count = number.parse().map_err(|_| "--count N".to_owned())?;
            }
            [option, path] if option == "--command" => program = Some(PathBuf::from(path)),
            _ => return Err("the arguments are --count N and --command PATH".to_owned()),
        }
    }
    let root = crate::root::root()?;
    let program = program.map_or_else(|| release(&root), Ok)?;
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| time.as_nanos() as u64);
    let mut random = Random(seed | 1);
    println!("seed {seed}");
    println!(
        "{:<14} {:>6} {:>6} {:>6} {:>7} {:>9} {:>9} {:>9} {:>8}",
        "verb", "part", "whole", "killed", "kept", "median", "95 %", "worst", "0.2 s"
    );
    let mut wrong = Vec::new();
    let (mut all, mut totals) = (Vec::new(), [0; 3]);
    for verb in VERBS {
        let stage = Stage::new(verb, &program, &root, SIZE)?;
        let moments = match verb {
            Verb::Run | Verb::Batch | Verb::Bless => count,
            _ => count.div_ceil(4),
        };
        let (mut latencies, mut endings, mut kept) = (Vec::new(), [0; 3], 0);
        for moment in 0..moments {
            let after = stage.duration.mul_f64(random.part());
            let signal = [Signal::INT, Signal::TERM, Signal::HUP][moment % 3];
            // Every fifth time twice.
            let signals = if moment % 5 == 4 { vec![signal; 2] } else { vec![signal] };
            match stage.interrupt(&signals, after) {
                Ok(end) => {
                    endings[end.ending as usize] += 1;
                    totals[end.ending as usize] += 1;
                    if end.ending != Ending::Whole {
                        latencies.push(end.latency);
                        kept += end.left;
                    }
                }
                Err(error) => wrong.push(error),
            }
        }
        print_line(verb.name(), endings, kept, &mut latencies);
        all.append(&mut latencies);
    }
    print_line("all", totals, 0, &mut all);
    println!("{} signals, {} violations", totals.iter().sum::<usize>() + wrong.len(), wrong.len());
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

fn print_line(name: &str, [killed, part, whole]: [usize; 3], kept: usize, latencies: &mut [Duration]) {
    latencies.sort_unstable();
    let soon = latencies.iter().filter(|latency| **latency <= SOON).count() * 100 / latencies.len().max(1);
    let at = |quantile: f64| {
        let index = ((latencies.len() as f64 * quantile).ceil() as usize).saturating_sub(1);
        latencies
            .get(index)
            .map_or("-".to_owned(), |latency| format!("{:.1} ms", latency.as_secs_f64() * 1e3))
    };
    println!(
        "{name:<14} {part:>6} {whole:>6} {killed:>6} {kept:>7} {:>9} {:>9} {:>9} {:>8}",
        at(0.5),
        at(0.95),
        at(1.0),
        format!("{soon} %")
    );
}

/// Random moments: xorshift is enough.
struct Random(u64);

impl Random {
    /// In 0..1.
    fn part(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}
