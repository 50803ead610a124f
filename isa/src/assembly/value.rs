//! Values of fields: numbers, rows, maps, names, bytes.

use std::str::FromStr;

use spikemesh_words::shortened;

use super::error::AssemblyError;
use super::line::{Line, Part};
use crate::record::Activation;
use crate::shape::{MapShape, Rows};

/// A kind of value: how its text is read, what it must be, and an example.
pub(super) struct Kind<T> {
    pub read: fn(&str) -> Option<T>,
    pub expected: &'static str,
    pub example: &'static str,
}

pub(super) const NUMBER: Kind<u32> =
    Kind { read: digits, expected: "a whole number from 0 to 4294967295", example: "3" };
pub(super) const INDEX: Kind<u16> =
    Kind { read: digits, expected: "a whole number from 0 to 65535", example: "3" };
pub(super) const BYTE: Kind<u8> =
    Kind { read: digits, expected: "a whole number from 0 to 255", example: "4" };
pub(super) const WEIGHT_BITS: Kind<u8> = Kind {
    read: |text| digits(text).filter(|bits| (1..=8).contains(bits)),
    expected: "a whole number from 1 to 8",
    example: "4",
};
pub(super) const OPTIONAL_INDEX: Kind<Option<u16>> = Kind {
    read: |text| if text == "none" { Some(None) } else { digits(text).map(Some) },
    expected: "a whole number from 0 to 65535, or `none`",
    example: "0",
};
pub(super) const FLAG: Kind<bool> =
    Kind { read: |text| text.parse().ok(), expected: "`true` or `false`", example: "true" };
pub(super) const NAME: Kind<String> =
    Kind { read: unquoted, expected: "a name in double quotes, escaped as in Rust", example: "\"conv\"" };
pub(super) const MAP: Kind<MapShape> =
    Kind { read: map, expected: "width x height x channels", example: "28x28x16" };
pub(super) const ROWS: Kind<Rows> =
    Kind { read: rows, expected: "the first row and the one after the last", example: "0..14" };
pub(super) const OUT: Kind<Activation> = Kind {
    read: |text| match text {
        "potentials" => Some(Activation::Potentials),
        bits => digits(bits).map(|bits| Activation::Levels { bits }),
    },
    expected: "the bits of a level, or `potentials`",
    example: "4",
};
pub(super) const AXIS: Kind<usize> = Kind {
    read: |text| ["x", "y"].iter().position(|name| *name == text),
    expected: "`x` or `y`",
    example: "x",
};
pub(super) const BYTES: Kind<Vec<u8>> =
    Kind { read: bytes, expected: "bytes of two hexadecimal digits each", example: "00ff10" };
pub(super) const WEIGHTS: Kind<Vec<i8>> =
    Kind { read: numbers, expected: "whole numbers from -128 to 127, parted by commas", example: "1,-1,7" };
pub(super) const THRESHOLDS: Kind<Vec<i32>> =
    Kind { read: numbers, expected: "whole numbers of 32 bits, parted by commas", example: "20,-3" };
pub(super) const STEPS: Kind<Vec<f32>> =
    Kind { read: numbers, expected: "numbers, parted by commas", example: "4,0.5" };

/// Plain decimal digits.
fn digits<T: FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn numbers<T: FromStr>(text: &str) -> Option<Vec<T>> {
    text.split(',').map(|number| number.parse().ok()).collect()
}

fn map(text: &str) -> Option<MapShape> {
    let mut sides = text.split('x').map(digits);
    let map = MapShape { width: sides.next()??, height: sides.next()??, channels: sides.next()?? };
    sides.next().is_none().then_some(map)
}

fn rows(text: &str) -> Option<Rows> {
    let (first, end) = text.split_once("..")?;
    Some(Rows { first: digits(first)?, end: digits(end)? })
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    pairs.iter().map(|&[high, low]| Some((digit(high)? << 4 | digit(low)?) as u8)).collect()
}

/// The name that [`str::escape_default`] has made this text of, with quotes around it.
fn unquoted(text: &str) -> Option<String> {
    let mut rest = text.strip_prefix('"')?.strip_suffix('"')?.chars();
    let mut name = String::new();
    while let Some(c) = rest.next() {
        name.push(match c {
            '"' => return None,
            '\\' => match rest.next()? {
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                'u' => {
                    let (hex, after) = rest.as_str().strip_prefix('{')?.split_once('}')?;
                    rest = after.chars();
                    char::from_u32(u32::from_str_radix(hex, 16).ok()?)?
                }
                c @ ('\\' | '"' | '\'') => c,
                _ => return None,
            },
            c => c,
        });
    }
    Some(name)
}

impl<'a> Line<'a> {
    /// A field that may be left out.
    pub fn optional<T>(&mut self, key: &'static str, kind: &Kind<T>) -> Result<Option<T>, AssemblyError> {
        match self.take(key)? {
            Some(part) => self.value(key, &part, kind).map(Some),
            None => Ok(None),
        }
    }

    /// A field that follows from nothing.
    pub fn required<T>(
        &mut self,
        word: &'static str,
        key: &'static str,
        kind: &Kind<T>,
    ) -> Result<T, AssemblyError> {
        match self.take(key)? {
            Some(part) => self.value(key, &part, kind),
            None => {
                let example = format!("{key}={}", kind.example);
                Err(AssemblyError::Missing { line: self.source(), word, key, example })
            }
        }
    }

    /// The value of a part.
    pub fn value<T>(&self, key: &'static str, part: &Part<'_>, kind: &Kind<T>) -> Result<T, AssemblyError> {
        (kind.read)(part.text).ok_or_else(|| AssemblyError::Value {
            line: self.at(part),
            key,
            value: shortened(part.text),
            expected: kind.expected.to_owned(),
            example: kind.example,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_as_they_were_escaped() {
        for name in ["conv", "a \"b\" \\ c", "\u{e9}\u{1f980}\t\n\r'", ""] {
            assert_eq!(unquoted(&format!("\"{}\"", name.escape_default())).as_deref(), Some(name));
        }
        for text in ["conv", "\"", "\"a", "\"a\"b\"", "\"\\x\"", "\"\\u{d800}\"", "\"\\\""] {
            assert_eq!(unquoted(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_plain_digits() {
        assert_eq!(
            (digits::<u8>("255"), digits::<u8>("256"), digits::<u8>("+1"), digits::<u8>("")),
            (Some(255), None, None, None)
        );
        assert_eq!(map("1x2x3").unwrap().to_string(), "1x2x3");
        assert!(map("1x2").is_none() && map("1x2x3x4").is_none());
        assert_eq!((bytes("00fF"), bytes("0"), bytes("g0")), (Some(vec![0, 255]), None, None));
        assert_eq!((numbers::<i8>("1,-128"), numbers::<i8>("1,,2")), (Some(vec![1, -128]), None));
    }
}
