//! The compiler: numbers of NPs, slices, places, the proof, refusals.

mod counts;
mod deadlock;
mod limits;
mod mapping;
mod misfit;
mod place;
mod refusals;
