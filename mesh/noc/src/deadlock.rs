//! Deadlocks: packets each of which waits for the next, found in the graph of who waits for whom.

mod waiting;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::network::Network;
pub use waiting::{Waiting, WaitsFor};

/// A packet of a circular wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blocked<'a> {
    /// The packet, where it is, and what it waits for.
    pub waiting: &'a Waiting,
    /// Tag of the packet that keeps it from moving: the next of the circular wait.
    pub holder: u32,
}

/// Packets each of which waits for the next, and the last for the first; empty if there are none such: nothing is deadlocked then.
///
/// Depth first over the graph of who waits for whom, in the order of tags, each edge once: linear in the edges but for the search of
/// the path.
pub(crate) fn circular_wait(waiting: &[Waiting]) -> Vec<Blocked<'_>> {
    let mut waits: BTreeMap<u32, Vec<Blocked>> = BTreeMap::new();
    for entry in waiting {
        let holders = match &entry.waits_for {
            WaitsFor::Vc { holders, .. } => holders.as_slice(),
            WaitsFor::Credit { holder, .. } => holder.as_slice(),
            // These move again, or wait for what another entry says.
            WaitsFor::Grant { .. } | WaitsFor::Flits | WaitsFor::Injection { .. } => &[],
        };
        // A packet behind its own flits waits for what its head waits for.
        let others = holders.iter().filter(|&&holder| holder != entry.tag);
        waits.entry(entry.tag).or_default().extend(others.map(|&holder| Blocked { waiting: entry, holder }));
    }
    let mut left: BTreeMap<u32, usize> = BTreeMap::new();
    for &start in waits.keys() {
        // The path from `start`: its packets, and the edges between them.
        let mut path: Vec<Blocked> = Vec::new();
        let mut on_path = vec![start];
        while let Some(&tag) = on_path.last() {
            let edges = waits.get(&tag).map_or(&[][..], Vec::as_slice);
            let tried = left.entry(tag).or_insert(0);
            let Some(&edge) = edges.get(*tried) else {
                on_path.pop();
                path.pop();
                continue;
            };
            *tried += 1;
            if let Some(begin) = on_path.iter().position(|&tag| tag == edge.holder) {
                path.push(edge);
                return path.split_off(begin);
            }
            if !left.contains_key(&edge.holder) {
                path.push(edge);
                on_path.push(edge.holder);
            }
        }
    }
    Vec::new()
}

impl Network {
    /// Who waits for whom, as text: a line per packet of the circular wait, or of the first packets that wait if there is none. `name`
    /// names packets by their tags.
    pub(crate) fn describe_deadlock(&self, name: impl Fn(u32) -> String) -> String {
        /// Lines that are shown of packets without a circular wait.
        const MOST: usize = 20;
        let waiting = self.waiting();
        let blocked = circular_wait(&waiting);
        let mut text = String::new();
        for Blocked { waiting, holder } in &blocked {
            let _ = write!(text, "  {}: {} waits ", self.place_name(waiting), name(waiting.tag));
            let _ = match &waiting.waits_for {
                WaitsFor::Credit { port, vc, .. } => {
                    writeln!(
                        text,
                        "for a place behind {}.vc{vc}, where {} is",
                        self.port_name(waiting, *port),
                        name(*holder)
                    )
                }
                WaitsFor::Vc { port, .. } => {
                    writeln!(
                        text,
                        "for a channel of {}, held by {}",
                        self.port_name(waiting, *port),
                        name(*holder)
                    )
                }
                _ => writeln!(text, "for {}", name(*holder)),
            };
        }
        if blocked.is_empty() {
            for entry in waiting.iter().take(MOST) {
                let _ =
                    writeln!(text, "  {}: {} {:?}", self.place_name(entry), name(entry.tag), entry.waits_for);
            }
        }
        text.truncate(text.trim_end().len());
        text
    }

    fn place_name(&self, waiting: &Waiting) -> String {
        let vc = waiting.vc.map_or(String::new(), |vc| format!(".vc{vc}"));
        format!("{}{vc}", self.port_name(waiting, waiting.port))
    }

    fn port_name(&self, waiting: &Waiting, port: u8) -> String {
        format!("{}.{}", self.node_name(waiting.node), self.port_kind(waiting.node, port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spikemesh_device::network::NodeId;

    fn entry(tag: u32, waits_for: WaitsFor) -> Waiting {
        Waiting { tag, node: NodeId(tag), port: 0, vc: Some(0), waits_for }
    }

    fn vc(tag: u32, holders: &[u32]) -> Waiting {
        entry(tag, WaitsFor::Vc { port: 1, holders: holders.to_vec() })
    }

    #[test]
    fn finds_the_circular_wait_and_not_the_path_to_it() {
        let waiting = [vc(9, &[1]), vc(1, &[4, 2]), vc(2, &[3]), vc(3, &[1]), entry(4, WaitsFor::Flits)];
        let found: Vec<(u32, u32)> =
            circular_wait(&waiting).iter().map(|b| (b.waiting.tag, b.holder)).collect();
        assert_eq!(found, [(1, 2), (2, 3), (3, 1)]);
    }

    #[test]
    fn a_line_is_no_circular_wait() {
        let credit = |tag, holder| entry(tag, WaitsFor::Credit { port: 1, vc: 0, holder });
        let waiting = [vc(1, &[2]), credit(2, Some(3)), credit(3, Some(3)), credit(5, None)];
        assert_eq!(circular_wait(&waiting), []);
    }
}
