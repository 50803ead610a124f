//! Flits over every link between routers in a frame, from the flows of a pass and the nodes of its slices.
//!
//! Dimension order takes a packet along one axis first, `u` below, and then along the other one, `v`. Many flows between the same classes are
//! added at once: a link along `u` carries what its row of senders has for receivers behind it, a link along `v` what its column of receivers takes
//! from senders before it. So a pair costs time in its members and in the sides of the mesh, not in its flows.

use crate::demand::{Flits, Pair, PassDemand};
use spikemesh_device::Floorplan;
use spikemesh_device::network::{Axis, NodeCoord, Routing};

/// Flits of each link between routers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LinkLoads {
    columns: usize,
    rows: usize,
    routing: Routing,
    /// East, west, south and north of every node, row by row; signed, since what is moved is taken off first.
    loads: Vec<i64>,
    scratch: Scratch,
}

/// Sides of nodes, in the order of [`LinkLoads`].
const SIDES: [&str; 4] = ["east", "west", "south", "north"];

/// The busiest link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Busiest {
    pub node: NodeCoord,
    pub side: &'static str,
    pub flits: u64,
}

impl LinkLoads {
    /// No flit yet.
    pub(crate) fn none(columns: u16, rows: u16, routing: Routing) -> LinkLoads {
        let (columns, rows) = (usize::from(columns), usize::from(rows));
        LinkLoads { columns, rows, routing, loads: vec![0; 4 * columns * rows], scratch: Scratch::default() }
    }

    /// All flows of a pass; `at` has the node of each slice.
    pub(crate) fn of(
        demand: &PassDemand,
        at: &[NodeCoord],
        columns: u16,
        rows: u16,
        routing: Routing,
    ) -> LinkLoads {
        let mut loads = LinkLoads::none(columns, rows, routing);
        for pair in &demand.pairs {
            loads.add_pair(demand, at, pair, 1);
        }
        for group in 0..demand.groups.len() {
            loads.add_from_edge(demand, at, group, 1);
        }
        for class in 0..demand.classes.len() {
            loads.add_to_edge(demand, at, class, 1);
        }
        loads
    }

    /// Flits of all links: the flit-hops of a frame.
    pub(crate) fn total(&self) -> u64 {
        self.loads.iter().sum::<i64>() as u64
    }

    /// Flits of each link.
    pub(crate) fn loads(&self) -> &[i64] {
        &self.loads
    }

    /// The busiest link, the first of several; `None` if nothing is sent between nodes.
    pub(crate) fn busiest(&self) -> Option<Busiest> {
        let most = self.loads.iter().copied().max().filter(|&most| most > 0)?;
        let link = self.loads.iter().position(|&load| load == most)?;
        let (side, node) = (link / (self.columns * self.rows), link % (self.columns * self.rows));
        let node = NodeCoord { x: (node % self.columns) as u16, y: (node / self.columns) as u16 };
        Some(Busiest { node, side: SIDES[side], flits: most as u64 })
    }

    /// What a class sends to a group, and its tokens; `times` is 1, or -1 to take it off again.
    pub(crate) fn add_pair(&mut self, demand: &PassDemand, at: &[NodeCoord], pair: &Pair, times: i64) {
        self.between(
            demand.classes[pair.class].iter().map(|&slice| at[slice]),
            demand.groups[pair.group].iter().map(|&slice| at[slice]),
            pair.flits,
            demand.trees,
            times,
        );
    }

    /// As [`LinkLoads::add_pair`], of what the edge node sends to a group.
    pub(crate) fn add_from_edge(&mut self, demand: &PassDemand, at: &[NodeCoord], group: usize, times: i64) {
        let to = demand.groups[group].iter().map(|&slice| at[slice]);
        self.between(std::iter::once(Floorplan::EDGE), to, demand.from_edge[group], demand.trees, times);
    }

    /// As [`LinkLoads::add_pair`], of what a class sends to the edge node.
    pub(crate) fn add_to_edge(&mut self, demand: &PassDemand, at: &[NodeCoord], class: usize, times: i64) {
        let from = demand.classes[class].iter().map(|&slice| at[slice]);
        self.between(from, std::iter::once(Floorplan::EDGE), demand.to_edge[class], false, times);
    }

    fn between(
        &mut self,
        from: impl Iterator<Item = NodeCoord>,
        to: impl Iterator<Item = NodeCoord>,
        flits: Flits,
        trees: bool,
        times: i64,
    ) {
        if flits == Flits::default() {
            return;
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.from.clear();
        scratch.from.extend(from);
        scratch.to.clear();
        scratch.to.extend(to);
        let (data, tokens) = (flits.data as i64 * times, flits.tokens as i64 * times);
        // With O1TURN half of the packets go each way; the odd one goes along the row first.
        let [x, y] = match self.routing {
            Routing::Xy => [(data, tokens), (0, 0)],
            Routing::Yx => [(0, 0), (data, tokens)],
            Routing::O1Turn => [(data - data / 2, tokens - tokens / 2), (data / 2, tokens / 2)],
        };
        for (first, (data, tokens)) in [(Axis::X, x), (Axis::Y, y)] {
            if trees {
                self.add_trees(first, &mut scratch, data);
            } else {
                self.add_copies(first, &mut scratch, data);
            }
            std::mem::swap(&mut scratch.from, &mut scratch.to);
            self.add_copies(first, &mut scratch, tokens);
            std::mem::swap(&mut scratch.from, &mut scratch.to);
        }
        self.scratch = scratch;
    }

    /// The link that leaves a place along an axis, by its coordinates along the first axis of packets and the other one.
    fn link(&self, first: Axis, along: Axis, is_ahead: bool, u: usize, v: usize) -> usize {
        let (x, y) = if first == Axis::X { (u, v) } else { (v, u) };
        let side = 2 * usize::from(along == Axis::Y) + usize::from(!is_ahead);
        (side * self.rows + y) * self.columns + x
    }

    fn sides(&self, first: Axis) -> (usize, usize) {
        if first == Axis::X { (self.columns, self.rows) } else { (self.rows, self.columns) }
    }

    /// `flits` from each of `from` to each of `to`.
    fn add_copies(&mut self, first: Axis, scratch: &mut Scratch, flits: i64) {
        if flits == 0 {
            return;
        }
        let (us, vs) = self.sides(first);
        let Scratch { from, to, behind, before, .. } = scratch;
        behind.fill(us, to.iter().map(|node| usize::from(node.along(first))));
        before.fill(vs, from.iter().map(|node| usize::from(node.along(first.other()))));
        for node in from.iter() {
            let (at, v) = (usize::from(node.along(first)), usize::from(node.along(first.other())));
            for u in at..us - 1 {
                let link = self.link(first, first, true, u, v);
                self.loads[link] += flits * behind.above(u);
            }
            for u in 1..=at {
                let link = self.link(first, first, false, u, v);
                self.loads[link] += flits * behind.below(u);
            }
        }
        for node in to.iter() {
            let (u, at) = (usize::from(node.along(first)), usize::from(node.along(first.other())));
            for v in 0..at {
                let link = self.link(first, first.other(), true, u, v);
                self.loads[link] += flits * before.below(v + 1);
            }
            for v in at + 1..vs {
                let link = self.link(first, first.other(), false, u, v);
                self.loads[link] += flits * before.above(v - 1);
            }
        }
    }

    /// `flits` from each of `from` along the union of its ways to all of `to`.
    fn add_trees(&mut self, first: Axis, scratch: &mut Scratch, flits: i64) {
        if flits == 0 {
            return;
        }
        let (us, vs) = self.sides(first);
        let Scratch { from, to, before, extents, .. } = scratch;
        before.fill(vs, from.iter().map(|node| usize::from(node.along(first.other()))));
        extents.clear();
        extents.resize(us, None);
        for node in to.iter() {
            let (u, v) = (usize::from(node.along(first)), usize::from(node.along(first.other())));
            let (low, high) = extents[u].unwrap_or((v, v));
            extents[u] = Some((low.min(v), high.max(v)));
        }
        let (Some(low), Some(high)) =
            (extents.iter().position(Option::is_some), extents.iter().rposition(Option::is_some))
        else {
            return;
        };
        for node in from.iter() {
            let (at, v) = (usize::from(node.along(first)), usize::from(node.along(first.other())));
            for u in at..high {
                let link = self.link(first, first, true, u, v);
                self.loads[link] += flits;
            }
            for u in low + 1..=at {
                let link = self.link(first, first, false, u, v);
                self.loads[link] += flits;
            }
        }
        for (u, extent) in extents.iter().enumerate() {
            let &Some((low, high)) = extent else { continue };
            for v in 0..high {
                let link = self.link(first, first.other(), true, u, v);
                self.loads[link] += flits * before.below(v + 1);
            }
            for v in low + 1..vs {
                let link = self.link(first, first.other(), false, u, v);
                self.loads[link] += flits * before.above(v - 1);
            }
        }
    }
}

/// Room for one pair, used again and again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Scratch {
    from: Vec<NodeCoord>,
    to: Vec<NodeCoord>,
    behind: Cumulative,
    before: Cumulative,
    /// The first and the last receiver of each column of them.
    extents: Vec<Option<(usize, usize)>>,
}

/// How many of some places lie before and behind each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Cumulative {
    /// How many lie below a place, and all of them at the end.
    below: Vec<i64>,
}

impl Cumulative {
    fn fill(&mut self, places: usize, of: impl Iterator<Item = usize>) {
        self.below.clear();
        self.below.resize(places + 1, 0);
        of.for_each(|place| self.below[place + 1] += 1);
        for place in 0..places {
            self.below[place + 1] += self.below[place];
        }
    }

    fn below(&self, place: usize) -> i64 {
        self.below[place]
    }

    fn above(&self, place: usize) -> i64 {
        self.below[self.below.len() - 1] - self.below[place + 1]
    }
}
