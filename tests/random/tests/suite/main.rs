//! Tests of the laws, and of the faults that they must find.

mod faults;
mod programs;
mod reasons;
