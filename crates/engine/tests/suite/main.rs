//! The engine: fixed examples, and against the oracle.

mod examples;
mod learner;
mod learning;
mod learning_calls;
mod random;
