//! Text of programs: what is assembled says the same when it is listed, and assembled again.

use spikemesh::isa::assembly::assemble;
use spikemesh::isa::text::{Images, listing};
use spikemesh::isa::{self, NpId, Program, verify};

use crate::errors::shown;

fn assembled(text: &str) -> Option<Program> {
    let np_of = |_: &str, name: &str| name.strip_prefix("n1_0.np")?.parse().ok().map(NpId);
    shown(assemble("fuzz.nps", text, &np_of))
}

/// A text.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(program) = assembled(text) else { return };
    assert!(verify(&program).is_empty(), "a program was made that is not right");
    let again = assembled(&listing(&program, Images::Whole).to_string());
    let again = again.expect("a listing can be assembled");
    assert!(isa::write(&again) == isa::write(&program), "a program has changed on its way through text");
}
