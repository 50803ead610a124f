//! Checks the certificate that `spikemesh map --certificate` writes beside a program: every claim is derived again from the program and the device.
//!
//! Nothing here is shared with the compiler that made the claims, nor with the network that is simulated: this crate knows the program format and device
//! files, walks routes by itself, and counts bytes and flits by itself. docs/formats/certificate.md says what each claim means.
//!
//! | file | content |
//! |---|---|
//! | `verify` | [`verify()`]: a certificate, a program and a device in, everything that is false out |
//! | `claims`, `derive` | the claims as this crate writes them; all of them, from program and device |
//! | `place` | links and channels, and the way of a packet |
//! | `footprint`, `words` | bytes of an NP; flits of a route if every position fires |
//! | `order` | claims that are witnesses: orders in which nothing waits for what comes later |
//! | `compare` | the first difference of each claim |
//!
//! Two kinds of claims are checked in two ways. What is a value (a digest, a number of bytes, a way) is derived and must be equal, field by field: a
//! field that nothing derives is false. What is a witness (an order of channels, an order of units) need not be the one that this crate would find; it
//! must do what a witness is for.

mod claims;
mod compare;
mod derive;
mod error;
mod footprint;
mod order;
mod place;
mod verify;
mod words;

pub use error::Error;
pub use verify::{Inputs, MAX_BYTES, SCHEMA, Verified, is_certificate, seal, verify};
