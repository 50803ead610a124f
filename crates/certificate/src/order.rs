//! Claims that are witnesses: orders in which nothing waits for what comes later.
//!
//! *The network moves*: a packet holds a channel and waits for the next one of its way. If the channels stand in an order in which every packet waits only
//! for a later one than it holds, the packet that holds the last channel can move, and so all can (Dally and Seitz). Links to terminals wait for
//! nothing: a unit takes whatever arrives.
//!
//! *Frames move*: a route is an edge without a token, its way back one with as many as the receiver has input maps. If the units stand in an order in which every
//! route leads to a later unit, no circle consists of routes alone, so every circle holds a token (Commoner, Holt, Even, Pnueli).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use spikemesh_device::{Device, Floorplan};
use spikemesh_isa::Pass;

use crate::derive::{receiver, senders};
use crate::error::Error;
use crate::place::{Channel, channels, classes, way};

/// Checks the order of channels of a pass.
pub(crate) fn channel_order(
    pass: &Pass,
    device: &Device,
    stated: &Value,
    claim: &str,
    errors: &mut Vec<Error>,
) {
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
    let names: BTreeMap<Channel, String> =
        used.into_iter().map(|channel| (channel, channel.to_string())).collect();
    let forward = steps.into_iter().map(|(held, wanted)| (names[&held].as_str(), names[&wanted].as_str()));
    check(stated, claim, names.values().map(String::as_str), forward, "waits for", errors);
}

/// Checks the order of units of a pass.
pub(crate) fn unit_order(
    pass: &Pass,
    floorplan: &Floorplan,
    stated: &Value,
    claim: &str,
    errors: &mut Vec<Error>,
) {
    let sinks = pass.sinks.iter().map(|sink| spikemesh_device::Unit::Sink(sink.buffer.0));
    let units = senders(pass).map(|(unit, _)| unit).chain(sinks);
    let names: Vec<String> = units.map(|unit| floorplan.name(unit)).collect();
    let routes: Vec<(String, String)> = senders(pass)
        .flat_map(|(from, routes)| routes.iter().map(move |route| (from, receiver(route))))
        .map(|(from, to)| (floorplan.name(from), floorplan.name(to)))
        .collect();
    let forward = routes.iter().map(|(from, to)| (from.as_str(), to.as_str()));
    check(stated, claim, names.iter().map(String::as_str), forward, "sends to", errors);
}

/// A stated order holds each of `members` once and nothing else, and every pair goes forward in it.
fn check<'a>(
    stated: &Value,
    claim: &str,
    members: impl Iterator<Item = &'a str>,
    forward: impl Iterator<Item = (&'a str, &'a str)>,
    does: &str,
    errors: &mut Vec<Error>,
) {
    let Some(list) = stated.as_array() else {
        errors.push(Error::wrong(claim, stated, "a list"));
        return;
    };
    let members: BTreeSet<&str> = members.collect();
    let mut place: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, member) in list.iter().enumerate() {
        let claim = format!("{claim}[{index}]");
        match member.as_str() {
            Some(name) if !members.contains(name) => errors.push(Error::wrong(claim, name, "not used")),
            Some(name) => {
                if let Some(first) = place.insert(name, index) {
                    errors.push(Error::wrong(claim, name, format!("listed before, at {first}")));
                }
            }
            None => errors.push(Error::wrong(claim, member, "a name")),
        }
    }
    for missing in members.iter().filter(|name| !place.contains_key(*name)) {
        errors.push(Error::wrong(claim, "nothing", format!("{missing} is used")));
    }
    for (from, to) in forward {
        if let (Some(&first), Some(&second)) = (place.get(from), place.get(to))
            && first >= second
        {
            let stated = format!("{to} at {second} before {from} at {first}");
            errors.push(Error::wrong(claim, stated, format!("{from} {does} {to}")));
        }
    }
}
