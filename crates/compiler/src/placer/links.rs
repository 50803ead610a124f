//! The busiest link of a placement, as a landscape for annealing.
//!
//! The load of the busiest link alone says nothing about most changes, so links are counted by the fourth power of their load: the busiest ones
//! decide, and flit-hops where they are alike.

use super::landscape::{Change, Landscape};
use crate::demand::PassDemand;
use crate::link_loads::LinkLoads;
use spikemesh_device::network::NodeCoord;

/// Steps that a load is counted in, up to the busiest link at the start.
const STEPS: i64 = 1 << 10;

/// The landscape of link loads.
pub(super) struct Links<'a> {
    demand: &'a PassDemand,
    at: Vec<NodeCoord>,
    loads: LinkLoads,
    /// The load that [`STEPS`] stand for.
    most: i64,
    cost: i64,
    /// Pairs that a class is part of, as sender or in the group of receivers.
    pairs: Vec<Vec<usize>>,
    proposed: Option<Proposed>,
    /// Loads before the last proposal.
    before: LinkLoads,
    /// Pairs and classes that a change touches.
    touched: Touched,
}

struct Proposed {
    change: Change,
    from: NodeCoord,
    cost: i64,
}

#[derive(Default)]
struct Touched {
    pairs: Vec<usize>,
    classes: Vec<usize>,
    groups: Vec<usize>,
}

impl<'a> Links<'a> {
    /// Of a placement and its loads.
    pub(super) fn new(demand: &'a PassDemand, at: Vec<NodeCoord>, loads: LinkLoads) -> Links<'a> {
        let mut pairs = vec![Vec::new(); demand.classes.len()];
        for (index, pair) in demand.pairs.iter().enumerate() {
            pairs[pair.class].push(index);
            for class in (0..demand.classes.len()).filter(|&class| demand.group_of[class] == pair.group) {
                pairs[class].push(index);
            }
        }
        let most = loads.loads().iter().copied().max().unwrap_or(0).max(1);
        let before = loads.clone();
        let touched = Touched::default();
        let mut links = Links { demand, at, loads, most, cost: 0, pairs, proposed: None, before, touched };
        links.cost = links.measure();
        links
    }

    fn measure(&self) -> i64 {
        let (mut powers, mut hops) = (0, 0_i128);
        for &load in self.loads.loads() {
            // At most 2^12 each, so that the powers of 2^14 links fit.
            let steps = (load * STEPS / self.most).min(4 * STEPS);
            powers += steps * steps * steps * steps;
            hops += i128::from(load);
        }
        powers.saturating_add((hops * i128::from(STEPS) / i128::from(self.most)) as i64)
    }

    /// Takes what the touched classes exchange off the links, or adds it.
    fn count(&mut self, times: i64) {
        let Touched { pairs, classes, groups } = &self.touched;
        for &pair in pairs {
            self.loads.add_pair(self.demand, &self.at, &self.demand.pairs[pair], times);
        }
        for &group in groups {
            self.loads.add_from_edge(self.demand, &self.at, group, times);
        }
        for &class in classes {
            self.loads.add_to_edge(self.demand, &self.at, class, times);
        }
    }

    fn touch(&mut self, change: Change) {
        let Touched { pairs, classes, groups } = &mut self.touched;
        pairs.clear();
        classes.clear();
        groups.clear();
        for slice in std::iter::once(change.slice).chain(change.other) {
            let class = self.demand.class_of[slice];
            pairs.extend_from_slice(&self.pairs[class]);
            classes.push(class);
            groups.push(self.demand.group_of[class]);
        }
        for list in [pairs, classes, groups] {
            list.sort_unstable();
            list.dedup();
        }
    }
}

#[cfg(test)]
impl Links<'_> {
    /// The loads now.
    pub(super) fn loads(&self) -> &LinkLoads {
        &self.loads
    }

    /// The cost counted anew.
    pub(super) fn counted_cost(&self) -> i64 {
        self.measure()
    }
}

impl Landscape for Links<'_> {
    fn node(&self, slice: usize) -> NodeCoord {
        self.at[slice]
    }

    fn cost(&self) -> i64 {
        self.cost
    }

    fn propose(&mut self, change: Change) -> i64 {
        let from = self.at[change.slice];
        self.before.clone_from(&self.loads);
        self.touch(change);
        self.count(-1);
        self.at[change.slice] = change.to;
        if let Some(other) = change.other {
            self.at[other] = from;
        }
        self.count(1);
        let cost = self.measure();
        self.proposed = Some(Proposed { change, from, cost });
        cost - self.cost
    }

    fn accept(&mut self) {
        if let Some(proposed) = self.proposed.take() {
            self.cost = proposed.cost;
        }
    }

    fn reject(&mut self) {
        if let Some(Proposed { change, from, .. }) = self.proposed.take() {
            std::mem::swap(&mut self.loads, &mut self.before);
            self.at[change.slice] = from;
            if let Some(other) = change.other {
                self.at[other] = change.to;
            }
        }
    }

    fn wish(&self, slice: usize) -> NodeCoord {
        self.at[slice]
    }
}
