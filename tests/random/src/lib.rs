//! Random models on random devices, and the laws that every program of the compiler keeps.
//!
//! A [`Case`] is a model with weights, a device, a mode and an input. It is made from [`Choices`], which come from a seed or from bytes: so tests
//! take numbered cases, and a fuzzer steers them. [`check`] compiles a case and holds the program against every [`Law`].
//!
//! ```
//! use spikemesh_random::{Case, Choices, Verdict, check};
//!
//! let case = Case::new(&mut Choices::seeded(7));
//! match check(&case) {
//!     Ok(Verdict::Refused(codes)) => assert!(!codes.is_empty()),
//!     Ok(Verdict::Held(coverage)) => assert!(coverage.layers > 0),
//!     Err(violation) => panic!("{violation}"),
//! }
//! // The same bytes give the same case, and any bytes give one.
//! assert_eq!(Case::new(&mut Choices::bytes(b"abc")).model, Case::new(&mut Choices::bytes(b"abc")).model);
//! ```
//!
//! The distribution is part of the contract: see [`Histogram`].

mod assembly;
pub mod bottleneck;
mod case;
mod certified;
mod choices;
mod coverage;
mod deliveries;
mod device;
mod expected;
mod fault;
mod histogram;
mod law;
mod layers;
mod limit;
mod many;
pub mod maps;
pub mod reasons;
mod templates;

pub use case::Case;
pub use certified::Certified;
pub use choices::Choices;
pub use coverage::Coverage;
pub use fault::Fault;
pub use histogram::Histogram;
pub use law::{Law, Verdict, Violation, check, check_with_fault};
pub use limit::Limit;
pub use many::{Failure, many};
pub use templates::{MODES, templates};
