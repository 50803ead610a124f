//! Claims that are witnesses: orders in which nothing waits for what comes later.
//!
//! *The network moves*: a packet holds a channel and waits for the next one of its way. If the channels stand in an order in which every packet waits only
//! for a later one than it holds, the packet that holds the last channel can move, and so all can (Dally and Seitz). Links to terminals wait for
//! nothing: a unit takes whatever arrives. A tree that forks holds the channel before the fork and waits for the one of each branch: these pairs are those
//! of the ways to its receivers. Branches do not wait for each other, because a packet fits a buffer ([`crate::tree`]).
//!
//! *Frames move*: a route is an edge without a token, its way back one with as many as the receiver has input maps. If the units stand in an order in which every
//! route leads to a later unit, no circle consists of routes alone, so every circle holds a token (Commoner, Holt, Even, Pnueli).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use spikemesh_device::{Device, Floorplan, Unit};
use spikemesh_isa::Pass;

use crate::error::Error;
use crate::flow::{receiver, senders};
use crate::path::Path;
use crate::place::{Channel, channels, classes, way};

/// What an order has to be: each member once, and every pair forward.
pub(crate) struct Order {
    /// What the first of a pair does to the second.
    does: &'static str,
    /// Members by name, with their indices.
    members: BTreeMap<String, usize>,
    names: Vec<String>,
    forward: Vec<(usize, usize)>,
}

impl Order {
    fn new<T: Ord + Copy>(
        does: &'static str,
        members: BTreeSet<T>,
        forward: BTreeSet<(T, T)>,
        name: impl Fn(T) -> String,
    ) -> Order {
        let index: BTreeMap<T, usize> = members.iter().copied().zip(0..).collect();
        let names: Vec<String> = members.into_iter().map(name).collect();
        Order {
            does,
            members: names.iter().cloned().zip(0..).collect(),
            names,
            forward: forward.into_iter().map(|(from, to)| (index[&from], index[&to])).collect(),
        }
    }

    /// The order of the channels of a pass.
    pub(crate) fn channels(pass: &Pass, device: &Device) -> Order {
        let floorplan = device.floorplan();
        let mut steps: BTreeSet<(Channel, Channel)> = BTreeSet::new();
        let mut used: BTreeSet<Channel> = BTreeSet::new();
        for (from, routes) in senders(pass) {
            for to in routes.iter().map(receiver) {
                for token in [false, true] {
                    let [start, end] = if token { [to, from] } else { [from, to] };
                    let [start, end] = [start, end].map(|unit| floorplan.coord(unit));
                    for class in classes(&device.network, token) {
                        let held = channels(class, &way(class, start, end));
                        steps.extend(held.windows(2).map(|step| (step[0], step[1])));
                        used.extend(held);
                    }
                }
            }
        }
        Order::new("waits for", used, steps, |channel| channel.to_string())
    }

    /// The order of the units of a pass.
    pub(crate) fn units(pass: &Pass, floorplan: &Floorplan) -> Order {
        let sinks = pass.sinks.iter().map(|sink| Unit::Sink(sink.buffer.0));
        let units = senders(pass).map(|(unit, _)| unit).chain(sinks);
        let routes =
            senders(pass).flat_map(|(from, routes)| routes.iter().map(move |route| (from, receiver(route))));
        Order::new("sends to", units.collect(), routes.collect(), |unit| floorplan.name(unit))
    }

    /// A stated order holds each member once and nothing else, and every pair goes forward in it.
    pub(crate) fn check(&self, stated: &Value, path: &Path<'_>, errors: &mut Vec<Error>) {
        let Some(list) = stated.as_array() else {
            errors.push(Error::wrong(path, stated, "a list"));
            return;
        };
        let mut places: Vec<Option<usize>> = vec![None; self.names.len()];
        for (index, member) in list.iter().enumerate() {
            let path = Path::At(path, index);
            let Some(name) = member.as_str() else {
                errors.push(Error::wrong(path, member, "a name"));
                continue;
            };
            let Some(&member) = self.members.get(name) else {
                errors.push(Error::wrong(path, name, "not used"));
                continue;
            };
            if let Some(first) = places[member].replace(index) {
                errors.push(Error::wrong(path, name, format!("listed before, at {first}")));
            }
        }
        for (name, _) in self.names.iter().zip(&places).filter(|(_, place)| place.is_none()) {
            errors.push(Error::wrong(path, "nothing", format!("{name} is used")));
        }
        for &(from, to) in &self.forward {
            if let (Some(first), Some(second)) = (places[from], places[to])
                && first >= second
            {
                let [from, to] = [from, to].map(|member| &self.names[member]);
                let stated = format!("{to} at {second} before {from} at {first}");
                errors.push(Error::wrong(path, stated, format!("{from} {} {to}", self.does)));
            }
        }
    }
}
