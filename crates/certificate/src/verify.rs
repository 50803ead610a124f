//! A certificate, a program and a device in; everything that is false out.

use serde_json::{Map, Value};
use spikemesh_device::Device;
use spikemesh_isa::Program;

use crate::claims::PassClaims;
use crate::compare::{compare, object};
use crate::derive::derive;
use crate::error::Error;
use crate::held::held;
use crate::order::Order;
use crate::path::Path;
use crate::placement::Placement;
use crate::seal::seal;

/// What a certificate says that it is.
pub const SCHEMA: &str = "spikemesh.certificate/2";

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
    /// Trees of several receivers, of all passes.
    pub trees: usize,
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

/// Everything that is derived from a program and a device, to compare certificates with.
pub struct Verifier<'a> {
    inputs: Inputs<'a>,
    derived: Result<Derived, Vec<Error>>,
}

/// What a certificate has to say.
struct Derived {
    /// All claims of one true value but those of passes, and those of each pass.
    claims: Map<String, Value>,
    passes: Vec<PassRules>,
    placement: Placement,
    /// Neural processors that hold more than they can.
    over_full: Vec<Error>,
    counts: Verified,
}

struct PassRules {
    claims: Map<String, Value>,
    channels: Order,
    units: Order,
}

/// Fields of a certificate and of a pass that are checked in ways of their own.
const APART: [&str; 5] = ["schema", "sha256", "model", "placement", "passes"];
const APART_OF_PASSES: [&str; 2] = ["channel_order", "unit_order"];

impl<'a> Verifier<'a> {
    /// Derives every claim.
    pub fn new(inputs: &Inputs<'a>) -> Verifier<'a> {
        let refused = held(inputs.program, inputs.device);
        let derived = if refused.is_empty() { Ok(Derived::new(inputs)) } else { Err(refused) };
        Verifier { inputs: *inputs, derived }
    }

    /// Compares the text of a certificate.
    ///
    /// # Errors
    /// Every claim that is false, the first twenty with what is derived.
    pub fn verify(&self, text: &[u8]) -> Result<Verified, Vec<Error>> {
        match serde_json::from_slice(text) {
            Ok(Value::Object(certificate)) => self.verify_object(&certificate),
            Ok(_) => Err(not("it is no JSON object".to_owned())),
            Err(error) => Err(not(error.to_string())),
        }
    }

    /// Compares a certificate that was read.
    ///
    /// # Errors
    /// As [`Verifier::verify`].
    pub fn verify_object(&self, stated: &Map<String, Value>) -> Result<Verified, Vec<Error>> {
        let schema = stated.get("schema").and_then(Value::as_str);
        if schema != Some(SCHEMA) {
            let found = schema.map_or_else(|| "no text".to_owned(), |text| text.chars().take(40).collect());
            return Err(not(format!("its schema is {found}, and this version reads {SCHEMA}")));
        }
        let mut errors = Vec::new();
        let (digest, found) = (stated.get("sha256").unwrap_or(&Value::Null), seal(stated));
        if digest.as_str() != Some(&found) {
            errors.push(Error::wrong("sha256", digest, found));
        }
        let derived = match &self.derived {
            Err(refused) => {
                errors.extend(refused.iter().cloned());
                return Err(told(errors));
            }
            Ok(_) if !errors.is_empty() => return Err(errors),
            Ok(derived) => derived,
        };
        derived.placement.check(stated.get("placement").unwrap_or(&Value::Null), &mut errors);
        self.model(stated.get("model").unwrap_or(&Value::Null), &mut errors);
        errors.extend(derived.over_full.iter().cloned());
        object(&Path::Root, stated, &derived.claims, &APART, &mut errors);
        derived.passes(stated.get("passes").unwrap_or(&Value::Null), &mut errors);
        match errors.is_empty() {
            true => Ok(Verified { model: self.inputs.model_sha256.is_some(), ..derived.counts }),
            false => Err(told(errors)),
        }
    }

    /// The model's name is the program's, and its digest that of the file, if one is at hand.
    fn model(&self, stated: &Value, errors: &mut Vec<Error>) {
        let sha256 = match (self.inputs.model_sha256, stated["sha256"].as_str()) {
            (Some(of_file), _) => of_file,
            (None, Some(stated)) => stated,
            (None, None) => "a digest",
        };
        let derived = serde_json::json!({ "name": self.inputs.program.name, "sha256": sha256 });
        compare(&Path::Field(&Path::Root, "model"), stated, &derived, errors);
    }
}

impl Derived {
    fn new(inputs: &Inputs<'_>) -> Derived {
        let Inputs { program, device, .. } = *inputs;
        let mut claims = derive(program, device, inputs.program_sha256);
        let sum = |count: fn(&PassClaims) -> usize| claims.passes.iter().map(count).sum();
        let counts = Verified {
            passes: claims.passes.len(),
            units: sum(|pass| pass.units.len()),
            routes: sum(|pass| pass.routes.len()),
            trees: sum(|pass| pass.trees.len()),
            links: sum(|pass| pass.links.len()),
            model: false,
        };
        let over_full =
            claims.passes.iter().enumerate().flat_map(|(index, pass)| over_full(index, pass)).collect();
        let passes = std::mem::take(&mut claims.passes).into_iter().zip(&program.passes);
        let rules = |(claims, pass)| PassRules {
            claims: fields(claims),
            channels: Order::channels(pass, device),
            units: Order::units(pass, &device.floorplan()),
        };
        let passes = passes.map(rules).collect();
        let mut claims = fields(claims);
        claims.shift_remove("passes");
        Derived { claims, passes, placement: Placement::new(program, device), over_full, counts }
    }

    fn passes(&self, stated: &Value, errors: &mut Vec<Error>) {
        let path = Path::Field(&Path::Root, "passes");
        let Some(list) = stated.as_array() else {
            errors.push(Error::wrong(path, stated, "a list"));
            return;
        };
        for (index, rules) in self.passes.iter().enumerate() {
            let path = Path::At(&path, index);
            let Some(stated) = list.get(index).and_then(Value::as_object) else {
                errors.push(Error::wrong(path, "nothing", "a pass"));
                continue;
            };
            for (name, order) in APART_OF_PASSES.iter().zip([&rules.channels, &rules.units]) {
                order.check(stated.get(*name).unwrap_or(&Value::Null), &Path::Field(&path, name), errors);
            }
            object(&path, stated, &rules.claims, &APART_OF_PASSES, errors);
        }
        for index in self.passes.len()..list.len() {
            errors.push(Error::wrong(Path::At(&path, index), "a pass", "no claim"));
        }
    }
}

/// Claims as JSON; texts, numbers and lists of them always serialise.
fn fields(claims: impl serde::Serialize) -> Map<String, Value> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn not(reason: String) -> Vec<Error> {
    vec![Error::NotACertificate { reason }]
}

/// Derives every claim of a certificate again.
///
/// # Errors
/// Every claim that is false, the first twenty with what is derived.
pub fn verify(text: &[u8], inputs: &Inputs<'_>) -> Result<Verified, Vec<Error>> {
    Verifier::new(inputs).verify(text)
}

fn told(mut errors: Vec<Error>) -> Vec<Error> {
    if errors.len() > TOLD {
        let count = errors.len() - TOLD;
        errors.truncate(TOLD);
        errors.push(Error::More { count });
    }
    errors
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
