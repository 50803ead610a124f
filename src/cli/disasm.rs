//! `spikemesh disasm`: prints a program as text.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::{Map, Value};

use super::console::Console;
use super::error::VerbError;
use super::inputs;
use crate::device::{Device, Unit};
use crate::document::{Document, Schema};
use crate::isa::text::{Images, listing};

pub(super) const EXAMPLE: &str = "Example:\n  spikemesh disasm prog.npx\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A program (.npx)
    pub program: PathBuf,
    /// Show the bytes of memory images, not only their length and checksum
    #[arg(long)]
    pub images: bool,
}

/// A listing, as scripts read it.
#[derive(Serialize)]
struct Listing {
    lines: Vec<Line>,
}

impl Document for Listing {
    const SCHEMA: Schema = Schema::Listing;
}

/// A line of a listing: its depth, its word, and its fields as text.
#[derive(Serialize)]
struct Line {
    depth: usize,
    line: String,
    fields: Map<String, Value>,
}

/// Prints the listing.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let program = inputs::program(&args.program)?;
    let images = if args.images { Images::Whole } else { Images::Digest };
    let listing = listing(&program, images);
    // Another device than those that come with the simulator is not at hand.
    let floorplan = Device::load(&program.device).ok().map(|device| device.floorplan());
    let listing = match floorplan {
        Some(floorplan) => listing.with_np_names(&|np| floorplan.name(Unit::Np(np.0))).to_string(),
        None => listing.to_string(),
    };
    if console.json() {
        console.value(&Listing { lines: listing.lines().map(line).collect() })
    } else {
        console.text(listing.trim_end())
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

/// Splits at the spaces outside of quotes, and removes the quotes around names; escapes inside stay.
fn fields(line: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted, mut escaped) = (Vec::new(), String::new(), false, false);
    for c in line.chars() {
        match c {
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
