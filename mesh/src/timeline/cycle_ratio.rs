//! The cycle of a graph with the largest ratio of delays to shifts.

/// Clocks for so many frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// Clocks.
    pub clocks: u64,
    /// Frames, not 0.
    pub frames: u64,
}

impl Ratio {
    /// Clocks per frame.
    pub fn as_f64(self) -> f64 {
        self.clocks as f64 / self.frames as f64
    }
}

/// An edge: `to` comes `delay` clocks after `from`, `shift` frames later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub from: u32,
    pub to: u32,
    pub delay: u64,
    pub shift: u64,
}

/// The largest ratio of a cycle, and the indices of the cycle's edges in their order; none without a cycle. Every cycle must have a shift.
///
/// Newton's iteration: as long as a cycle is longer than the present ratio allows, its own ratio is the next one. Each is larger than the one before,
/// and there are only so many cycles. All numbers are integers, so the result is exact. Time: a few searches of nodes times edges at worst.
pub(super) fn largest(nodes: usize, edges: &[Edge]) -> Option<(Ratio, Vec<usize>)> {
    let mut best: Option<(Ratio, Vec<usize>)> = None;
    loop {
        // Before there is any cycle a negative ratio makes every cycle one that is longer.
        let (clocks, frames) =
            best.as_ref().map_or((-1, 1), |(r, _)| (i128::from(r.clocks), i128::from(r.frames)));
        let length = |edge: &Edge| i128::from(edge.delay) * frames - i128::from(edge.shift) * clocks;
        let Some(cycle) = positive_cycle(nodes, edges, length) else { return best };
        let sum = |of: fn(&Edge) -> u64| cycle.iter().map(|&index| of(&edges[index])).sum::<u64>();
        let ratio = Ratio { clocks: sum(|edge| edge.delay), frames: sum(|edge| edge.shift) };
        best = Some((ratio, cycle));
    }
}

/// A cycle of positive length, by longest ways from everywhere at once (Bellman and Ford).
fn positive_cycle(nodes: usize, edges: &[Edge], length: impl Fn(&Edge) -> i128) -> Option<Vec<usize>> {
    let mut far = vec![0i128; nodes];
    let mut by = vec![usize::MAX; nodes];
    for round in 0..=nodes {
        let mut changed = None;
        for (index, edge) in edges.iter().enumerate() {
            let there = far[edge.from as usize] + length(edge);
            if there > far[edge.to as usize] {
                far[edge.to as usize] = there;
                by[edge.to as usize] = index;
                changed = Some(edge.to as usize);
            }
        }
        let changed = changed?;
        // A way of that many edges meets itself; a cycle among the best ways may be seen long before.
        if (round % CHECKED == CHECKED - 1 || round == nodes)
            && let Some(cycle) = cycle_among(edges, &by, changed, nodes)
        {
            return Some(cycle);
        }
    }
    None
}

/// So often a search looks whether the best ways have met themselves.
const CHECKED: usize = 8;

/// The cycle that the best ways run into, seen from a node; each such cycle has positive length.
fn cycle_among(edges: &[Edge], by: &[usize], from: usize, nodes: usize) -> Option<Vec<usize>> {
    let before =
        |node: usize| by.get(node).and_then(|&index| edges.get(index)).map(|edge| edge.from as usize);
    let mut node = from;
    for _ in 0..nodes {
        node = before(node)?;
    }
    let (first, mut cycle) = (node, Vec::new());
    loop {
        cycle.push(by[node]);
        node = before(node)?;
        if node == first {
            cycle.reverse();
            return Some(cycle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edge(from: u32, to: u32, delay: u64, shift: u64) -> Edge {
        Edge { from, to, delay, shift }
    }

    #[test]
    fn the_slower_of_two_loops_is_found() {
        let edges =
            [edge(0, 1, 10, 0), edge(1, 0, 5, 1), edge(1, 2, 30, 0), edge(2, 1, 1, 2), edge(2, 3, 99, 0)];
        assert_eq!(largest(4, &edges), Some((Ratio { clocks: 31, frames: 2 }, vec![2, 3])));
        assert_eq!(largest(4, &edges[..2]), Some((Ratio { clocks: 15, frames: 1 }, vec![0, 1])));
        assert_eq!(largest(4, &edges[..1]), None);
    }

    proptest! {
        /// As all simple cycles of a small graph, tried one by one.
        #[test]
        fn it_is_the_largest_of_all_cycles(
            list in prop::collection::vec((0u32..5, 0u32..5, 0u64..20, 1u64..3), 0..12)
        ) {
            let edges: Vec<Edge> = list.into_iter().map(|(a, b, d, s)| edge(a, b, d, s)).collect();
            let mut most: Option<(u64, u64)> = None;
            let mut ways: Vec<Vec<usize>> = (0..edges.len()).map(|index| vec![index]).collect();
            while let Some(way) = ways.pop() {
                let (first, last) = (edges[way[0]].from, edges[way[way.len() - 1]].to);
                if first == last {
                    let sum = |of: fn(&Edge) -> u64| way.iter().map(|&i| of(&edges[i])).sum::<u64>();
                    let (clocks, frames) = (sum(|e| e.delay), sum(|e| e.shift));
                    if most.is_none_or(|(c, f)| clocks * f > c * frames) {
                        most = Some((clocks, frames));
                    }
                    continue;
                }
                for (index, edge) in edges.iter().enumerate() {
                    if edge.from == last && way.iter().all(|&i| edges[i].from != edge.from) {
                        ways.push(way.iter().copied().chain([index]).collect());
                    }
                }
            }
            let found = largest(5, &edges).map(|(ratio, cycle)| {
                assert!(cycle.windows(2).all(|pair| edges[pair[0]].to == edges[pair[1]].from));
                ratio
            });
            prop_assert_eq!(most.is_some(), found.is_some());
            if let (Some((clocks, frames)), Some(ratio)) = (most, found) {
                prop_assert_eq!(clocks * ratio.frames, ratio.clocks * frames);
            }
        }
    }
}
