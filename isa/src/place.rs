//! Where in a program something is, as messages name it.

use crate::id::NpId;
use std::fmt;

/// A unit of a pass, as messages name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// The input unit.
    Hrc,
    /// A source record, by its position.
    Source(usize),
    /// A neural processor.
    Np(NpId),
    /// A sink record, by its position.
    Sink(usize),
}

/// Where in a program something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The program as a whole.
    Program,
    /// An output map, by its index.
    OutputMap(usize),
    /// A buffer, by its index.
    Buffer(usize),
    /// An output, by its index.
    Output(usize),
    /// A pass, by its index.
    Pass(usize),
    /// A unit of a pass.
    Unit(usize, Unit),
    /// A route of a unit of a pass, by its position.
    Route(usize, Unit, usize),
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unit::Hrc => write!(f, "HRC"),
            Unit::Source(i) => write!(f, "source {i}"),
            Unit::Np(np) => write!(f, "NP {}", np.0),
            Unit::Sink(i) => write!(f, "sink {i}"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Program => write!(f, "program"),
            Place::OutputMap(i) => write!(f, "output map {i}"),
            Place::Buffer(i) => write!(f, "buffer {i}"),
            Place::Output(i) => write!(f, "output {i}"),
            Place::Pass(i) => write!(f, "pass {i}"),
            Place::Unit(pass, unit) => write!(f, "pass {pass}, {unit}"),
            Place::Route(pass, unit, route) => write!(f, "pass {pass}, {unit}, route {route}"),
        }
    }
}
