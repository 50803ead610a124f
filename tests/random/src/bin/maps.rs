//! `cargo xtask maps`: the mapping benchmark, as a page.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use rayon::prelude::*;
use spikemesh::compiler::{BoundRule, Mode};
use spikemesh::words::thousands;
use spikemesh_random::maps::{MESHES, MapRow, map_row};
use spikemesh_random::{MODES, templates};

const USAGE: &str = "usage: maps [--only NAME] [--clocks] [--json FILE]
  --only NAME   templates whose names hold this
  --clocks      simulates as well, with batches of 1 and 8
  --json FILE   also writes every row";

/// How far annealed placements of all templates are below greedy ones in the median, at least.
const LEAST_SAVING: f64 = 0.12;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (mut only, mut simulates, mut json) = (String::new(), false, None);
    while let Some(word) = words.next() {
        match (word.as_str(), words.len()) {
            ("--only", 1..) => only = words.next().unwrap_or_default(),
            ("--json", 1..) => json = words.next(),
            ("--clocks", _) => simulates = true,
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
    let rows: Vec<MapRow> = jobs
        .par_iter()
        .filter_map(|(file, mode, mesh)| {
            let row = map_row(file, *mode, *mesh, simulates);
            eprintln!(
                "{} {mode:?} {mesh:?}: {}",
                file.display(),
                if row.is_some() { "mapped" } else { "refused" }
            );
            row
        })
        .collect();
    println!("{}", page(&rows, jobs.len()));
    if let Some(path) = json {
        let text = serde_json::to_string_pretty(&rows).expect("rows are JSON");
        spikemesh_random::maps::write(Path::new(&path), &text);
    }
    let mut broken: Vec<String> = rows.iter().filter_map(|row| row.check().err()).collect();
    let saving = median(rows.iter().map(MapRow::saving).collect());
    let short = only.is_empty() && saving < LEAST_SAVING;
    broken.extend(short.then(|| format!("annealed is {} below greedy in the median", percent(saving))));
    broken.iter().for_each(|what| eprintln!("BROKEN {what}"));
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => values[len / 2],
        len => (values[len / 2 - 1] + values[len / 2]) / 2.0,
    }
}

fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Minimal => "minimal",
        Mode::AllNps => "all-nps",
        Mode::HwPr => "hw-pr",
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// The tables.
fn page(rows: &[MapRow], jobs: usize) -> String {
    let mut page = format!("{} of {jobs} mappings fit; the others are refused.\n\n", rows.len());
    page += "| mesh | mode | mappings | flit-hops below greedy: median | least | most | busiest link below greedy: median | gap to the bound: median | least | most |\n";
    page += "|---|---|---|---|---|---|---|---|---|---|\n";
    let mut by_kind: BTreeMap<(u32, &str), Vec<&MapRow>> = BTreeMap::new();
    for row in rows {
        let area = u32::from(row.mesh.0) * u32::from(row.mesh.1);
        by_kind.entry((area, mode_name(row.mode))).or_default().push(row);
    }
    let all: Vec<&MapRow> = rows.iter().collect();
    let kinds = by_kind
        .iter()
        .map(|((_, mode), rows)| (format!("{}x{}", rows[0].mesh.0, rows[0].mesh.1), *mode, rows));
    for (mesh, mode, rows) in kinds.chain([("all".to_owned(), "all", &all)]) {
        let mut savings: Vec<f64> = rows.iter().map(|row| row.saving()).collect();
        savings.sort_by(f64::total_cmp);
        let links = rows
            .iter()
            .filter(|row| row.by("greedy").busiest_link > 0)
            .map(|row| 1.0 - row.by("annealed").busiest_link as f64 / row.by("greedy").busiest_link as f64);
        let mut gaps: Vec<f64> = rows.iter().filter_map(|row| row.gap()).collect();
        gaps.sort_by(f64::total_cmp);
        let ends = |values: &[f64]| {
            let of = |value: Option<&f64>| value.map_or("-".to_owned(), |value| percent(*value));
            (of(values.first()), of(values.last()))
        };
        let (least, most) = ends(&savings);
        let (nearest, farthest) = ends(&gaps);
        page += &format!(
            "| {mesh} | {mode} | {} | {} | {least} | {most} | {} | {} | {nearest} | {farthest} |\n",
            rows.len(),
            percent(median(savings)),
            percent(median(links.collect())),
            percent(median(gaps)),
        );
    }
    page += &clocks(rows);
    page += "\nFlit-hops of a frame in which every position fires, in thousands; seconds of the whole compiler on one core.\n\n";
    page += "| mesh | mode | template | NPs | passes | snake | greedy | random | annealed | below greedy | bound | gap | busiest link, greedy | annealed | seconds, greedy | annealed |\n";
    page += "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
    for row in rows {
        let kilo = |number: u64| thousands(number.div_ceil(1000));
        let hops = |name: &str| kilo(row.by(name).flit_hops);
        let mark = if row.rule == BoundRule::NearestNeighbours { " n" } else { "" };
        page += &format!(
            "| {}x{} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {}{mark} | {} | {} | {} | {:.2} | {:.2} |\n",
            row.mesh.0,
            row.mesh.1,
            mode_name(row.mode),
            row.model,
            row.nps,
            row.passes,
            hops("snake"),
            hops("greedy"),
            hops("random"),
            hops("annealed"),
            percent(row.saving()),
            kilo(row.bound),
            row.gap().map_or("-".to_owned(), percent),
            kilo(row.by("greedy").busiest_link),
            kilo(row.by("annealed").busiest_link),
            row.by("greedy").host_seconds,
            row.by("annealed").host_seconds,
        );
    }
    page
}

/// Simulated clocks against greedy, if there are any.
fn clocks(rows: &[MapRow]) -> String {
    let changes = |batch: usize| -> Vec<f64> {
        rows.iter()
            .filter_map(|row| {
                let [greedy, annealed] = ["greedy", "annealed"].map(|name| row.by(name).clocks);
                Some(annealed?[batch] as f64 / greedy?[batch] as f64 - 1.0)
            })
            .collect()
    };
    let [one, eight] = [changes(0), changes(1)];
    if one.is_empty() {
        return String::new();
    }
    let mut text = "\n| simulated clocks, annealed against greedy | mappings | median | least | most |\n|---|---|---|---|---|\n".to_owned();
    for (name, values) in [("a batch of 1", one), ("a batch of 8", eight)] {
        let signed = |value: f64| format!("{:+.3} %", 100.0 * value);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let count = values.len();
        text += &format!(
            "| {name} | {count} | {} | {} | {} |\n",
            signed(median(values)),
            signed(least),
            signed(most)
        );
    }
    text
}
