//! `cargo xtask certificates`: every template of `tests/models`, in every mode, on every device: the certificate holds, and small ones are falsified.

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::model::{Model, template};
use spikemesh_random::{Certified, MODES, templates};

const USAGE: &str = "usage: certificates [--only NAME] [--falsify ROUTES]
  --only NAME        templates whose names hold this
  --falsify ROUTES   make each claim of programs with at most so many routes false in turn [default: 60]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (mut only, mut most) = ("", 60);
    for pair in words.chunks(2) {
        match pair {
            [option, name] if option == "--only" => only = name,
            [option, routes] if option == "--falsify" && routes.parse::<usize>().is_ok() => {
                most = routes.parse().unwrap_or(most);
            }
            _ => {
                eprintln!("{USAGE}");
                return ExitCode::from(2);
            }
        }
    }
    let files = templates(only);
    let jobs: Vec<_> = files
        .iter()
        .flat_map(|file| Device::names().map(move |device| (file, device)))
        .flat_map(|(file, device)| MODES.map(|mode| (file, device, mode)))
        .collect();
    let failed = AtomicUsize::new(0);
    let rows: Vec<String> = jobs
        .par_iter()
        .map(|&(file, device, mode)| {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            let row = match certified(file, device, mode, most) {
                Ok(row) => row,
                Err(what) => {
                    failed.fetch_add(1, Ordering::Relaxed);
                    format!("FALSE, {what}")
                }
            };
            format!("{name} on {device}, {mode:?}: {row}")
        })
        .collect();
    rows.iter().for_each(|row| println!("{row}"));
    let failed = failed.into_inner();
    println!("{} mappings, {failed} failed", rows.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The certificate of a mapping, in a line; a refusal is one too.
fn certified(file: &Path, device: &str, mode: Mode, most: usize) -> Result<String, String> {
    let mut model: Model = template::load(file).map_err(|errors| errors[0].to_string())?;
    model.randomise(1);
    let device = Device::load(device).map_err(|errors| errors[0].to_string())?;
    let compiled = match compile(&model, &device, &mode.into()) {
        Ok(compiled) => compiled,
        Err(errors) => return Ok(format!("refused, {}", errors[0])),
    };
    let certified = Certified::new(&compiled, &device)?;
    let verified = certified.check(&device)?;
    let caught = if verified.routes <= most { certified.falsified(&device)? } else { 0 };
    let (units, routes, links) = (verified.units, verified.routes, verified.links);
    Ok(format!("{units} units, {routes} routes, {links} links; {caught} lies caught"))
}
