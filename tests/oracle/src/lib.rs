//! What models compute and learn, written for the tests a second time: plain loop nests that share nothing with the engine.

pub mod learning;
pub mod random;
pub mod reference;
