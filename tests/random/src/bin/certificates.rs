//! `cargo xtask certificates`: every template of `tests/models`, in every mode, on every device, with copies and with trees: the certificate holds, and
//! claims that are made false are caught.

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use spikemesh::certificate::Verified;
use spikemesh::compiler::{Mode, compile};
use spikemesh::device::{Device, Setting};
use spikemesh::model::{Model, template};
use spikemesh_random::{Certified, MODES, templates};

const USAGE: &str = "usage: certificates [--only NAME] [--falsify ROUTES] [--of-a-kind N]
  --only NAME        templates whose names hold this
  --falsify ROUTES   make each claim of programs with at most so many routes false in turn [default: 60]
  --of-a-kind N      claims of each kind that are made false in larger programs [default: 2]";

/// What routers do with packets for several receivers: nothing, or fork them.
const MULTICASTS: [(&str, &[&str]); 2] =
    [("copies", &[]), ("trees", &["network.multicast=tree", "network.vc_buf_size=8"])];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (mut only, mut most, mut of_a_kind) = ("", 60, 2);
    for pair in words.chunks(2) {
        match pair {
            [option, name] if option == "--only" => only = name,
            [option, routes] if option == "--falsify" && routes.parse::<usize>().is_ok() => {
                most = routes.parse().unwrap_or(most);
            }
            [option, count] if option == "--of-a-kind" && count.parse::<usize>().is_ok() => {
                of_a_kind = count.parse().unwrap_or(of_a_kind);
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
        .flat_map(|(file, device, mode)| MULTICASTS.map(|multicast| (file, device, mode, multicast)))
        .collect();
    let done = AtomicUsize::new(0);
    let rows: Vec<Result<Option<Row>, String>> = jobs
        .par_iter()
        .map(|&(file, device, mode, (_, settings))| {
            let row = certified(file, device, settings, mode, most, of_a_kind);
            eprintln!("{} of {}", done.fetch_add(1, Ordering::Relaxed) + 1, jobs.len());
            row
        })
        .collect();
    let (mut sum, mut held, mut failed) = (Row::default(), 0, 0);
    for ((file, device, mode, (multicast, _)), row) in jobs.iter().zip(rows) {
        let what = match row {
            Ok(Some(row)) => {
                held += 1;
                sum.add(&row);
                row.to_string()
            }
            Ok(None) => "refused".to_owned(),
            Err(what) => {
                failed += 1;
                format!("FALSE, {what}")
            }
        };
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        println!("{name} on {device}, {mode:?}, {multicast}: {what}");
    }
    let refused = jobs.len() - held - failed;
    println!("{} mappings: {held} hold, {refused} refused, {failed} failed; in all {sum}", jobs.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What a certificate was about, and how many lies about it were caught.
#[derive(Default)]
struct Row {
    units: usize,
    routes: usize,
    trees: usize,
    links: usize,
    lies: usize,
}

impl Row {
    fn add(&mut self, other: &Row) {
        self.units += other.units;
        self.routes += other.routes;
        self.trees += other.trees;
        self.links += other.links;
        self.lies += other.lies;
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Row { units, routes, trees, links, lies } = self;
        write!(f, "{units} units, {routes} routes, {trees} trees, {links} links; {lies} lies caught")
    }
}

/// The certificate of a mapping; `None` if that is refused.
fn certified(
    file: &Path,
    device: &str,
    settings: &[&str],
    mode: Mode,
    most: usize,
    of_a_kind: usize,
) -> Result<Option<Row>, String> {
    let mut model: Model = template::load(file).map_err(|errors| errors[0].to_string())?;
    model.randomise(1);
    let device = Device::load(device).map_err(|errors| errors[0].to_string())?;
    let parsed = settings.iter().map(|text| text.parse::<Setting>().map_err(|error| error.to_string()));
    let settings: Vec<Setting> = parsed.collect::<Result<_, String>>()?;
    let device = device.with(&settings).map_err(|errors| errors[0].to_string())?;
    let Ok(compiled) = compile(&model, &device, &mode.into()) else { return Ok(None) };
    let certified = Certified::new(&compiled, &device)?;
    let Verified { units, routes, trees, links, .. } = certified.check(&device)?;
    let most = if routes <= most { usize::MAX } else { of_a_kind };
    let lies = certified.falsified(&device, most)?;
    Ok(Some(Row { units, routes, trees, links, lies }))
}
