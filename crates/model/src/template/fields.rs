//! Reading the keys of a layer, one by one, with their types.

use std::ops::Range;

use super::error::{Problem, Problems};
use super::suggest;
use super::tree::{Content, Entry, Node, Scalar};
use crate::parameters::{Allowed, Parameter, ParameterValue, Presence};

/// The keys of a mapping. Whatever has been asked for is a known key.
pub(super) struct Fields<'a> {
    entries: &'a [Entry],
    place: String,
    /// Where to point when something is missing.
    head: Range<usize>,
    known: Vec<&'static str>,
    problems: &'a mut Problems,
}

impl<'a> Fields<'a> {
    /// The keys of `entries`, in messages called those of `place`; `head` stands for the whole.
    pub fn new(
        entries: &'a [Entry],
        place: String,
        head: Range<usize>,
        known: &[&'static str],
        problems: &'a mut Problems,
    ) -> Fields<'a> {
        Fields { entries, place, head, known: known.to_vec(), problems }
    }

    fn get(&mut self, key: &'static str) -> Option<&'a Entry> {
        self.known.push(key);
        self.entries.iter().find(|e| e.key == key)
    }

    /// The value of a key that must be there, or a problem.
    fn require(&mut self, key: &'static str, example: &'static str) -> Option<&'a Entry> {
        let entry = self.get(key);
        if entry.is_none() {
            let place = self.place.clone();
            self.problems.add(Problem::MissingKey { key, place, example }, &self.head, "this layer");
        }
        entry
    }

    /// The value of a parameter; `None` if there is none, or a problem with it.
    pub fn value(&mut self, parameter: &Parameter) -> Option<ParameterValue> {
        let entry = match parameter.presence {
            Presence::Required(example) => self.require(parameter.name, example)?,
            Presence::Default(_) => self.get(parameter.name)?,
        };
        match parameter.allowed {
            Allowed::Integers(..) | Allowed::OneOf(_) | Allowed::Int32 | Allowed::Window => {
                self.integer(parameter, entry)
            }
            Allowed::Positive => self.number(parameter.name, entry),
            Allowed::Truth => self.truth(parameter, entry),
            Allowed::Words(words) => self.word(parameter.name, words, entry),
        }
    }

    /// An integer that is not far outside of its range: what lies between its ends and is still not allowed, the model refuses.
    fn integer(&mut self, parameter: &Parameter, entry: &Entry) -> Option<ParameterValue> {
        let key = parameter.name;
        let Some(Scalar::Int(int)) = entry.value.scalar() else {
            wrong_type(self.problems, entry, "an integer", format!("write `{key}: 1`, without quotes"));
            return None;
        };
        if !parameter.allowed.encloses(int) {
            let problem =
                Problem::Range { key, found: int.to_string(), allowed: parameter.allowed.to_string() };
            self.problems.add(problem, &entry.value.span, "out of range");
            return None;
        }
        i64::try_from(int).ok().map(ParameterValue::Integer)
    }

    fn number(&mut self, key: &str, entry: &Entry) -> Option<ParameterValue> {
        match entry.value.scalar() {
            Some(Scalar::Int(int)) => Some(ParameterValue::Number(int as f32)),
            Some(Scalar::Float(float)) => Some(ParameterValue::Number(float as f32)),
            _ => {
                wrong_type(self.problems, entry, "a number", format!("write `{key}: 1.5`, without quotes"));
                None
            }
        }
    }

    fn truth(&mut self, parameter: &Parameter, entry: &Entry) -> Option<ParameterValue> {
        if let Some(Scalar::Bool(value)) = entry.value.scalar() {
            return Some(ParameterValue::Truth(value));
        }
        let example = match parameter.presence {
            Presence::Default(default) => default.to_string(),
            Presence::Required(example) => example.to_string(),
        };
        wrong_type(self.problems, entry, "true or false", format!("write `{}: {example}`", parameter.name));
        None
    }

    fn word(&mut self, key: &'static str, words: &[&'static str], entry: &Entry) -> Option<ParameterValue> {
        let Some(Scalar::Text(text)) = entry.value.scalar() else {
            wrong_type(self.problems, entry, "a word", format!("values: {}", words.join(", ")));
            return None;
        };
        if let Some(word) = words.iter().find(|word| **word == text) {
            return Some(ParameterValue::Word(word));
        }
        let help = suggest::help(text, words, "values");
        let problem = Problem::UnknownValue { key, found: text.chars().take(40).collect(), help };
        self.problems.add(problem, &entry.value.span, "unknown value");
        None
    }

    /// Reports every key that has not been asked for.
    pub fn finish(self) {
        for entry in self.entries.iter().filter(|e| !self.known.contains(&e.key.as_str())) {
            let help = suggest::help(&entry.key, &self.known, "known keys");
            let key = entry.key.chars().take(40).collect();
            let problem = Problem::UnknownKey { key, place: self.place.clone(), help };
            self.problems.add(problem, &entry.key_span, "unknown key");
        }
    }
}

/// Reports a value of the wrong kind, at the value or, if there is none, at its key.
pub(super) fn wrong_type(problems: &mut Problems, entry: &Entry, expected: &'static str, help: String) {
    let span = if entry.value.span.is_empty() { &entry.key_span } else { &entry.value.span };
    let problem =
        Problem::WrongType { key: entry.key.clone(), found: entry.value.describe(), expected, help };
    problems.add(problem, span, "wrong type");
}

/// Text of a scalar, whatever it would mean unquoted; `None` for lists and mappings.
pub(super) fn text(node: &Node) -> Option<&str> {
    match &node.content {
        Content::Scalar { plain: true, .. } if node.scalar() == Some(Scalar::Null) => Some(""),
        Content::Scalar { text, .. } => Some(text),
        _ => None,
    }
}
