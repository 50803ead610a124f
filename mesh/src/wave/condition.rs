//! Conditions over signals: when waves are written.
//!
//! ```text
//! condition  = all { "||" all }
//! all        = term { "&&" term }
//! term       = "!" term | "(" condition ")" | comparison
//! comparison = path [ operator value ]
//! operator   = "==" | "!=" | "<" | "<=" | ">" | ">="
//! path       = names with dots between them; * for any part of a name, ** for any names
//! value      = a number, or a name such as stall_token
//! ```
//!
//! A path stands for every signal that it matches, and a comparison holds if it does for any of them. A path alone asks for a value that is not 0.

mod node;
mod parser;

use node::{Node, Operator};

use super::catalogue::Catalogue;
use super::error::WaveError;
use super::glob::names_signal;
use super::signal::{NameTable, Signal, SignalKind};
use super::values::Values;
use spikemesh_words::nearest;

/// A condition, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    text: String,
    root: Node,
}

impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for Condition {
    type Err = WaveError;

    fn from_str(text: &str) -> Result<Condition, WaveError> {
        parser::parse(text).map(|root| Condition { text: text.to_owned(), root })
    }
}

/// A condition with the signals that it looks at.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Any(Vec<Test>),
    All(Vec<Test>),
    Not(Box<Test>),
    /// For any of the signals, each with its value.
    Compare(Vec<(Signal, u64)>, Operator),
}

impl Condition {
    /// Finds the signals.
    ///
    /// # Errors
    /// A path that matches none, a value that a signal does not have.
    pub(super) fn resolve(&self, catalogue: &Catalogue) -> Result<Test, WaveError> {
        resolve(&self.root, catalogue, &catalogue.names())
    }
}

fn resolve(node: &Node, catalogue: &Catalogue, names: &[(String, Signal)]) -> Result<Test, WaveError> {
    let each = |nodes: &[Node]| -> Result<Vec<Test>, WaveError> {
        nodes.iter().map(|node| resolve(node, catalogue, names)).collect()
    };
    match node {
        Node::Any(nodes) => Ok(Test::Any(each(nodes)?)),
        Node::All(nodes) => Ok(Test::All(each(nodes)?)),
        Node::Not(node) => Ok(Test::Not(Box::new(resolve(node, catalogue, names)?))),
        Node::Compare { path, operator, value } => {
            let mut signals: Vec<Signal> = Vec::new();
            for (_, signal) in names.iter().filter(|(name, _)| names_signal(path, name)) {
                if !signals.contains(signal) {
                    signals.push(*signal);
                }
            }
            if signals.is_empty() {
                return Err(no_signal(path, names.iter().map(|(name, _)| name.as_str())));
            }
            let value_of = |signal: Signal| {
                let number = value_of(catalogue.kind(signal), *operator, value);
                let number = number.map_err(|help| WaveError::NoValue {
                    signal: path.clone(),
                    value: value.clone(),
                    help,
                });
                number.map(|number| (signal, number))
            };
            Ok(Test::Compare(signals.into_iter().map(value_of).collect::<Result<_, _>>()?, *operator))
        }
    }
}

/// A value of a signal as a number, or what to give instead.
fn value_of(kind: &SignalKind, operator: Operator, value: &str) -> Result<u64, String> {
    match kind {
        SignalKind::Bit | SignalKind::Number(_) => {
            value.parse().map_err(|_| "compare it with a number in plain decimal digits".to_owned())
        }
        SignalKind::Name(_) if !matches!(operator, Operator::Equal | Operator::Unequal) => {
            Err("compare names with == or !=".to_owned())
        }
        SignalKind::Name(table) => {
            let NameTable { names, .. } = table.as_ref();
            let position = names.iter().position(|name| name == value);
            position.map(|position| position as u64).ok_or_else(|| {
                let known: Vec<&str> = names.iter().map(String::as_str).collect();
                match nearest(value, &known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it is one of {}", known.join(", ")),
                }
            })
        }
    }
}

/// A pattern that stands for no signal, with the nearest of the names or of their scopes.
pub(super) fn no_signal<'a>(pattern: &str, names: impl Iterator<Item = &'a str>) -> WaveError {
    let plain = pattern.strip_prefix("chip.").unwrap_or(pattern);
    let parts = plain.split('.').count();
    let asks_for_outputs = plain.split('.').any(|part| ["outputs", "credits", "owner"].contains(&part));
    let mut has_outputs = false;
    let mut known: Vec<String> = Vec::new();
    for name in names {
        has_outputs |= name.ends_with(".owner");
        let name = name.strip_prefix("chip.").unwrap_or(name);
        let scope = name.split('.').take(parts).collect::<Vec<_>>().join(".");
        if !known.contains(&scope) {
            known.push(scope);
        }
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let help = match nearest(plain, &known) {
        _ if asks_for_outputs && !has_outputs => {
            "`--wave-routers` adds credits and owners of outputs".to_owned()
        }
        Some(near) => format!("did you mean `{near}`? `--wave-all` adds what the program does not use"),
        None => "names are those of the scopes, such as n0_0.np1, layers.NAME, n1_0.east; \
                 `--wave-all` adds what the program does not use"
            .to_owned(),
    };
    WaveError::NoSignal { pattern: pattern.to_owned(), help }
}

impl Test {
    /// Whether it holds at present.
    pub fn holds(&self, values: &Values) -> bool {
        match self {
            Test::Any(tests) => tests.iter().any(|test| test.holds(values)),
            Test::All(tests) => tests.iter().all(|test| test.holds(values)),
            Test::Not(test) => !test.holds(values),
            Test::Compare(signals, operator) => {
                signals.iter().any(|&(signal, value)| operator.holds(values.get(signal), value))
            }
        }
    }
}
