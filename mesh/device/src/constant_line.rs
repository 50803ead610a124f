//! One line of the canonical device text: `path=value basis`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::constant::Basis;

/// A value of a device with its path, and its basis if it is a constant. As text: `timing.hrc.position=26.5 measured`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConstantLine {
    /// The path, as error messages have it: `timing.np.accumulate[3].clocks`.
    pub path: String,
    /// The value, in one spelling.
    pub value: String,
    /// What it rests on. The keys of list entries have none.
    pub basis: Option<Basis>,
}

impl ConstantLine {
    /// Adds it as text.
    pub(crate) fn append_to(&self, text: &mut String) {
        text.push_str(&self.path);
        text.push('=');
        text.push_str(&self.value);
        if let Some(basis) = self.basis {
            text.push(' ');
            text.push_str(basis.name());
        }
    }
}

impl fmt::Display for ConstantLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.append_to(&mut text);
        f.write_str(&text)
    }
}

impl FromStr for ConstantLine {
    type Err = String;

    fn from_str(text: &str) -> Result<ConstantLine, String> {
        let wrong =
            || format!("`{text}` is not `path=value basis`, such as `timing.hrc.position=26.5 measured`");
        let (path, rest) = text.split_once('=').ok_or_else(wrong)?;
        let (value, basis) = match rest.split_once(' ') {
            None => (rest, None),
            Some((value, basis)) => (value, Some(Basis::named(basis).ok_or_else(wrong)?)),
        };
        let whole = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
        if !whole(path) || !whole(value) {
            return Err(wrong());
        }
        Ok(ConstantLine { path: path.to_owned(), value: value.to_owned(), basis })
    }
}

impl Serialize for ConstantLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ConstantLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ConstantLine, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
