//! Flit-hops of a placement, and of changes of it in constant time.
//!
//! Hops along the two axes add up. So what the members of a class cost is a table of columns and one of rows, over everything that they exchange with
//! slices where these are now. A change that is proposed is a few looks into the tables; one that is accepted costs time in the classes around it and
//! the sides of the mesh, not in the slices.
//!
//! A tree from a sender to a group is its way along the first axis to the first and the last receiver, and in each column of receivers the way to
//! the first and the last one there: again a number by the sender's place on the first axis, and one by its place on the other. Both are tables
//! of the group ([`Tree`]), and what a group's members do to them, weighted by the senders at each place, is what moving a receiver costs.

use super::landscape::{Change, Landscape};
use super::tree::Tree;
use crate::demand::{Flits, PassDemand};
use spikemesh_device::Floorplan;
use spikemesh_device::network::{Axis, NodeCoord};

/// What members of a class send to those of a group.
#[derive(Clone, Copy, Debug)]
struct Sends {
    group: usize,
    /// Flits of the tree to all of them.
    tree: i64,
}

/// Flits between a member of a class and each member of another, both ways.
#[derive(Clone, Copy, Debug)]
struct Neighbour {
    class: usize,
    flits: i64,
}

/// The landscape of flit-hops.
pub(super) struct Hops<'a> {
    demand: &'a PassDemand,
    first: Axis,
    at: Vec<NodeCoord>,
    cost: i64,
    neighbours: Vec<Vec<Neighbour>>,
    /// Of each class, to the edge and from it, copy by copy.
    edge: Vec<i64>,
    sends: Vec<Vec<Sends>>,
    /// Of each group: classes that send trees to it.
    senders: Vec<Vec<(usize, i64)>>,
    trees: Vec<Tree>,
    /// Cost of a member of each class by its place along the first axis, and along the other one.
    along_u: Table,
    along_v: Table,
    proposed: Option<Proposed>,
}

#[derive(Clone, Copy)]
struct Proposed {
    change: Change,
    from: NodeCoord,
    delta: i64,
    /// It is made already: its cost was not known otherwise.
    is_made: bool,
}

/// A row of numbers for each class, one after the other.
struct Table {
    width: usize,
    values: Vec<i64>,
}

impl Table {
    fn new(classes: usize, width: usize) -> Table {
        Table { width, values: vec![0; classes * width] }
    }

    fn at(&self, class: usize, place: usize) -> i64 {
        self.values[class * self.width + place]
    }

    fn row(&mut self, class: usize) -> &mut [i64] {
        &mut self.values[class * self.width..][..self.width]
    }

    /// Adds `flits` for each link to `place`.
    fn add_distance(&mut self, class: usize, place: usize, flits: i64) {
        for (other, value) in self.row(class).iter_mut().enumerate() {
            *value += flits * other.abs_diff(place) as i64;
        }
    }

    /// What is at `from` goes to `to`.
    fn move_distance(&mut self, class: usize, from: usize, to: usize, flits: i64) {
        for (other, value) in self.row(class).iter_mut().enumerate() {
            *value += flits * (other.abs_diff(to) as i64 - other.abs_diff(from) as i64);
        }
    }

    fn least(&self, class: usize) -> usize {
        let row = &self.values[class * self.width..][..self.width];
        (0..self.width).min_by_key(|&place| row[place]).unwrap_or(0)
    }
}

impl<'a> Hops<'a> {
    /// Of a placement; `first` is the axis that packets take first.
    pub(super) fn new(demand: &'a PassDemand, at: Vec<NodeCoord>, sides: [u16; 2], first: Axis) -> Hops<'a> {
        let [columns, rows] = sides.map(usize::from);
        let (us, vs) = if first == Axis::X { (columns, rows) } else { (rows, columns) };
        let classes = demand.classes.len();
        let mut hops = Hops {
            demand,
            first,
            at,
            cost: 0,
            neighbours: vec![Vec::new(); classes],
            edge: vec![0; classes],
            sends: vec![Vec::new(); classes],
            senders: vec![Vec::new(); demand.groups.len()],
            trees: (0..demand.groups.len()).map(|_| Tree::new(us, vs)).collect(),
            along_u: Table::new(classes, us),
            along_v: Table::new(classes, vs),
            proposed: None,
        };
        hops.fill();
        hops
    }

    /// Flits of a flow that go copy by copy, and those that go along its tree.
    fn parts(&self, flits: Flits) -> (i64, i64) {
        let (data, tokens) = (flits.data as i64, flits.tokens as i64);
        if self.demand.trees { (tokens, data) } else { (data + tokens, 0) }
    }

    fn fill(&mut self) {
        let demand = self.demand;
        let classes = demand.classes.len();
        let mut of_group: Vec<Vec<usize>> = vec![Vec::new(); demand.groups.len()];
        (0..classes).for_each(|class| of_group[demand.group_of[class]].push(class));
        for pair in &demand.pairs {
            let (flits, tree) = self.parts(pair.flits);
            for &class in of_group[pair.group].iter().filter(|_| flits > 0) {
                self.neighbours[pair.class].push(Neighbour { class, flits });
                self.neighbours[class].push(Neighbour { class: pair.class, flits });
            }
            if tree > 0 {
                self.sends[pair.class].push(Sends { group: pair.group, tree });
                self.senders[pair.group].push((pair.class, tree));
            }
        }
        let edge = self.place(Floorplan::EDGE);
        for class in 0..classes {
            let to = demand.to_edge[class];
            let (from, tree) = self.parts(demand.from_edge[demand.group_of[class]]);
            self.edge[class] = from + (to.data + to.tokens) as i64;
            self.along_u.add_distance(class, edge.0, self.edge[class]);
            self.along_v.add_distance(class, edge.1, self.edge[class]);
            let group = demand.group_of[class];
            if of_group[group].first() == Some(&class) && tree > 0 {
                self.trees[group].add_sender(edge, tree);
            }
        }
        for (slice, &class) in demand.class_of.iter().enumerate() {
            let place = self.place(self.at[slice]);
            for index in 0..self.neighbours[class].len() {
                let Neighbour { class: other, flits } = self.neighbours[class][index];
                self.along_u.add_distance(other, place.0, flits);
                self.along_v.add_distance(other, place.1, flits);
            }
            for send in &self.sends[class] {
                self.trees[send.group].add_sender(place, send.tree);
            }
            self.trees[demand.group_of[class]].add_receiver(place);
        }
        for group in 0..demand.groups.len() {
            self.trees[group].measure();
            self.charge_senders(group, 1);
        }
        // Both ends of a flow count it, the edge and trees do not: they are one end.
        let twice: i64 = demand
            .class_of
            .iter()
            .zip(&self.at)
            .map(|(&class, &node)| {
                let place = self.place(node);
                let all = self.along_u.at(class, place.0) + self.along_v.at(class, place.1);
                let edge_hops = (place.0.abs_diff(edge.0) + place.1.abs_diff(edge.1)) as i64;
                let trees: i64 = self.sends[class]
                    .iter()
                    .map(|send| send.tree * self.trees[send.group].length(place))
                    .sum();
                all - trees + self.edge[class] * edge_hops
            })
            .sum();
        let trees: i64 = self.trees.iter().map(Tree::cost).sum();
        self.cost = twice / 2 + trees;
    }

    /// Adds the lengths of a group's trees to the tables of those that send them, or takes them off.
    fn charge_senders(&mut self, group: usize, times: i64) {
        for &(class, flits) in &self.senders[group] {
            let tree = &self.trees[group];
            for (value, length) in self.along_u.row(class).iter_mut().zip(tree.along_u()) {
                *value += times * flits * length;
            }
            for (value, length) in self.along_v.row(class).iter_mut().zip(tree.along_v()) {
                *value += times * flits * length;
            }
        }
    }

    /// Coordinates along the first axis and the other one.
    fn place(&self, node: NodeCoord) -> (usize, usize) {
        (usize::from(node.along(self.first)), usize::from(node.along(self.first.other())))
    }

    /// What it costs that one slice goes elsewhere and everything else stays.
    fn alone(&mut self, slice: usize, to: NodeCoord) -> i64 {
        let class = self.demand.class_of[slice];
        let (from, to) = (self.place(self.at[slice]), self.place(to));
        let tables = self.along_u.at(class, to.0) - self.along_u.at(class, from.0)
            + self.along_v.at(class, to.1)
            - self.along_v.at(class, from.1);
        if self.demand.trees {
            tables + self.trees[self.demand.group_of[class]].delta(from, to)
        } else {
            tables
        }
    }

    /// True if what one slice costs depends, by trees, on where the other is.
    fn share_a_tree(&self, a: usize, b: usize) -> bool {
        let group = |class: usize| self.demand.group_of[class];
        let sends = |from: usize, to: usize| self.sends[from].iter().any(|send| send.group == group(to));
        self.demand.trees && (group(a) == group(b) || sends(a, b) || sends(b, a))
    }

    /// Moves a slice, and gives back by how much the cost grew.
    fn shift(&mut self, slice: usize, to: NodeCoord) -> i64 {
        let delta = self.alone(slice, to);
        let class = self.demand.class_of[slice];
        let (from, new) = (self.place(self.at[slice]), self.place(to));
        for index in 0..self.neighbours[class].len() {
            let Neighbour { class: other, flits } = self.neighbours[class][index];
            if from.0 != new.0 {
                self.along_u.move_distance(other, from.0, new.0, flits);
            }
            if from.1 != new.1 {
                self.along_v.move_distance(other, from.1, new.1, flits);
            }
        }
        if self.demand.trees {
            for send in &self.sends[class] {
                self.trees[send.group].add_sender(from, -send.tree);
                self.trees[send.group].add_sender(new, send.tree);
            }
            let group = self.demand.group_of[class];
            self.charge_senders(group, -1);
            self.trees[group].move_receiver(from, new);
            self.charge_senders(group, 1);
        }
        self.at[slice] = to;
        self.cost += delta;
        delta
    }

    fn make(&mut self, change: Change, from: NodeCoord) -> i64 {
        let first = self.shift(change.slice, change.to);
        first + change.other.map_or(0, |other| self.shift(other, from))
    }
}

impl Landscape for Hops<'_> {
    fn node(&self, slice: usize) -> NodeCoord {
        self.at[slice]
    }

    fn cost(&self) -> i64 {
        self.cost
    }

    fn propose(&mut self, change: Change) -> i64 {
        let Change { slice, to, other } = change;
        let from = self.at[slice];
        let class = self.demand.class_of[slice];
        let (delta, is_made) = match other {
            None => (self.alone(slice, to), false),
            Some(other) => {
                let other_class = self.demand.class_of[other];
                if class == other_class {
                    (0, false)
                } else if self.share_a_tree(class, other_class) {
                    (self.make(change, from), true)
                } else {
                    // Each was asked as if the other stayed: what they exchange would have no way left, and keeps its way.
                    let neighbours = self.neighbours[class].iter().filter(|n| n.class == other_class);
                    let flits: i64 = neighbours.map(|neighbour| neighbour.flits).sum();
                    let hops = i64::from(from.x.abs_diff(to.x)) + i64::from(from.y.abs_diff(to.y));
                    (self.alone(slice, to) + self.alone(other, from) + 2 * flits * hops, false)
                }
            }
        };
        self.proposed = Some(Proposed { change, from, delta, is_made });
        delta
    }

    fn accept(&mut self) {
        if let Some(Proposed { change, from, delta, is_made: false }) = self.proposed.take() {
            let made = self.make(change, from);
            debug_assert_eq!(made, delta);
        }
    }

    fn reject(&mut self) {
        if let Some(Proposed { change: Change { slice, to, other }, from, is_made: true, .. }) =
            self.proposed.take()
        {
            self.make(Change { slice, to: from, other }, to);
        }
    }

    fn wish(&self, slice: usize) -> NodeCoord {
        let class = self.demand.class_of[slice];
        let (u, v) = (self.along_u.least(class) as u16, self.along_v.least(class) as u16);
        if self.first == Axis::X { NodeCoord { x: u, y: v } } else { NodeCoord { x: v, y: u } }
    }
}
