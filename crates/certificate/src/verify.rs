//! A certificate, a program and a device in; everything that is false out.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use spikemesh_device::{Device, Unit};
use spikemesh_isa::{Pass, Program};

use crate::claims::PassClaims;
use crate::compare::compare;
use crate::derive::derive;
use crate::error::Error;
use crate::order::{channel_order, unit_order};

/// What a certificate says that it is.
pub const SCHEMA: &str = "spikemesh.certificate/1";

/// Most bytes of a certificate that is read.
pub const MAX_BYTES: u64 = 1 << 30;

/// False claims that are told; the others are counted.
const TOLD: usize = 20;

/// What a certificate is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The program.
    pub program: &'a Program,
    /// The SHA-256 of its file.
    pub program_sha256: &'a str,
    /// The SHA-256 of the model's file. Without it that claim is not checked.
    pub model_sha256: Option<&'a str>,
    /// The device.
    pub device: &'a Device,
}

/// What was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Passes.
    pub passes: usize,
    /// Units, of all passes.
    pub units: usize,
    /// Routes, of all passes.
    pub routes: usize,
    /// Links that flits pass, of all passes.
    pub links: usize,
    /// The model's digest was compared.
    pub model: bool,
}

/// Whether a text is a certificate of some version.
pub fn is_certificate(text: &[u8]) -> bool {
    let value: Option<Value> = serde_json::from_slice(text).ok();
    let schema = value.as_ref().and_then(|value| value["schema"].as_str());
    schema.is_some_and(|schema| schema.starts_with("spikemesh.certificate/"))
}

/// The digest of a certificate: the SHA-256 of its JSON in one line, without the field `sha256`.
pub fn seal(certificate: &Map<String, Value>) -> String {
    let mut rest = certificate.clone();
    rest.shift_remove("sha256");
    Sha256::digest(Value::Object(rest).to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Derives every claim of a certificate again.
///
/// # Errors
/// Every claim that is false, the first twenty with what is derived.
pub fn verify(text: &[u8], inputs: &Inputs<'_>) -> Result<Verified, Vec<Error>> {
    let not = |reason: String| vec![Error::NotACertificate { reason }];
    let value: Value = serde_json::from_slice(text).map_err(|error| not(error.to_string()))?;
    let Value::Object(mut stated) = value else { return Err(not("it is no JSON object".to_owned())) };
    let schema = stated.shift_remove("schema").unwrap_or_default();
    if schema.as_str() != Some(SCHEMA) {
        let found =
            schema.as_str().map_or_else(|| "no text".to_owned(), |text| text.chars().take(40).collect());
        return Err(not(format!("its schema is {found}, and this version reads {SCHEMA}")));
    }
    let mut errors = Vec::new();
    check_seal(&mut stated, &schema, &mut errors);
    held(inputs, &mut errors);
    if !errors.is_empty() {
        return Err(told(errors));
    }
    let Inputs { program, device, .. } = *inputs;
    witnesses(&mut stated, program, device, &mut errors);
    let model = model_digest(&mut stated, inputs);
    let claims = derive(program, device, inputs.program_sha256, model.as_deref());
    let sum = |count: fn(&PassClaims) -> usize| claims.passes.iter().map(count).sum();
    let verified = Verified {
        passes: claims.passes.len(),
        units: sum(|pass| pass.units.len()),
        routes: sum(|pass| pass.routes.len()),
        links: sum(|pass| pass.links.len()),
        model: inputs.model_sha256.is_some(),
    };
    let over = claims.passes.iter().enumerate().flat_map(|(index, pass)| over_full(index, pass));
    errors.extend(over);
    let derived = serde_json::to_value(&claims).map_err(|error| not(error.to_string()))?;
    compare("", &Value::Object(stated), &derived, &mut errors);
    if errors.is_empty() { Ok(verified) } else { Err(told(errors)) }
}

fn told(mut errors: Vec<Error>) -> Vec<Error> {
    if errors.len() > TOLD {
        let count = errors.len() - TOLD;
        errors.truncate(TOLD);
        errors.push(Error::More { count });
    }
    errors
}

/// The certificate is as it was written.
fn check_seal(stated: &mut Map<String, Value>, schema: &Value, errors: &mut Vec<Error>) {
    let digest = stated.shift_remove("sha256").unwrap_or_default();
    let mut all = Map::from_iter([("schema".to_owned(), schema.clone())]);
    all.extend(stated.clone());
    let found = seal(&all);
    if digest.as_str() != Some(&found) {
        errors.push(Error::wrong("sha256", digest, found));
    }
}

/// The program was made for the device, and each of its NPs is there, computes, and waits for as many markers as routes end in it.
fn held(inputs: &Inputs<'_>, errors: &mut Vec<Error>) {
    let Inputs { program, device, .. } = *inputs;
    if program.device != device.name {
        errors.push(Error::wrong("device.name", &program.device, &device.name));
    }
    let floorplan = device.floorplan();
    for (index, pass) in program.passes.iter().enumerate() {
        let targets =
            crate::derive::senders(pass).flat_map(|(_, routes)| routes.iter().map(crate::derive::receiver));
        let named = pass.nps.iter().map(|np| Unit::Np(np.np.0));
        for unit in targets.chain(named) {
            match unit {
                Unit::Np(np) if u32::from(np) >= device.nps() => {
                    let claim = format!("passes[{index}].units");
                    errors.push(Error::wrong(
                        claim,
                        format!("NP {np}"),
                        format!("the device has {}", device.nps()),
                    ));
                }
                Unit::Np(np) if device.is_disabled(np) => {
                    let claim = format!("passes[{index}].units");
                    errors.push(Error::wrong(claim, floorplan.name(unit), "disabled"));
                }
                _ => {}
            }
        }
        markers(index, pass, device, errors);
    }
}

/// A unit waits for as many markers as routes end in it, for one at least, and sends one at least.
fn markers(index: usize, pass: &Pass, device: &Device, errors: &mut Vec<Error>) {
    let nps = pass.nps.iter().map(|np| (Unit::Np(np.np.0), np.producers));
    let sinks = pass.sinks.iter().map(|sink| (Unit::Sink(sink.buffer.0), sink.producers));
    let receivers: std::collections::BTreeMap<Unit, u32> = nps.chain(sinks).collect();
    let mut ends: std::collections::BTreeMap<Unit, u32> = receivers.keys().map(|&unit| (unit, 0)).collect();
    let claim = |unit| format!("passes[{index}].units: markers of {}", device.floorplan().name(unit));
    for (from, routes) in crate::derive::senders(pass) {
        if routes.is_empty() {
            errors.push(Error::wrong(claim(from), "it sends its map", "it has no route"));
        }
        for to in routes.iter().map(crate::derive::receiver) {
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

/// Takes the witnesses out of the passes, and checks them.
fn witnesses(stated: &mut Map<String, Value>, program: &Program, device: &Device, errors: &mut Vec<Error>) {
    let Some(Value::Array(passes)) = stated.get_mut("passes") else { return };
    for (index, (claims, pass)) in passes.iter_mut().zip(&program.passes).enumerate() {
        let Some(claims) = claims.as_object_mut() else { continue };
        let mut take =
            |name: &str| (claims.shift_remove(name).unwrap_or_default(), format!("passes[{index}].{name}"));
        let (order, claim) = take("channel_order");
        channel_order(pass, device, &order, &claim, errors);
        let (order, claim) = take("unit_order");
        unit_order(pass, &device.floorplan(), &order, &claim, errors);
    }
}

/// The model's digest to compare with: that of the file, or what is stated, where no file is at hand.
fn model_digest(stated: &mut Map<String, Value>, inputs: &Inputs<'_>) -> Option<String> {
    let own = stated.get("model").and_then(|model| model["sha256"].as_str()).map(str::to_owned);
    inputs.model_sha256.map(str::to_owned).or(own)
}

/// NPs that hold more than they can.
fn over_full(index: usize, pass: &PassClaims) -> Vec<Error> {
    let of = |unit: &crate::claims::UnitClaims| {
        let memory = unit.memory.filter(|memory| memory.total > memory.limit)?;
        let claim = format!("passes[{index}].units: memory of {}", unit.unit);
        Some(Error::wrong(claim, format!("at most {}", memory.limit), memory.total))
    };
    pass.units.iter().filter_map(of).collect()
}
