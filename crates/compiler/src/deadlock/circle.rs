//! The shortest circle of a graph.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// A graph whose nodes are found by their values.
pub(super) struct Graph<N, E> {
    pub(super) graph: DiGraph<N, E>,
    index: BTreeMap<N, NodeIndex>,
}

impl<N: Copy + Ord, E: Copy> Graph<N, E> {
    /// A graph without nodes.
    pub(super) fn new() -> Graph<N, E> {
        Graph { graph: DiGraph::new(), index: BTreeMap::new() }
    }

    /// Adds an edge. Of several between the same nodes the first stands for all.
    pub(super) fn add(&mut self, from: N, to: N, edge: E) {
        let [from, to] = [from, to].map(|n| *self.index.entry(n).or_insert_with(|| self.graph.add_node(n)));
        if self.graph.find_edge(from, to).is_none() {
            self.graph.add_edge(from, to, edge);
        }
    }

    /// The shortest circle through the least node that lies on one, so the same program always gives the same one: nodes, and the edge from each
    /// to the next.
    ///
    /// A node lies on a circle when its strongly connected component has more members, or when it has an edge to itself. A breadth-first search
    /// from the least such node reaches itself again by a shortest way; `before` holds, for each node that was reached, the one that it was first
    /// reached from. The start is entered only when the search comes back to it, which closes the circle.
    pub(super) fn circle(&self) -> Option<(Vec<N>, Vec<E>)> {
        let graph = &self.graph;
        let on_circle = |component: &Vec<NodeIndex>| {
            component.len() > 1 || graph.find_edge(component[0], component[0]).is_some()
        };
        let start =
            tarjan_scc(graph).into_iter().filter(on_circle).flatten().min_by_key(|&node| graph[node])?;
        let mut before: BTreeMap<NodeIndex, NodeIndex> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(from) = queue.pop_front() {
            for to in graph.neighbors(from) {
                if let Entry::Vacant(entry) = before.entry(to) {
                    entry.insert(from);
                    queue.push_back(to);
                }
            }
        }
        let mut order = vec![start];
        let mut at = *before.get(&start)?;
        while at != start {
            order.push(at);
            at = *before.get(&at)?;
        }
        // Collected backwards from the start: turn it round, the start first.
        order[1..].reverse();
        let edges = order
            .iter()
            .zip(order.iter().cycle().skip(1))
            .filter_map(|(&from, &to)| graph.find_edge(from, to).map(|edge| graph[edge]))
            .collect();
        Some((order.iter().map(|&node| graph[node]).collect(), edges))
    }
}
