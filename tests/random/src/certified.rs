//! Certificates of programs: whether they hold, and whether a false one is caught.

use std::collections::BTreeMap;

use serde_json::Value;
use spikemesh::Certificate;
use spikemesh::certificate::{Inputs, Verified, Verifier, seal};
use spikemesh::compiler::Compilation;
use spikemesh::device::Device;
use spikemesh::device::network::Topology;
use spikemesh::isa::{Program, encode};
use spikemesh::mesh::Outcome;
use spikemesh::run::sha256;

/// A digest of a model, of which these programs have no file.
const MODEL: &str = "0123";

/// A program with its certificate.
pub struct Certified {
    program: Program,
    sha256: String,
    certificate: Value,
}

impl Certified {
    /// Certifies a compilation.
    ///
    /// # Errors
    /// The program has no file.
    pub fn new(compiled: &Compilation, device: &Device) -> Result<Certified, String> {
        let file = encode(&compiled.program).map_err(|errors| format!("{errors:?}"))?;
        let sha256 = sha256(&file);
        let text = Certificate::new(compiled, device, &sha256, MODEL).text();
        let certificate = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        Ok(Certified { program: compiled.program.clone(), sha256, certificate })
    }

    /// Every claim is true.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check(&self, device: &Device) -> Result<Verified, String> {
        let verified = self.verifier(device).verify(self.certificate.to_string().as_bytes());
        verified.map_err(|errors| errors[0].to_string())
    }

    fn verifier<'a>(&'a self, device: &'a Device) -> Verifier<'a> {
        Verifier::new(&Inputs {
            program: &self.program,
            program_sha256: &self.sha256,
            model_sha256: Some(MODEL),
            device,
        })
    }

    /// No frame of a run loads a link more than is claimed.
    ///
    /// # Errors
    /// The link that does.
    pub fn bounds(&self, outcome: &Outcome, device: &Device) -> Result<(), String> {
        let topology = Topology::new(&device.network_config());
        let frames = outcome.finished as u64;
        for (pass, found) in outcome.passes.iter().enumerate() {
            let claims = self.certificate["passes"][pass]["links"].as_array().into_iter().flatten();
            let claimed: BTreeMap<&str, u64> = claims
                .filter_map(|claim| Some((claim["link"].as_str()?, claim["flits"].as_u64()?)))
                .collect();
            for (link, counters) in topology.links().iter().zip(&found.links) {
                let most = frames * claimed.get(link.name.as_str()).copied().unwrap_or(0);
                if counters.flits > most {
                    let (name, flits) = (&link.name, counters.flits);
                    return Err(format!(
                        "pass {pass}: {flits} flits pass {name} in {frames} frames, claimed are {most}"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Makes claims false, one after the other, with the digest made right again: each value another one, each field gone, each list of witnesses
    /// turned round, a field more in each object. Of claims of one kind (those whose paths differ in places of lists only) at most so many, spread over
    /// all of them. Returns how many lies were caught.
    ///
    /// # Errors
    /// The first that was not.
    pub fn falsified(&self, device: &Device, most: usize) -> Result<usize, String> {
        let mut places = Vec::new();
        collect(&self.certificate, String::new(), &mut places);
        let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for place in places {
            kinds.entry(kind(&place)).or_default().push(place);
        }
        let verifier = self.verifier(device);
        let mut certificate = self.certificate.clone();
        let true_digest = certificate["sha256"].clone();
        let mut caught = 0;
        for places in kinds.into_values() {
            let step = places.len().div_ceil(most.max(1)).max(1);
            for place in places.iter().step_by(step) {
                for lie in lies(self.certificate.pointer(place).unwrap_or(&Value::Null)) {
                    let (parent, _) = place.rsplit_once('/').expect("a pointer begins with a slash");
                    let truth = certificate.pointer(parent).cloned().expect("it holds the place");
                    put(&mut certificate, place, &lie);
                    let fields = certificate.as_object_mut().expect("a certificate is an object");
                    if place != "/sha256" {
                        fields.insert("sha256".to_owned(), seal(fields).into());
                    }
                    match verifier.verify_object(fields) {
                        Ok(_) => return Err(format!("{place} as {lie:?} is not caught")),
                        Err(errors) if errors.is_empty() => return Err(format!("{place}: no error")),
                        Err(_) => caught += 1,
                    }
                    *certificate.pointer_mut(parent).expect("its place stayed") = truth;
                    certificate["sha256"].clone_from(&true_digest);
                }
            }
        }
        Ok(caught)
    }
}

/// A path without places of lists.
fn kind(place: &str) -> String {
    let name = |part: &str| if part.parse::<usize>().is_ok() { "-".to_owned() } else { part.to_owned() };
    place.split('/').map(name).collect::<Vec<_>>().join("/")
}

/// A value that is no longer true.
#[derive(Clone, Debug)]
enum Lie {
    Value(Value),
    Gone,
}

fn lies(value: &Value) -> Vec<Lie> {
    match value {
        Value::Object(fields) => {
            let mut more = fields.clone();
            more.insert("unheard_of".to_owned(), Value::from(1));
            vec![Lie::Gone, Lie::Value(Value::Object(more))]
        }
        Value::Array(items) => {
            let mut all = vec![Lie::Gone];
            let turned: Vec<Value> = items.iter().rev().cloned().collect();
            // A list that reads the same from both ends is not changed.
            if &turned != items {
                all.push(Lie::Value(turned.into()));
            }
            let longer: Vec<Value> = items.iter().chain(items.first()).cloned().collect();
            if longer.len() > items.len() {
                all.push(Lie::Value(longer.into()));
            }
            all
        }
        Value::String(text) => {
            vec![
                Lie::Value(format!("{text}x").into()),
                Lie::Value("".into()),
                Lie::Value(Value::Null),
                Lie::Gone,
            ]
        }
        Value::Number(number) => {
            let number = number.as_u64().unwrap_or(0);
            vec![Lie::Value((number + 1).into()), Lie::Value((number ^ 1 << 20).into()), Lie::Gone]
        }
        // A field without a value is the same as no field.
        Value::Null => vec![Lie::Value("x".into()), Lie::Value(1.into())],
        Value::Bool(value) => vec![Lie::Value((!value).into()), Lie::Gone],
    }
}

/// The places of a value and of everything in it, as JSON pointers.
fn collect(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| collect(value, format!("{place}/{name}"), places));
        }
        Value::Array(items) => {
            let each = items.iter().enumerate();
            each.for_each(|(index, value)| collect(value, format!("{place}/{index}"), places));
        }
        _ => {}
    }
    if !place.is_empty() {
        places.push(place);
    }
}

fn put(certificate: &mut Value, place: &str, lie: &Lie) {
    let (parent, name) = place.rsplit_once('/').expect("a pointer begins with a slash");
    match (certificate.pointer_mut(parent), lie) {
        (Some(Value::Object(fields)), Lie::Gone) => {
            fields.shift_remove(name);
        }
        (Some(Value::Array(items)), Lie::Gone) => {
            items.remove(name.parse().expect("an index"));
        }
        (Some(Value::Object(fields)), Lie::Value(value)) => {
            fields.insert(name.to_owned(), value.clone());
        }
        (Some(Value::Array(items)), Lie::Value(value)) => {
            items[name.parse::<usize>().expect("an index")] = value.clone();
        }
        _ => unreachable!("only objects and lists hold values"),
    }
}
