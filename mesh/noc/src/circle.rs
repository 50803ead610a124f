//! The circle of a deadlock: packets each of which waits for the next.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Network;
use super::error::Error;
use super::waiting::{Waiting, WaitsFor};
use crate::Cycle;

/// A packet that is part of a circle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocked<'a> {
    /// The packet, where it is, and what it waits for.
    pub waiting: &'a Waiting,
    /// Tag of the packet that keeps it from moving: the next in the circle.
    pub holder: u32,
}

/// Packets each of which waits for the next, and the last for the first; empty if there is no such circle among them.
pub fn circle(waiting: &[Waiting]) -> Vec<Blocked<'_>> {
    let mut waits: BTreeMap<u32, Vec<Blocked>> = BTreeMap::new();
    for entry in waiting {
        let holders = match &entry.waits_for {
            WaitsFor::Vc { holders, .. } => holders.as_slice(),
            WaitsFor::Credit { holder, .. } => holder.as_slice(),
            // These move again, or wait for what another entry tells.
            WaitsFor::Grant { .. } | WaitsFor::Flits | WaitsFor::Injection { .. } => &[],
        };
        // A packet behind its own flits waits for what its head waits for.
        let others = holders.iter().filter(|&&holder| holder != entry.tag);
        waits.entry(entry.tag).or_default().extend(others.map(|&holder| Blocked { waiting: entry, holder }));
    }
    let mut left: BTreeMap<u32, usize> = BTreeMap::new();
    for &start in waits.keys() {
        // The way from `start`, each packet with the edges that were tried.
        let mut way: Vec<Blocked> = Vec::new();
        let mut on_way = vec![start];
        while let Some(&tag) = on_way.last() {
            let edges = waits.get(&tag).map_or(&[][..], Vec::as_slice);
            let tried = left.entry(tag).or_insert(0);
            let Some(&edge) = edges.get(*tried) else {
                on_way.pop();
                way.pop();
                continue;
            };
            *tried += 1;
            if let Some(begin) = on_way.iter().position(|&tag| tag == edge.holder) {
                way.push(edge);
                return way.split_off(begin);
            }
            if !left.contains_key(&edge.holder) {
                way.push(edge);
                on_way.push(edge.holder);
            }
        }
    }
    Vec::new()
}

impl Network {
    /// Cycles without a moving flit after which packets count as deadlocked, unless told otherwise. The longest wait of a network that
    /// works is far shorter: a credit takes at most a few hundred cycles, and allocators are fair.
    pub const WATCHDOG: Cycle = 10_000;

    /// The watchdog, to be asked before a cycle is stepped: `next` is the next cycle in which anything happens, if there is one, and
    /// `patience` the cycles without a moving flit that are too many. `name` names packets by their tags.
    ///
    /// # Errors
    /// [`Error::Deadlock`] if flits are in the network and none moves for that long.
    pub fn watch(
        &self,
        next: Option<Cycle>,
        patience: Cycle,
        name: impl Fn(u32) -> String,
    ) -> Result<(), Error> {
        let since = self.last_movement().unwrap_or(0);
        if self.in_flight() == 0 || next.is_some_and(|next| next - since <= patience) {
            return Ok(());
        }
        Err(Error::Deadlock {
            now: since.saturating_add(patience),
            since,
            flits: self.in_flight(),
            circle: self.describe_circle(name),
        })
    }

    /// Who waits for whom, for people: a line per packet of the circle, or of the first packets that wait if there is none. `name`
    /// names packets by their tags.
    pub fn describe_circle(&self, name: impl Fn(u32) -> String) -> String {
        /// Lines that are shown of what is no circle.
        const MOST: usize = 20;
        let waiting = self.waiting();
        let blocked = circle(&waiting);
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
    fn finds_the_circle_and_not_the_way_to_it() {
        let waiting = [vc(9, &[1]), vc(1, &[4, 2]), vc(2, &[3]), vc(3, &[1]), entry(4, WaitsFor::Flits)];
        let found: Vec<(u32, u32)> = circle(&waiting).iter().map(|b| (b.waiting.tag, b.holder)).collect();
        assert_eq!(found, [(1, 2), (2, 3), (3, 1)]);
    }

    #[test]
    fn a_line_is_no_circle() {
        let credit = |tag, holder| entry(tag, WaitsFor::Credit { port: 1, vc: 0, holder });
        let waiting = [vc(1, &[2]), credit(2, Some(3)), credit(3, Some(3)), credit(5, None)];
        assert_eq!(circle(&waiting), []);
    }
}
