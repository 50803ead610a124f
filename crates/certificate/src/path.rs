//! The path of a claim, written out only where it is told.

use std::fmt;

/// A claim by the fields and places that lead to it.
#[derive(Clone, Copy)]
pub(crate) enum Path<'a> {
    /// The certificate.
    Root,
    /// A field of what is there.
    Field(&'a Path<'a>, &'a str),
    /// A place of the list that is there.
    At(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Field(Path::Root, name) => f.write_str(name),
            Path::Field(above, name) => write!(f, "{above}.{name}"),
            Path::At(above, index) => write!(f, "{above}[{index}]"),
        }
    }
}
