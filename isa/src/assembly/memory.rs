//! The memory of a unit while its lines are read.

use super::error::AssemblyError;
use super::line::{Line, Part, Spot};
use super::value::{BYTES, Kind, NUMBER, STEPS, THRESHOLDS, WEIGHTS};
use crate::memory::{Contents, Layout};
use crate::text::ImageDigest;
use spikemesh_words::shortened;

type Result<T> = std::result::Result<T, AssemblyError>;

/// Bytes, or numbers, and what the line of the memory claims of them.
pub(super) struct MemoryDraft<'a> {
    spot: Spot<'a>,
    claims: Claims<'a>,
    bytes: Vec<u8>,
    contents: Contents,
    /// Lines of one kind have been read: `bytes`, or numbers.
    is_bytes: Option<bool>,
}

/// Fields of a line `memory`: they follow from the rest.
#[derive(Default)]
pub(super) struct Claims<'a>(Vec<(&'static str, Spot<'a>, Part<'a>)>);

impl<'a> MemoryDraft<'a> {
    pub fn new(line: &mut Line<'a>) -> Result<MemoryDraft<'a>> {
        let mut claims = Vec::new();
        for key in ["bytes", "weights", "pointwise", "weight_bits", "thresholds", "crc32", "first"] {
            claims.extend(line.take(key)?.map(|part| (key, line.spot, part)));
        }
        let (bytes, contents) = (Vec::new(), Contents::default());
        Ok(MemoryDraft { spot: line.spot, claims: Claims(claims), bytes, contents, is_bytes: None })
    }

    /// A line of contents.
    pub fn add(&mut self, word: &'static str, line: &mut Line<'a>) -> Result<()> {
        let is_bytes = word == "bytes";
        if self.is_bytes.replace(is_bytes).is_some_and(|before| before != is_bytes) {
            return Err(AssemblyError::Order {
                line: line.source(),
                word,
                to: "a memory whose lines are all `bytes`, or all numbers",
            });
        }
        match word {
            "bytes" => self.bytes(line),
            "weights" => append(&mut self.contents.weights, word, line, &WEIGHTS),
            "pointwise" => append(&mut self.contents.pointwise, word, line, &WEIGHTS),
            "thresholds" => append(&mut self.contents.thresholds, word, line, &THRESHOLDS),
            _ => append(&mut self.contents.steps, word, line, &STEPS),
        }
    }

    fn bytes(&mut self, line: &mut Line<'_>) -> Result<()> {
        if let Some(part) = line.take("at")? {
            let at = line.value("at", &part, &NUMBER)?;
            if at as usize != self.bytes.len() {
                let (value, actual) = (at.to_string(), self.bytes.len().to_string());
                return Err(AssemblyError::Disagrees { line: line.at(&part), key: "at", value, actual });
            }
        }
        append(&mut self.bytes, "bytes", line, &BYTES)
    }

    /// The image, with weights packed at `weight_bits`.
    pub fn finish(self, weight_bits: u8) -> Result<(Vec<u8>, Claims<'a>)> {
        if self.is_bytes == Some(true) {
            return Ok((self.bytes, self.claims));
        }
        let (low, high) = if weight_bits == 1 {
            (0, 1)
        } else {
            (-1i16 << (weight_bits - 1), (1i16 << (weight_bits - 1)) - 1)
        };
        let mut weights = self.contents.weights.iter().chain(&self.contents.pointwise);
        if let Some(weight) = weights.find(|weight| !(low..=high).contains(&i16::from(**weight))) {
            return Err(AssemblyError::Value {
                line: self.spot.source(),
                key: "values",
                value: weight.to_string(),
                expected: format!("{low} to {high}, as `weight_bits={weight_bits}` says"),
                example: "1,0,1",
            });
        }
        Ok((self.contents.pack(weight_bits), self.claims))
    }
}

/// Adds the list of values of a line.
fn append<T>(
    values: &mut Vec<T>,
    word: &'static str,
    line: &mut Line<'_>,
    kind: &Kind<Vec<T>>,
) -> Result<()> {
    let key = if word == "bytes" { "data" } else { "values" };
    values.extend(line.required(word, key, kind)?);
    Ok(())
}

impl Claims<'_> {
    /// Errors: a claim that differs from what `image` and `layout` have.
    pub fn check(&self, image: &[u8], layout: &Layout) -> Result<()> {
        let mut digest = ImageDigest::default();
        if !self.0.is_empty() {
            digest.add(image);
        }
        for (key, spot, part) in &self.0 {
            let actual = match *key {
                "bytes" => image.len().to_string(),
                "weights" => layout.weights.to_string(),
                "pointwise" => layout.pointwise.to_string(),
                "weight_bits" => layout.weight_bits.to_string(),
                "thresholds" => layout.thresholds.to_string(),
                "crc32" => digest.crc32(),
                _ => digest.first(),
            };
            if actual != part.text {
                let line = spot.source_at(part);
                return Err(AssemblyError::Disagrees { line, key, value: shortened(part.text), actual });
            }
        }
        Ok(())
    }
}
