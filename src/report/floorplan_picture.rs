//! The floorplan of a report as text and as SVG: units in their nodes, nodes and links coloured.

use crate::mesh_seats::{Captions, MeshSeats, Node, Seat};
use crate::plot::Heat;
use crate::words::plural;

use super::Report;
use super::units::ReasonClocks;

/// Who sits where; the colour of a node is the share of time that its busiest unit computes.
pub(crate) fn seats(report: &Report) -> MeshSeats {
    let plan = &report.floorplan;
    let busy = |clocks: &ReasonClocks| {
        let all: u64 = clocks.named().iter().map(|(_, clocks)| clocks).sum();
        clocks.compute as f64 / all.max(1) as f64
    };
    let nodes = plan.nodes.iter().map(|node| {
        let units: Vec<_> = node.units.iter().filter_map(|&unit| report.units.get(unit)).collect();
        Node {
            name: node.name.clone(),
            seats: units.iter().map(|unit| Seat::new(&unit.name, unit.layer.as_deref())).collect(),
            share: units.iter().map(|unit| busy(&unit.reasons)).reduce(f64::max),
        }
    });
    MeshSeats { columns: plan.columns, rows: plan.rows, nodes: nodes.collect() }
}

/// The floorplan as SVG, its links coloured by their load.
fn picture(report: &Report) -> String {
    let links = &report.floorplan.mesh_links;
    let most = links.iter().map(|link| link.share).fold(0.0, f64::max);
    let captions = Captions {
        title: &format!("{} on {}", report.run.model, report.run.device),
        links: &format!("flits per cycle, {:.3} % at most", 100.0 * most),
        nodes: "share of time that the busiest unit computes, 100 % at most",
    };
    seats(report).picture(&captions, |from, to| {
        let (index, link) = links.iter().enumerate().find(|(_, link)| (link.from, link.to) == (from, to))?;
        let share = (link.flits > 0).then(|| link.share / most.max(f64::MIN_POSITIVE));
        let flits = plural(link.flits, "flit", "flits");
        let title = format!("{}: {flits}, {:.3} % of the cycles", link.name, 100.0 * link.share);
        Some(Heat { share, title, key: format!("link {index}"), ..Heat::default() })
    })
}

/// The floorplan for the page, where its parts can be chosen.
pub(super) fn in_page(report: &Report, which: &str) -> String {
    let label = format!("role=\"group\" aria-label=\"Mesh: choose a node or a link{which}\"");
    picture(report).replacen("<svg ", &format!("<svg {label} "), 1)
}
