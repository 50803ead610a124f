//! What reaches layers whose filters are split: with copies each slice gets packets of its own, with trees all share them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use spikemesh::compiler::MappingReport;
use spikemesh::compiler::certificate::{Claims, PassClaims, RouteClaims};

/// Flit-hops of data that reach each layer.
pub type Reaches = BTreeMap<String, u64>;

/// A layer whose filters are split.
#[derive(Clone, Debug, Serialize)]
pub struct SplitLayer {
    /// Its name.
    pub layer: String,
    /// Slices of the same rows.
    pub ways: u32,
    /// Flit-hops of the data that reach it: greedy with copies.
    pub copies: u64,
    /// As with copies: annealed for trees.
    pub trees: u64,
}

impl SplitLayer {
    /// The part of 1 - 1/ways that is saved; `None` if nothing goes over a link.
    pub fn part(&self) -> Option<f64> {
        let all = 1.0 - 1.0 / f64::from(self.ways);
        (self.copies > 0).then(|| (1.0 - self.trees as f64 / self.copies as f64) / all)
    }
}

/// The layers of a mapping whose filters are split.
pub(super) fn split_layers(report: &MappingReport, copies: &Reaches, trees: &Reaches) -> Vec<SplitLayer> {
    let split = report.layers.iter().filter(|layer| layer.filter_splits > 1);
    let of = |reaches: &Reaches, layer: &str| reaches.get(layer).copied().unwrap_or(0);
    let layer = |layer: &str, ways| {
        let (copies, trees) = (of(copies, layer), of(trees, layer));
        SplitLayer { layer: layer.to_owned(), ways, copies, trees }
    };
    split.map(|of| layer(&of.name, of.filter_splits)).collect()
}

/// Flit-hops of data by the layer that they reach. A tree that reaches several counts for each with the links on the ways to its own slices.
pub(super) fn reaches(claims: &Claims) -> Reaches {
    let mut all = Reaches::new();
    for pass in &claims.passes {
        of_pass(pass, &mut all);
    }
    all
}

fn of_pass(pass: &PassClaims, all: &mut Reaches) {
    // Sinks collect what a layer gives out: that reaches no layer.
    let computing = pass.units.iter().filter(|unit| unit.memory.is_some());
    let layers: BTreeMap<&str, &str> =
        computing.filter_map(|unit| Some((unit.unit.as_str(), unit.layer.as_deref()?))).collect();
    for tree in pass.routes.chunk_by(|_, next| next.joined) {
        let mut links: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for route in tree {
            let Some(layer) = layers.get(route.to.as_str()) else { continue };
            links.entry(layer).or_default().extend(between_routers(route));
        }
        for (layer, links) in links {
            let hops = all.entry(layer.to_owned()).or_default();
            *hops += tree[0].flits * links.len() as u64;
        }
    }
}

/// The links between routers of the first way.
fn between_routers(route: &RouteClaims) -> impl Iterator<Item = &str> {
    let way = route.ways.first().map_or("", String::as_str);
    way.split(' ').filter(|link| !link.contains(".inject") && !link.contains(".eject"))
}
