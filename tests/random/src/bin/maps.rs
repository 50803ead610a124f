//! `cargo xtask maps`: the mapping benchmark, as a page.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rayon::prelude::*;
use spikemesh::compiler::Mode;
use spikemesh_random::maps::{Bar, MESHES, MapRow, bars, map_row, page};
use spikemesh_random::{MODES, templates};

const USAGE: &str = "usage: maps [--only NAME] [--clocks FLITS] [--json FILE]
  --only NAME      templates whose names hold this
  --clocks FLITS   simulates as well, with batches of 1 and 8, where units send no more flits in a frame in which every position fires [default: 0]
  --json FILE      also writes every row";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (mut only, mut simulated, mut json) = (String::new(), 0, None);
    while let Some(word) = words.next() {
        match (word.as_str(), words.next()) {
            ("--only", Some(name)) => only = name,
            ("--json", file @ Some(_)) => json = file,
            ("--clocks", Some(flits)) if flits.parse::<u64>().is_ok() => {
                simulated = flits.parse().unwrap_or_default();
            }
            _ => {
                eprintln!("{USAGE}");
                return ExitCode::from(2);
            }
        }
    }
    let files = templates(&only);
    let jobs: Vec<_> = MESHES
        .iter()
        .flat_map(|mesh| MODES.iter().map(move |mode| (*mesh, *mode)))
        .flat_map(|(mesh, mode)| files.iter().map(move |file| (file, mode, mesh)))
        .collect();
    let row = |&(file, mode, mesh): &(&PathBuf, Mode, (u16, u16))| {
        let row = map_row(file, mode, mesh, simulated);
        let word = if row.is_some() { "mapped" } else { "refused" };
        eprintln!("{} {mode:?} {mesh:?}: {word}", file.display());
        row
    };
    let rows: Vec<MapRow> = jobs.par_iter().with_max_len(1).filter_map(row).collect();
    println!("{}", page(&rows, jobs.len()).trim_end());
    if let Some(path) = json {
        let text = serde_json::to_string_pretty(&rows).expect("rows are JSON");
        spikemesh_random::maps::write(Path::new(&path), &text);
    }
    let mut broken: Vec<String> = rows.iter().filter_map(|row| row.check().err()).collect();
    // Of some templates alone nothing is asked.
    let missed = bars(&rows).into_iter().filter(|bar| only.is_empty() && !bar.is_kept);
    broken.extend(missed.map(|Bar { what, found, .. }| format!("{what}: {found}")));
    broken.iter().for_each(|what| eprintln!("BROKEN {what}"));
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
