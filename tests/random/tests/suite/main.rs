//! Tests of the laws, and of the faults that they must find.

mod bottlenecks;
mod certificates;
mod faults;
mod maps;
mod programs;
mod reasons;
