//! `cargo xtask random-programs`: random models by the thousands, held against the laws of programs.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use spikemesh_random::{Case, Choices, many};

const USAGE: &str = "usage: random-programs [--count N] [--seed S] [--keep FOLDER] [--trees true]
  --count N       models (default 1000)
  --seed S        seed of the first one; the others follow (default 0)
  --keep FOLDER   write model, device and input of each failing one, and how to run them; with --count 1 in any case
  --trees true    on devices whose routers fork packets for several receivers";

/// From so many models on their distribution is part of the verdict.
const DISTRIBUTION_FROM: u64 = 1000;

struct Arguments {
    count: u64,
    seed: u64,
    keep: Option<PathBuf>,
    trees: bool,
}

fn main() -> ExitCode {
    let Some(arguments) = arguments(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    if run(&arguments) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn arguments(mut words: impl Iterator<Item = String>) -> Option<Arguments> {
    let mut arguments = Arguments { count: 1000, seed: 0, keep: None, trees: false };
    while let Some(word) = words.next() {
        let value = words.next()?;
        match word.as_str() {
            "--count" => arguments.count = value.parse().ok().filter(|&count| count > 0)?,
            "--seed" => arguments.seed = value.parse().ok()?,
            "--trees" => arguments.trees = value.parse().ok()?,
            "--keep" => arguments.keep = Some(value.into()),
            _ => return None,
        }
    }
    Some(arguments)
}

/// True if every law was kept.
fn run(&Arguments { count, seed, ref keep, trees }: &Arguments) -> bool {
    let (done, step) = (AtomicU64::new(0), (count / 20).max(1));
    let (histogram, failures) = many(seed..seed + count, trees, &|| {
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(step) && count > 1 {
            eprintln!("{done} of {count}");
        }
    });
    println!("{histogram}");
    for failure in &failures {
        println!("seed {}: {}", failure.seed, failure.what);
        let trees = if trees { " --trees true" } else { "" };
        println!(
            "  again: cargo xtask random-programs --seed {} --count 1{trees} --keep FOLDER",
            failure.seed
        );
    }
    if let Some(folder) = keep {
        let seeds: Vec<u64> =
            if count == 1 { vec![seed] } else { failures.iter().map(|failure| failure.seed).collect() };
        for seed in seeds {
            let case = Case::new(&mut Choices::seeded(seed));
            let case = if trees { case.with_trees() } else { case };
            match case.save(&folder.join(seed.to_string())) {
                Ok(command) => println!("{command}"),
                Err(error) => println!("seed {seed} cannot be written: {error}"),
            }
        }
    }
    let missing = if count < DISTRIBUTION_FROM { Vec::new() } else { histogram.missing() };
    missing.iter().for_each(|what| println!("distribution: {what}"));
    println!("{} models, {} failed", count, failures.len());
    failures.is_empty() && missing.is_empty()
}
