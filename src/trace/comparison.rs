//! Two answers to one trace, packet by packet.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::noc::replay::AnswerRow;
use crate::noc::trace::{Hop, PacketTimes};
use crate::noc::{Cycle, NodeId, PortKind};

/// Where two answers to one trace differ. Differences are of this answer less the other one.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The other answer.
    pub file: String,
    /// Packets of both.
    pub packets: u64,
    /// Packets whose creation, departure or arrival differs.
    pub different: u64,
    /// Mean difference of the arrivals, over all packets; `None` without packets.
    pub mean_difference: Option<f64>,
    /// Packets by the difference of their arrivals, ascending.
    pub differences: Vec<DifferenceBar>,
    /// The packet that differs first.
    pub first: Option<FirstDifference>,
}

/// Packets whose arrivals differ by `from` to `to` cycles, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DifferenceBar {
    /// Least difference.
    pub from: i64,
    /// Greatest difference.
    pub to: i64,
    /// Packets.
    pub packets: u64,
}

/// The packet that differs in the earliest cycle.
#[derive(Clone, Debug, Serialize)]
pub struct FirstDifference {
    /// Its row in the trace.
    pub row: u64,
    /// The terminals' numbers.
    pub source: u32,
    /// As for the source.
    pub target: u32,
    /// `created`, `head_left` or `tail_arrived`: the first that differs.
    pub what: &'static str,
    /// When, in this answer.
    pub ours: Cycle,
    /// When, in the other one.
    pub theirs: Cycle,
    /// Where its way parts; `None` if there are no hops to compare.
    pub parting: Option<Parting>,
    /// Why it is not known.
    pub no_parting: Option<&'static str>,
}

/// Where the ways of a packet part: its first hop that is not the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Parting {
    /// The router that the earlier of the two hops was won in.
    pub router: String,
    /// The output.
    pub output: String,
    /// When, in this answer; `None` if it makes no such hop.
    pub ours: Option<Cycle>,
    /// When, in the other answer.
    pub theirs: Option<Cycle>,
    /// In the answer in which it waited, the packet that had been granted the output last when it was won in the other.
    pub granted: Option<Granted>,
}

/// A packet that was granted an output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Granted {
    /// Its row in the trace.
    pub row: u64,
    /// The terminals' numbers.
    pub source: u32,
    /// As for the source.
    pub target: u32,
    /// When it won the switch.
    pub cycle: Cycle,
    /// Its flits pass in as many cycles at least.
    pub flits: u32,
}

/// The numbers of a packet in this answer and in the other one, as their hops name it.
#[derive(Clone, Copy, Debug)]
pub struct Pids {
    /// In this answer.
    pub ours: u64,
    /// In the other one.
    pub theirs: u64,
}

/// Compares two answers of as many packets. With the first packet that differs come its numbers.
pub fn compare(file: &str, ours: &[AnswerRow], theirs: &[AnswerRow]) -> (Comparison, Option<Pids>) {
    let mut counts: BTreeMap<(i64, i64), u64> = BTreeMap::new();
    let (mut different, mut sum) = (0, 0i128);
    let mut first: Option<(Cycle, FirstDifference, Pids)> = None;
    for (row, (our, their)) in (0..).zip(ours.iter().zip(theirs)) {
        let difference = i128::from(our.times.tail) - i128::from(their.times.tail);
        sum += difference;
        let clamped = difference.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
        *counts.entry(bar(clamped)).or_insert(0) += 1;
        let Some((what, [ours, theirs])) = first_of(&our.times, &their.times) else { continue };
        different += 1;
        let at = ours.min(theirs);
        if first.as_ref().is_none_or(|(earliest, ..)| at < *earliest) {
            let AnswerRow { source, target, .. } = *our;
            let pids = Pids { ours: our.times.pid, theirs: their.times.pid };
            let packet = FirstDifference {
                row,
                source,
                target,
                what,
                ours,
                theirs,
                parting: None,
                no_parting: Some("give the other answer's hops with `--against-hops`"),
            };
            first = Some((at, packet, pids));
        }
    }
    let packets = ours.len() as u64;
    let pids = first.as_ref().map(|(.., pids)| *pids);
    let comparison = Comparison {
        file: file.to_owned(),
        packets,
        different,
        mean_difference: (packets > 0).then(|| sum as f64 / packets as f64),
        differences: counts
            .into_iter()
            .map(|((from, to), packets)| DifferenceBar { from, to, packets })
            .collect(),
        first: first.map(|(_, packet, _)| packet),
    };
    (comparison, pids)
}

/// The first of a packet's times that differs, in both.
fn first_of(ours: &PacketTimes, theirs: &PacketTimes) -> Option<(&'static str, [Cycle; 2])> {
    let times = [
        ("created", [ours.created, theirs.created]),
        ("head_left", [ours.head, theirs.head]),
        ("tail_arrived", [ours.tail, theirs.tail]),
    ];
    times.into_iter().find(|(_, [ours, theirs])| ours != theirs)
}

/// The bar of a difference: single cycles up to eight, then powers of two.
fn bar(difference: i64) -> (i64, i64) {
    const SINGLE: i64 = 8;
    if difference == i64::MIN || difference.abs() <= SINGLE {
        return (difference, difference);
    }
    let bits = 63 - difference.unsigned_abs().leading_zeros();
    let (low, high) = ((1i64 << bits).max(SINGLE + 1), (1i64 << bits) - 1 + (1i64 << bits));
    if difference > 0 { (low, high) } else { (-high, -low) }
}

/// Where the hops of a packet part: the first that is not in both, and the one in which it waited.
pub fn part(ours: &[Hop], theirs: &[Hop]) -> Option<(Parting, Waited)> {
    let place = |hop: &Hop| (hop.cycle, hop.node, hop.in_port, hop.out_port, hop.vc);
    let same = ours.iter().zip(theirs).take_while(|(our, their)| place(our) == place(their)).count();
    let (our, their) = (ours.get(same), theirs.get(same));
    let (earlier, is_ours) = match (our, their) {
        (None, None) => return None,
        (Some(our), Some(their)) if our.cycle <= their.cycle => (our, true),
        (_, Some(their)) => (their, false),
        (Some(our), None) => (our, true),
    };
    let parting = Parting {
        router: String::new(),
        output: earlier.out_port.to_string(),
        ours: our.map(|hop| hop.cycle),
        theirs: their.map(|hop| hop.cycle),
        granted: None,
    };
    Some((
        parting,
        Waited { in_ours: !is_ours, node: earlier.node, output: earlier.out_port, cycle: earlier.cycle },
    ))
}

/// An output that a packet waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waited {
    /// It waited in this answer, not in the other one.
    pub in_ours: bool,
    /// The router.
    pub node: NodeId,
    /// The output.
    pub output: PortKind,
    /// When it was granted the output in the other answer.
    pub cycle: Cycle,
}

impl Waited {
    /// True if a hop is a later grant of the output than one so far, up to the cycle.
    pub fn is_later(&self, hop: &Hop, so_far: Option<&Hop>) -> bool {
        hop.node == self.node
            && hop.out_port == self.output
            && hop.cycle <= self.cycle
            && so_far.is_none_or(|so_far| hop.cycle >= so_far.cycle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(created: Cycle, head: Cycle, tail: Cycle) -> AnswerRow {
        let times = PacketTimes { pid: 0, created, head, tail, routers: 1 };
        AnswerRow { source: 1, target: 2, flits: 3, times }
    }

    #[test]
    fn the_first_packet_is_the_one_that_differs_earliest() {
        let ours = [row(0, 0, 30), row(5, 5, 20), row(6, 8, 40)];
        let theirs = [row(0, 0, 25), row(5, 5, 20), row(6, 7, 40)];
        let (comparison, pids) = compare("a", &ours, &theirs);
        let first = comparison.first.unwrap();
        assert_eq!((first.row, first.what, first.ours, first.theirs), (2, "head_left", 8, 7));
        assert_eq!((comparison.different, comparison.packets, pids.is_some()), (2, 3, true));
        let bars: Vec<_> = comparison.differences.iter().map(|bar| (bar.from, bar.to, bar.packets)).collect();
        assert_eq!(bars, [(0, 0, 2), (5, 5, 1)]);
        let (comparison, pids) = compare("a", &ours, &ours);
        assert!(comparison.first.is_none() && pids.is_none() && comparison.different == 0);
    }

    #[test]
    fn bars_hold_what_they_say_and_do_not_overlap() {
        for difference in (-70..70).chain([i64::MIN, i64::MIN + 1, i64::MAX, 1 << 40]) {
            let (from, to) = bar(difference);
            assert!((from..=to).contains(&difference), "{difference}: {from} to {to}");
            assert_eq!([bar(from), bar(to)], [(from, to); 2], "{difference}");
        }
        assert_eq!([bar(9), bar(15), bar(16), bar(-9)], [(9, 15), (9, 15), (16, 31), (-15, -9)]);
    }

    #[test]
    fn ways_part_at_the_first_hop_that_is_not_the_same() {
        let hop = |cycle, node| Hop {
            pid: 4,
            cycle,
            node: NodeId(node),
            in_port: PortKind::West,
            out_port: PortKind::East,
            vc: 0,
        };
        let (parting, waited) = part(&[hop(3, 0), hop(9, 1)], &[hop(3, 0), hop(7, 1)]).unwrap();
        assert_eq!((parting.ours, parting.theirs), (Some(9), Some(7)));
        assert!(waited.in_ours && waited.node == NodeId(1) && waited.cycle == 7);
        assert!(waited.is_later(&hop(6, 1), None) && waited.is_later(&hop(7, 1), Some(&hop(6, 1))));
        assert!(!waited.is_later(&hop(8, 1), None) && !waited.is_later(&hop(5, 1), Some(&hop(6, 1))));
        assert!(!waited.is_later(&hop(6, 2), None));
        let (_, waited) = part(&[hop(3, 0)], &[hop(3, 0), hop(7, 1)]).unwrap();
        assert!(waited.in_ours);
        assert!(part(&[hop(3, 0)], &[hop(3, 0)]).is_none());
    }
}
