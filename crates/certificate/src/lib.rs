//! Checks the certificate that `spikemesh map --certificate` writes beside a program: every claim is derived again from the program and the device.
//!
//! Nothing here is shared with the compiler that made the claims, nor with the network that is simulated: this crate knows the program format and device
//! files, walks routes by itself, and counts bytes and flits by itself. docs/formats/certificate.md says what each claim means.
//!
//! | file | content |
//! |---|---|
//! | `verify` | [`verify()`]: a certificate, a program and a device in, everything that is false out; [`Verifier`] derives once for many certificates |
//! | `seal` | the digest of a certificate |
//! | `held` | whether a program fits its device at all |
//! | `claims`, `derive` | the claims as this crate writes them; all of them, from program and device |
//! | `flow` | who sends to whom |
//! | `placement` | the list of slices |
//! | `place`, `tree` | links and channels, and the way of a packet; routes that are joined to trees, and their forks |
//! | `footprint`, `words` | bytes of an NP; flits of a route if every position fires |
//! | `order` | claims that are witnesses: orders in which nothing waits for what comes later |
//! | `compare`, `path` | the first difference of each claim, and its path |
//!
//! Two kinds of claims are checked in two ways. What is a value (a digest, a number of bytes, a way) is derived and must be equal, field by field: a
//! field that nothing derives is false. What is a witness (an order of channels, an order of units) need not be the one that this crate would find; it
//! must do what a witness is for.

mod claims;
mod compare;
mod derive;
mod error;
mod flow;
mod footprint;
mod held;
mod order;
mod path;
mod place;
mod placement;
mod seal;
mod tree;
mod verify;
mod words;

pub use error::Error;
pub use seal::seal;
pub use verify::{Inputs, MAX_BYTES, SCHEMA, Verified, Verifier, is_certificate, verify};
