//! Terminals by name, and the ways between them.

use std::collections::{BTreeMap, BTreeSet};

use super::groups::Groups;
use super::report::{LinkRow, TerminalRow};
use crate::device::network::{RouteClasses, Routing, TerminalId, Topology, outputs, walk};
use crate::noc::trace::{Origin, TraceMesh};

/// Terminals by name, and the ways between them, as far as a trace's origin says them.
pub(crate) struct Places {
    /// Names of units and their layer, by terminal.
    units: BTreeMap<u32, (String, Option<String>)>,
    mesh: Option<Mesh>,
}

struct Mesh {
    topology: Topology,
    classes: RouteClasses,
    routing: Vec<Routing>,
}

impl Places {
    pub fn new(origin: &Origin) -> Places {
        let mut units: BTreeMap<u32, (String, Option<String>)> = BTreeMap::new();
        for unit in &origin.units {
            let (name, layer) = units.entry(unit.terminal).or_default();
            let between = if name.is_empty() { "" } else { "+" };
            *name = format!("{name}{between}{}", unit.name);
            *layer = layer.take().or_else(|| unit.layer.clone());
        }
        let mesh = |mesh: &TraceMesh| {
            let config = mesh.config()?;
            let (topology, classes) = (Topology::new(&config), RouteClasses::new(&config));
            Some(Mesh { topology, classes, routing: mesh.routing.clone() })
        };
        Places { units, mesh: origin.mesh.as_ref().and_then(mesh) }
    }

    /// The name of a terminal: of its units, or of its place, or its number.
    pub fn name(&self, terminal: u32) -> String {
        if let Some((name, _)) = self.units.get(&terminal) {
            return name.clone();
        }
        let place = |mesh: &Mesh| {
            let (node, local) = mesh.topology.place(TerminalId(terminal));
            format!("{}.local{local}", mesh.topology.node_name(node))
        };
        self.mesh.as_ref().map_or_else(|| terminal.to_string(), place)
    }

    /// The terminal of a name or a number.
    pub fn terminal(&self, name: &str) -> Option<u32> {
        let units = || self.units.iter().find(|(_, (units, _))| units.split('+').any(|unit| unit == name));
        let place = |mesh: &Mesh| {
            let (node, local) = name.rsplit_once(".local")?;
            let terminals = self.node_of(mesh, node)?;
            terminals.get(local.parse::<usize>().ok()?).copied()
        };
        let number = name
            .parse()
            .ok()
            .filter(|&number: &u32| self.mesh.as_ref().is_none_or(|mesh| number < mesh.topology.terminals()));
        number.or_else(|| units().map(|(&terminal, _)| terminal)).or_else(|| place(self.mesh.as_ref()?))
    }

    /// The terminals of a node by its name; `None` if the mesh is not known or has no such node.
    pub fn node(&self, name: &str) -> Option<Vec<u32>> {
        self.node_of(self.mesh.as_ref()?, name)
    }

    fn node_of(&self, Mesh { topology, .. }: &Mesh, name: &str) -> Option<Vec<u32>> {
        let (terminals, coord) = (topology.terminals(), name.parse().ok()?);
        let there = (0..terminals).filter(|&terminal| topology.coord(TerminalId(terminal)).node == coord);
        let there: Vec<u32> = there.collect();
        (!there.is_empty()).then_some(there)
    }

    /// True if the mesh is known.
    pub fn has_mesh(&self) -> bool {
        self.mesh.is_some()
    }

    /// The layer of a terminal's unit.
    pub fn layer(&self, terminal: u32) -> Option<&str> {
        self.units.get(&terminal)?.1.as_deref()
    }

    /// Routers from a terminal to another.
    pub fn routers(&self, from: u32, to: u32) -> Option<u32> {
        let topology = &self.mesh.as_ref()?.topology;
        let [from, to] = [from, to].map(|terminal| topology.coord(TerminalId(terminal)).node);
        Some(u32::from(from.x.abs_diff(to.x)) + u32::from(from.y.abs_diff(to.y)) + 1)
    }

    /// Flits over each link that flits pass, in the order of the mesh; `None` if it is not known, or if some packet may go several ways.
    ///
    /// The flits of a packet to several targets pass the links of its tree, each once.
    pub fn links(&self, groups: &Groups, span: u64) -> Option<Vec<LinkRow>> {
        let Mesh { topology, classes, routing } = self.mesh.as_ref()?;
        let mut flits = vec![0; topology.links().len()];
        let single = groups.single.iter().map(|(key, sums)| (key, std::slice::from_ref(&key.target), sums));
        let several = groups.several.iter().map(|((key, targets), sums)| (key, &targets[..], sums));
        // Packets of one class between the same terminals pass the same links.
        let mut sent: BTreeMap<(u8, u32, &[u32]), u64> = BTreeMap::new();
        for (key, targets, sums) in single.chain(several) {
            *sent.entry((key.class, key.source, targets)).or_default() += sums.flits;
        }
        for ((class, source, targets), sent) in sent {
            if routing.get(usize::from(class)) == Some(&Routing::O1Turn) {
                return None;
            }
            let way = classes.of(class).first()?;
            let from = TerminalId(source);
            flits[topology.link_from_terminal(from).0 as usize] += sent;
            let steps = |&to: &u32| walk(topology, classes, outputs, way, from, TerminalId(to));
            let links: BTreeSet<_> =
                targets.iter().flat_map(steps).map(|(_, next)| next.link.0 as usize).collect();
            links.into_iter().for_each(|link| flits[link] += sent);
        }
        let share = |flits: u64| flits as f64 / span as f64;
        let rows = topology.links().iter().zip(flits).filter(|(_, flits)| *flits > 0);
        Some(
            rows.map(|(link, flits)| LinkRow { name: link.name.clone(), flits, share: share(flits) })
                .collect(),
        )
    }

    /// What each terminal sends and receives.
    pub fn terminals(&self, groups: &Groups) -> Vec<TerminalRow> {
        let mut rows: BTreeMap<u32, TerminalRow> = BTreeMap::new();
        let mut row = |terminal: u32, add: &dyn Fn(&mut TerminalRow)| {
            add(rows.entry(terminal).or_insert_with(|| TerminalRow {
                terminal,
                name: self.name(terminal),
                layer: self.layer(terminal).map(str::to_owned),
                sent_packets: 0,
                sent_flits: 0,
                received_packets: 0,
                received_flits: 0,
            }));
        };
        for (source, sums) in groups.sent(|key| key.source) {
            row(source, &|row| {
                row.sent_packets += sums.packets;
                row.sent_flits += sums.flits;
            });
        }
        for (target, sums) in groups.arrived(|key| key.target) {
            row(target, &|row| {
                row.received_packets += sums.packets;
                row.received_flits += sums.flits;
            });
        }
        rows.into_values().collect()
    }
}
