//! The page of the benchmark, and the bars that it has to keep.

use std::collections::BTreeMap;

use spikemesh::compiler::{BoundRule, Mode};
use spikemesh::words::thousands;

use super::simulated::Simulated;
use super::{MapRow, SplitLayer};

/// How far annealed placements of all templates are below greedy ones in the median, at least.
const LEAST_SAVING: f64 = 0.12;
/// With trees, the part of 1 - 1/f that layers split f ways save in the median, at least.
const LEAST_PART: f64 = 0.8;
/// With trees, how far the busiest link is below that of greedy with copies where half of the layers are split, at least.
const LEAST_LINK_SAVING: f64 = 0.3;
/// With trees, by how much the clocks of a batch of 1 may be above those of greedy with copies.
const MOST_CLOCKS: f64 = 0.001;

/// What is to be kept, what was found, and whether that keeps it.
pub struct Bar {
    /// What is to be kept.
    pub what: &'static str,
    /// What was found.
    pub found: String,
    /// It is kept.
    pub is_kept: bool,
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

fn signed(share: f64) -> String {
    format!("{:+.3} %", 100.0 * share)
}

/// Median, least and most.
fn spread(values: Vec<f64>, word: impl Fn(f64) -> String) -> [String; 3] {
    let least = values.iter().copied().min_by(f64::total_cmp);
    let most = values.iter().copied().max_by(f64::total_cmp);
    let ends = [least, most].map(|end| end.map_or("-".to_owned(), &word));
    let middle = if values.is_empty() { "-".to_owned() } else { word(median(values)) };
    let [least, most] = ends;
    [middle, least, most]
}

/// Parts of 1 - 1/f that split layers save.
fn parts(rows: &[&MapRow]) -> Vec<f64> {
    rows.iter().flat_map(|row| &row.split).filter_map(SplitLayer::part).collect()
}

/// How far clocks with trees are above those of greedy with copies, of a batch of 1 (0) or 8 (1).
fn clocks(rows: &[&MapRow], batch: usize) -> Vec<f64> {
    let change = |row: &&MapRow| {
        let [copies, trees] = ["greedy", "trees"].map(|name| row.by(name).simulated);
        Some(trees?.clocks[batch] as f64 / copies?.clocks[batch] as f64 - 1.0)
    };
    rows.iter().filter_map(change).collect()
}

/// Savings of the busiest link where half of the layers are split.
fn links_of_split(rows: &[&MapRow]) -> Vec<f64> {
    let split = rows.iter().filter(|row| row.is_half_split());
    split.filter_map(|row| row.link_saving("trees")).collect()
}

/// The bars of all templates.
pub fn bars(rows: &[MapRow]) -> Vec<Bar> {
    let rows: Vec<&MapRow> = rows.iter().collect();
    let saving = median(rows.iter().map(|row| row.saving("annealed")).collect());
    let (part, links) = (median(parts(&rows)), links_of_split(&rows));
    let [link, least_link, _] = spread(links.clone(), percent);
    let one = clocks(&rows, 0);
    let [one_median, _, one_most] = spread(one.clone(), signed);
    vec![
        Bar {
            what: "annealed at least 12 % below greedy in the median",
            found: percent(saving),
            is_kept: saving >= LEAST_SAVING,
        },
        Bar {
            what: "trees: layers split f ways at least 0.8 (1 - 1/f) below greedy with copies in the median",
            found: format!("{part:.2} (1 - 1/f) over {} layers", parts(&rows).len()),
            is_kept: part >= LEAST_PART,
        },
        Bar {
            what: "trees: busiest link at least 30 % below greedy with copies where half of the layers are split, in the median",
            found: format!("{link}, least {least_link}, of {} mappings", links.len()),
            is_kept: median(links) >= LEAST_LINK_SAVING,
        },
        Bar {
            what: "trees: clocks of a batch of 1 at most 0.1 % above greedy with copies anywhere, and not above in the median",
            found: format!("{one_median}, most {one_most}, of {} mappings", one.len()),
            is_kept: one.iter().all(|&change| change <= MOST_CLOCKS)
                && (one.is_empty() || median(one) <= 0.0),
        },
    ]
}

/// The tables.
pub fn page(rows: &[MapRow], jobs: usize) -> String {
    let mut page = format!("{} of {jobs} mappings fit; the others are refused.\n\n", rows.len());
    let certificates = rows.iter().flat_map(|row| &row.placed).filter_map(|placed| placed.certificate);
    let (all, held) = certificates.fold((0, 0), |(all, held), holds| (all + 1, held + u32::from(holds)));
    page += &format!(
        "{held} of {all} certificates hold: of annealed placements, with copies and with trees.\n\n"
    );
    page += "| to be kept | found | kept |\n|---|---|---|\n";
    for Bar { what, found, is_kept } in bars(rows) {
        page += &format!("| {what} | {found} | {} |\n", if is_kept { "yes" } else { "NO" });
    }
    page += &summary(rows);
    page += &copies(rows);
    page += &trees(rows);
    page
}

/// By mesh and mode, and all together.
fn kinds(rows: &[MapRow]) -> Vec<(String, &'static str, Vec<&MapRow>)> {
    let mut by_kind: BTreeMap<(u32, &str), Vec<&MapRow>> = BTreeMap::new();
    for row in rows {
        let area = u32::from(row.mesh.0) * u32::from(row.mesh.1);
        by_kind.entry((area, mode_name(row.mode))).or_default().push(row);
    }
    let mesh = |rows: &[&MapRow]| format!("{}x{}", rows[0].mesh.0, rows[0].mesh.1);
    let kinds = by_kind.into_iter().map(|((_, mode), rows)| (mesh(&rows), mode, rows));
    kinds.chain([("all".to_owned(), "all", rows.iter().collect())]).collect()
}

fn summary(rows: &[MapRow]) -> String {
    let mut text = "\n## Copies\n\nAnnealed against greedy.\n\n| mesh | mode | mappings | flit-hops below greedy: median | least | most | busiest link below greedy: median | gap to the bound: median | least | most |\n".to_owned();
    text += "|---|---|---|---|---|---|---|---|---|---|\n";
    for (mesh, mode, rows) in kinds(rows) {
        let hops = spread(rows.iter().map(|row| row.saving("annealed")).collect(), percent).join(" | ");
        let links = rows.iter().filter_map(|row| row.link_saving("annealed")).collect();
        let gaps = spread(rows.iter().filter_map(|row| row.gap("annealed")).collect(), percent).join(" | ");
        let [link, ..] = spread(links, percent);
        text += &format!("| {mesh} | {mode} | {} | {hops} | {link} | {gaps} |\n", rows.len());
    }
    text += "\n## Trees\n\nAnnealed for trees against greedy with copies. Layers: those whose filters are split f ways, and the part of 1 - 1/f of their flit-hops that is saved.\nHalf split: mappings in which at least half of the layers are.\n\n";
    text += "| mesh | mode | mappings | flit-hops below: median | least | most | layers | part saved: median | least | most | half split | busiest link below: median | least | most | gap to the bound: median |\n";
    text += "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
    for (mesh, mode, rows) in kinds(rows) {
        let hops = spread(rows.iter().map(|row| row.saving("trees")).collect(), percent).join(" | ");
        let (parts, links) = (parts(&rows), links_of_split(&rows));
        let (layers, split) = (parts.len(), links.len());
        let parts = spread(parts, |part| format!("{part:.2}")).join(" | ");
        let links = spread(links, percent).join(" | ");
        let [gap, ..] = spread(rows.iter().filter_map(|row| row.gap("trees")).collect(), percent);
        let count = rows.len();
        text += &format!(
            "| {mesh} | {mode} | {count} | {hops} | {layers} | {parts} | {split} | {links} | {gap} |\n"
        );
    }
    let all: Vec<&MapRow> = rows.iter().collect();
    if clocks(&all, 0).is_empty() {
        return text;
    }
    text += "\n| simulated clocks, annealed for trees against greedy with copies | mappings | median | least | most |\n|---|---|---|---|---|\n";
    for (name, batch) in [("a batch of 1", 0), ("a batch of 8", 1)] {
        let values = clocks(&all, batch);
        let count = values.len();
        text += &format!("| {name} | {count} | {} |\n", spread(values, signed).join(" | "));
    }
    text
}

fn place(row: &MapRow) -> String {
    format!("| {}x{} | {} | {} |", row.mesh.0, row.mesh.1, mode_name(row.mode), row.model)
}

fn kilo(number: u64) -> String {
    thousands(number.div_ceil(1000))
}

fn bound(row: &MapRow, name: &str) -> String {
    let mark = if row.by(name).rule == BoundRule::NearestNeighbours { " n" } else { "" };
    format!("{}{mark} | {}", kilo(row.by(name).bound), row.gap(name).map_or("-".to_owned(), percent))
}

fn copies(rows: &[MapRow]) -> String {
    let mut text = "\n## Every mapping, with copies\n\nFlit-hops of a frame in which every position fires, in thousands; seconds of the whole compiler on one core.\n\n".to_owned();
    text += "| mesh | mode | template | NPs | passes | snake | greedy | random | annealed | below greedy | bound | gap | busiest link, greedy | annealed | seconds, greedy | annealed |\n";
    text += "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
    for row in rows {
        let hops = ["snake", "greedy", "random", "annealed"].map(|name| kilo(row.by(name).flit_hops));
        let links = ["greedy", "annealed"].map(|name| kilo(row.by(name).busiest_link));
        let seconds = ["greedy", "annealed"].map(|name| format!("{:.2}", row.by(name).host_seconds));
        text += &format!(
            "{} {} | {} | {} | {} | {} | {} | {} |\n",
            place(row),
            row.nps,
            row.passes,
            hops.join(" | "),
            percent(row.saving("annealed")),
            bound(row, "annealed"),
            links.join(" | "),
            seconds.join(" | "),
        );
    }
    text
}

fn trees(rows: &[MapRow]) -> String {
    let mut text = "\n## Every mapping, with trees\n\nAs above; clocks of batches of 1 and 8, and the energy of the network in that of 1, where they were simulated.\n\n".to_owned();
    text += "| mesh | mode | template | layers | split | greedy, copies | annealed for trees | below | bound | gap | busiest link, copies | trees | clocks of 1, copies | trees | of 8, copies | trees | network, nJ, copies | trees | certificates | seconds |\n";
    text += "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
    for row in rows {
        let [greedy, trees] = ["greedy", "trees"].map(|name| row.by(name));
        let simulated = |text: &dyn Fn(Simulated) -> String| {
            [greedy, trees].map(|placed| placed.simulated.map_or("-".to_owned(), text)).join(" | ")
        };
        let clocks = |batch: usize| simulated(&|found| thousands(found.clocks[batch]));
        let holds = ["annealed", "trees"].iter().all(|name| row.by(name).certificate == Some(true));
        text += &format!(
            "{} {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.2} |\n",
            place(row),
            row.layers,
            row.split.len(),
            kilo(greedy.flit_hops),
            kilo(trees.flit_hops),
            percent(row.saving("trees")),
            bound(row, "trees"),
            kilo(greedy.busiest_link),
            kilo(trees.busiest_link),
            clocks(0),
            clocks(1),
            simulated(&|found| format!("{:.1}", found.network_pj / 1000.0)),
            if holds { "hold" } else { "FALSE" },
            trees.host_seconds,
        );
    }
    text
}
