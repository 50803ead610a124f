//! Reading the keys of a layer, one by one, with their types.

use std::ops::{Range, RangeInclusive};

use super::error::{Problem, Problems};
use super::suggest;
use super::tree::{Content, Entry, Node, Scalar};
use crate::limits::MAX_SIDE;

/// Integers that keys hold.
pub(super) trait Integer: Into<i64> + TryFrom<i128> + PartialOrd {}
impl<T: Into<i64> + TryFrom<i128> + PartialOrd> Integer for T {}

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

    /// A size that must be there; on a problem some legal one.
    pub fn required(&mut self, key: &'static str, example: &'static str) -> u32 {
        let entry = self.require(key, example);
        entry.and_then(|e| self.integer(key, e, 1..=MAX_SIDE)).unwrap_or(1)
    }

    /// An integer with a default.
    pub fn optional<T: Integer>(&mut self, key: &'static str, range: RangeInclusive<T>, default: T) -> T {
        let entry = self.get(key);
        entry.and_then(|e| self.integer(key, e, range)).unwrap_or(default)
    }

    fn integer<T: Integer>(
        &mut self,
        key: &'static str,
        entry: &Entry,
        range: RangeInclusive<T>,
    ) -> Option<T> {
        let Some(Scalar::Int(int)) = entry.value.scalar() else {
            wrong_type(self.problems, entry, "an integer", format!("write `{key}: 1`, without quotes"));
            return None;
        };
        let value = T::try_from(int).ok().filter(|value| range.contains(value));
        if value.is_none() {
            let (min, max) = range.into_inner();
            let (min, max) = (min.into(), max.into());
            let problem = Problem::Range { key, found: int.to_string(), min, max };
            self.problems.add(problem, &entry.value.span, "out of range");
        }
        value
    }

    /// A number with a default.
    pub fn number(&mut self, key: &'static str, default: f32) -> f32 {
        let Some(entry) = self.get(key) else { return default };
        match entry.value.scalar() {
            Some(Scalar::Int(int)) => int as f32,
            Some(Scalar::Float(float)) => float as f32,
            _ => {
                wrong_type(self.problems, entry, "a number", format!("write `{key}: 1.5`, without quotes"));
                default
            }
        }
    }

    /// A truth value with a default.
    pub fn truth(&mut self, key: &'static str, default: bool) -> bool {
        let Some(entry) = self.get(key) else { return default };
        match entry.value.scalar() {
            Some(Scalar::Bool(value)) => value,
            _ => {
                wrong_type(self.problems, entry, "true or false", format!("write `{key}: {default}`"));
                default
            }
        }
    }

    /// One of a few words, with a default.
    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&'static str, T)], default: T) -> T {
        let Some(entry) = self.get(key) else { return default };
        let names: Vec<&str> = choices.iter().map(|c| c.0).collect();
        let Some(Scalar::Text(text)) = entry.value.scalar() else {
            let help = format!("values: {}", names.join(", "));
            wrong_type(self.problems, entry, "a word", help);
            return default;
        };
        if let Some(choice) = choices.iter().find(|c| c.0 == text) {
            return choice.1;
        }
        let help = suggest::help(text, &names, "values");
        let problem = Problem::UnknownValue { key, found: text.chars().take(40).collect(), help };
        self.problems.add(problem, &entry.value.span, "unknown value");
        default
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
