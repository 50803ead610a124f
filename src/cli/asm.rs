//! `spikemesh asm`: a program from text.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::console::Console;
use super::error::VerbError;
use super::exit::Exit;
use super::inputs;
use super::interrupt;
use super::outputs::{check_overwrite, device_file};
use crate::device::{Device, Unit};
use crate::document::{Document, Schema};
use crate::files::read_text;
use crate::isa::NpId;
use crate::isa::assembly::{MAX_TEXT, assemble};
use crate::program_file::save_program;
use crate::words::plural;

pub(super) const EXAMPLE: &str = "\
Example:
  spikemesh disasm prog.npx --images > prog.nps
  spikemesh asm prog.nps -o again.npx\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The text of a program (.nps): what `disasm --images` prints, or written by hand
    pub text: PathBuf,
    /// Write the program to this file (.npx); `-` is standard output
    #[arg(short, long)]
    pub output: PathBuf,
    /// The device that names the neural processors, by name or as a file (.ron) [default: the one
    /// that the program names]
    #[arg(short, long)]
    pub device: Option<String>,
    /// Overwrite an existing file
    #[arg(long)]
    pub force: bool,
}

/// A program that was assembled.
#[derive(serde::Serialize)]
struct Assembly<'a> {
    name: &'a str,
    device: &'a str,
    passes: usize,
    np_records: usize,
    output: &'a Path,
}

impl Document for Assembly<'_> {
    const SCHEMA: Schema = Schema::Assembly;
}

/// Assembles.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let output = [args.output.as_path()];
    let read: Vec<&Path> =
        device_file(args.device.as_deref()).into_iter().chain([args.text.as_path()]).collect();
    check_overwrite(&read, &output, args.force)?;
    let console = &console.beside(&output);
    let given = args.device.as_deref().map(|name| inputs::device(name, &[])).transpose()?;
    let given = given.as_ref().map(names);
    let text =
        read_text(&args.text, MAX_TEXT).map_err(|error| VerbError::io("read", &args.text, error.into()))?;
    // Names of the device that the program names, once a line has one.
    let named = RefCell::new(None);
    let np_of = |device: &str, name: &str| match &given {
        Some(names) => names.get(name).copied(),
        None => {
            let mut named = named.borrow_mut();
            let names =
                named.get_or_insert_with(|| Device::load(device).as_ref().map(names).unwrap_or_default());
            names.get(name).copied()
        }
    };
    let program = assemble(&args.text.to_string_lossy(), &text, &np_of)
        .map_err(|errors| VerbError::all(Exit::Error, errors))?;
    interrupt::keep();
    save_program(&program, &args.output).map_err(|errors| VerbError::all(Exit::Error, errors))?;
    let assembly = Assembly {
        name: &program.name,
        device: &program.device,
        passes: program.passes.len(),
        np_records: program.passes.iter().map(|pass| pass.nps.len()).sum(),
        output: &args.output,
    };
    console.data(&assembly, |assembly| {
        let Assembly { name, device, passes, np_records, output } = assembly;
        let (passes, nps) =
            (plural(*passes, "pass", "passes"), plural(*np_records, "NP record", "NP records"));
        format!("{name} on {device}: {passes}, {nps}; wrote {}", output.display())
    })
}

/// The NPs of a device by their names.
fn names(device: &Device) -> HashMap<String, NpId> {
    let plan = device.floorplan();
    let nps = (0..plan.nps()).filter_map(|np| u16::try_from(np).ok());
    nps.map(|np| (plan.name(Unit::Np(np)), NpId(np))).collect()
}
