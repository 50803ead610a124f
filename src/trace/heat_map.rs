//! The flits of links and nodes as a picture.

use std::collections::BTreeMap;

use spikemesh_plot::{Heat, MeshMap, Side};

use super::report::{TerminalRow, TraceReport};
use crate::words::{share, thousands};

/// The SVG of a report: flits over each link, and those that the units of each node send and receive. `None` if links are not known.
pub fn heat_map(report: &TraceReport) -> Option<String> {
    let (columns, rows, links) = (report.columns?, report.rows?, report.links.as_ref()?);
    let flits_of: BTreeMap<&str, &super::LinkRow> =
        links.iter().map(|link| (link.name.as_str(), link)).collect();
    let mut nodes: BTreeMap<String, (u64, Vec<&TerminalRow>)> = BTreeMap::new();
    for terminal in &report.terminals {
        let Some((node, _)) = terminal.name.split_once('.') else { continue };
        let (flits, units) = nodes.entry(node.to_owned()).or_default();
        *flits += terminal.sent_flits + terminal.received_flits;
        units.push(terminal);
    }
    let is_side = |name: &str| Side::ALL.iter().any(|&side| name.ends_with(side_name(side)));
    let most_link = links.iter().filter(|link| is_side(&link.name)).map(|link| link.flits).max().unwrap_or(0);
    let most_node = nodes.values().map(|&(flits, _)| flits).max().unwrap_or(0);
    let title = report.model.clone().unwrap_or_else(|| report.trace.clone());
    let (link_scale, node_scale) = (
        format!("flits, {} at most", thousands(most_link)),
        format!("flits sent and received, {} at most", thousands(most_node)),
    );
    let map = MeshMap { columns, rows, title: &title, links: &link_scale, nodes: &node_scale };
    let part = |flits: u64, most: u64| Some(flits as f64 / most.max(1) as f64);
    let svg = map.draw(
        |x, y| {
            let name = format!("n{x}_{y}");
            let (flits, units) = nodes.get(&name).cloned().unwrap_or_default();
            let line = |unit: &&TerminalRow| {
                let layer = unit.layer.as_deref().unwrap_or_default();
                let [sent, received] = [unit.sent_flits, unit.received_flits].map(thousands);
                format!("{} {layer}: sends {sent}, receives {received}", unit.name)
            };
            let title = units.iter().map(line).collect::<Vec<_>>().join("\n");
            let label = format!("{name}\n{}", thousands(flits));
            Some(Heat { share: part(flits, most_node), label, title, ..Heat::default() })
        },
        |x, y, side| {
            let name = format!("n{x}_{y}{}", side_name(side));
            let link = flits_of.get(name.as_str());
            let flits = link.map_or(0, |link| link.flits);
            let of_cycles = link
                .map_or_else(|| "no flit".to_owned(), |link| format!("{} of the cycles", share(link.share)));
            let label = if flits > 0 { thousands(flits) } else { String::new() };
            let count = if flits == 1 { "flit" } else { "flits" };
            let title = format!("{name}: {} {count}, {of_cycles}", thousands(flits));
            Some(Heat { share: part(flits, most_link), label, title, ..Heat::default() })
        },
    );
    Some(svg)
}

/// How the name of a link to a side ends.
fn side_name(side: Side) -> &'static str {
    match side {
        Side::East => ".east",
        Side::West => ".west",
        Side::South => ".south",
        Side::North => ".north",
    }
}
