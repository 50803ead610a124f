//! Whether a program can be certified at all: it was made for the device, whose units are there, and its records fit together.

use std::collections::BTreeMap;

use spikemesh_device::{Device, Unit};
use spikemesh_isa::{Pass, Program};

use crate::error::Error;
use crate::flow::{receiver, senders};
use crate::tree::possible;

/// The program was made for the device, each of its NPs is there, computes, and waits for as many markers as routes end in it, and its trees are
/// possible.
pub(crate) fn held(program: &Program, device: &Device) -> Vec<Error> {
    let mut errors = Vec::new();
    if program.device != device.name {
        errors.push(Error::wrong("device.name", &program.device, &device.name));
    }
    let floorplan = device.floorplan();
    for (index, pass) in program.passes.iter().enumerate() {
        let before = errors.len();
        let targets = senders(pass).flat_map(|(_, routes)| routes.iter().map(receiver));
        let named = pass.nps.iter().map(|np| Unit::Np(np.np.0));
        for unit in targets.chain(named) {
            let claim = || format!("passes[{index}].units");
            match unit {
                Unit::Np(np) if u32::from(np) >= device.nps() => {
                    let derived = format!("the device has {}", device.nps());
                    errors.push(Error::wrong(claim(), format!("NP {np}"), derived));
                }
                Unit::Np(np) if device.is_disabled(np) => {
                    errors.push(Error::wrong(claim(), floorplan.name(unit), "disabled"));
                }
                _ => {}
            }
        }
        if errors.len() == before {
            markers(index, pass, device, &mut errors);
            possible(index, pass, device, &mut errors);
        }
    }
    errors
}

/// A unit waits for as many markers as routes end in it, for one at least, and sends one at least.
fn markers(index: usize, pass: &Pass, device: &Device, errors: &mut Vec<Error>) {
    let nps = pass.nps.iter().map(|np| (Unit::Np(np.np.0), np.producers));
    let sinks = pass.sinks.iter().map(|sink| (Unit::Sink(sink.buffer.0), sink.producers));
    let receivers: BTreeMap<Unit, u32> = nps.chain(sinks).collect();
    let mut ends: BTreeMap<Unit, u32> = receivers.keys().map(|&unit| (unit, 0)).collect();
    let claim = |unit| format!("passes[{index}].units: markers of {}", device.floorplan().name(unit));
    for (from, routes) in senders(pass) {
        if routes.is_empty() {
            errors.push(Error::wrong(claim(from), "it sends its map", "it has no route"));
        }
        for to in routes.iter().map(receiver) {
            match ends.get_mut(&to) {
                Some(count) => *count += 1,
                None => {
                    errors.push(Error::wrong(claim(to), "it gives tokens", "it has no record in the pass"))
                }
            }
        }
    }
    for (unit, waits) in receivers {
        let routes = ends[&unit];
        if waits != routes || routes == 0 {
            errors.push(Error::wrong(
                claim(unit),
                format!("it waits for {waits}"),
                format!("{routes} routes end in it"),
            ));
        }
    }
}
