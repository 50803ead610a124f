//! The law of assembly: what `disasm --images` prints is the program.

use spikemesh::isa::assembly::assemble;
use spikemesh::isa::text::{Images, listing};
use spikemesh::isa::{Program, write};

/// The listing of a program, assembled, gives the bytes of its file.
///
/// # Errors
/// What differs.
pub(crate) fn check(program: &Program) -> Result<(), String> {
    let text = listing(program, Images::Whole).to_string();
    let assembled = assemble("listing.nps", &text, &|_, _| None);
    let assembled =
        assembled.map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
    if write(&assembled) == write(program) { Ok(()) } else { Err("the bytes differ".to_owned()) }
}
