//! `spikemesh disasm`: prints a program as text.

use std::fmt::{self, Display, Write};
use std::path::PathBuf;

use serde::ser::{Error, Serialize, SerializeSeq, Serializer};
use serde_json::{Map, Value};

use super::console::Console;
use super::error::VerbError;
use super::exit::Exit;
use super::inputs;
use crate::device::{Device, Unit};
use crate::document::{Document, Schema};
use crate::isa::NpId;
use crate::isa::text::Images;

pub(super) const EXAMPLE: &str =
    "Example:\n  spikemesh disasm prog.npx\n  spikemesh disasm prog.npx --images > prog.nps\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A program (.npx)
    pub program: PathBuf,
    /// Show the bytes of memory images, not only their length and checksum: what `asm` takes
    #[arg(long)]
    pub images: bool,
}

/// A listing, as scripts read it.
#[derive(serde::Serialize)]
struct Listing<'a> {
    lines: Lines<'a>,
}

impl Document for Listing<'_> {
    const SCHEMA: Schema = Schema::Listing;
}

/// A line of a listing: its depth, its word, and its fields as text.
#[derive(serde::Serialize)]
struct Line {
    depth: usize,
    line: String,
    fields: Map<String, Value>,
}

/// Prints the listing.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let program = inputs::packed_program(&args.program)?;
    let images = if args.images { Images::Whole } else { Images::Digest };
    let listing = program.listing(images).map_err(|error| VerbError::one(Exit::Error, error))?;
    // Another device than those that come with the simulator is not at hand.
    let floorplan = Device::load(&program.records().device).ok().map(|device| device.floorplan());
    let np_name = |np: NpId| floorplan.map_or_else(|| np.0.to_string(), |plan| plan.name(Unit::Np(np.0)));
    let listing = listing.with_np_names(&np_name);
    if console.json() { console.value(&Listing { lines: Lines(&listing) }) } else { console.lines(&listing) }
}

/// Text as a list with a [`Line`] for each of its lines. The text is never in memory as a whole.
struct Lines<'a>(&'a dyn Display);

impl Serialize for Lines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out =
            ElementPerLine { array: serializer.serialize_seq(None)?, rest: String::new(), failed: None };
        let written = write!(out, "{}", self.0);
        match out.failed.take() {
            Some(error) => Err(error),
            None => written.map_err(S::Error::custom).and_then(|()| out.array.end()),
        }
    }
}

struct ElementPerLine<A: SerializeSeq> {
    array: A,
    /// What was written of the next line.
    rest: String,
    failed: Option<A::Error>,
}

impl<A: SerializeSeq> fmt::Write for ElementPerLine<A> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut pieces = text.split('\n');
        self.rest.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            if let Err(error) = self.array.serialize_element(&line(&self.rest)) {
                self.failed = Some(error);
                return Err(fmt::Error);
            }
            self.rest.clear();
            self.rest.push_str(piece);
        }
        Ok(())
    }
}

fn line(line: &str) -> Line {
    let depth = (line.len() - line.trim_start().len()) / 2;
    let mut parts = fields(line.trim_start()).into_iter();
    let word = parts.next().unwrap_or_default();
    let fields: Map<String, Value> = parts
        .filter_map(|part| part.split_once('=').map(|(key, value)| (key.to_owned(), value.into())))
        .collect();
    Line { depth, line: word, fields }
}

/// Splits at the spaces outside of quotes, up to a comment, and removes the quotes around names; escapes inside stay.
fn fields(line: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted, mut escaped) = (Vec::new(), String::new(), false, false);
    for c in line.chars() {
        match c {
            '#' if !quoted => break,
            ' ' if !quoted => parts.push(std::mem::take(&mut part)),
            '"' if !escaped => quoted = !quoted,
            c => part.push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_a_name_together() {
        assert_eq!(
            fields(r#"group id=0 name="a b\" c" map=1x1x1"#),
            ["group", "id=0", r#"name=a b\" c"#, "map=1x1x1"]
        );
    }
}
