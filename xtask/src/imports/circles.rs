//! Circles among the imports: sets of files of which each can be reached from each.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use super::resolve::Edges;

/// The files of each circle, in alphabetical order.
pub fn circles(edges: &Edges) -> Vec<Vec<PathBuf>> {
    let graph: DiGraphMap<&Path, ()> =
        edges.keys().map(|(from, to)| (from.as_path(), to.as_path(), ())).collect();
    let mut circles: Vec<Vec<PathBuf>> = tarjan_scc(&graph)
        .into_iter()
        .filter(|files| files.len() > 1)
        .map(|files| files.into_iter().map(Path::to_owned).collect())
        .collect();
    circles.iter_mut().for_each(|files| files.sort());
    circles.sort();
    circles
}

/// A circle in text: who imports what from whom. Pairs that import each other come first, as they tie most.
pub fn text(files: &[PathBuf], edges: &Edges) -> String {
    let inside: BTreeMap<(&Path, &Path), String> = edges
        .iter()
        .filter(|((from, to), _)| files.contains(from) && files.contains(to))
        .map(|((from, to), names)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            ((from.as_path(), to.as_path()), names.join(", "))
        })
        .collect();
    let mut out = format!("a circle of {} files:\n", files.len());
    let mutual = |(from, to): (&Path, &Path)| inside.contains_key(&(to, from));
    let pairs = inside.iter().filter(|(edge, _)| mutual(**edge)).map(|(edge, names)| ("<->", edge, names));
    let others = inside.iter().filter(|(edge, _)| !mutual(**edge)).map(|(edge, names)| (" ->", edge, names));
    for (arrow, (from, to), names) in pairs.chain(others) {
        let _ = writeln!(out, "  {} {arrow} {}: {names}", from.display(), to.display());
    }
    out
}
