//! Signals and their values.

use std::sync::Arc;

/// A declared signal: its index in the order of declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signal(pub u32);

impl Signal {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The value of a signal whose value is not known: where nothing was recorded. No signal takes it otherwise.
pub const UNKNOWN: u64 = u64::MAX;

/// What values a signal takes. All are numbers here; names stand for numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignalKind {
    /// 0 or 1.
    Bit,
    /// Numbers of this number of bits.
    Number(u32),
    /// One of some names.
    Name(Arc<NameTable>),
}

impl SignalKind {
    /// Bits of a value.
    pub fn bits(&self) -> u32 {
        match self {
            SignalKind::Bit => 1,
            SignalKind::Number(bits) => *bits,
            SignalKind::Name(table) => table.bits(),
        }
    }
}

/// The names that a signal takes. A value is a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameTable {
    /// What is named: `state`, `phase`, `layer`, `owner`.
    pub what: &'static str,
    /// The names.
    pub names: Vec<String>,
}

impl NameTable {
    /// Bits of a position.
    pub fn bits(&self) -> u32 {
        (self.names.len().max(2) - 1).ilog2() + 1
    }

    /// The name of a value.
    pub fn name(&self, value: u64) -> &str {
        usize::try_from(value).ok().and_then(|at| self.names.get(at)).map_or("x", String::as_str)
    }
}

/// A signal has another value from some cycle on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub signal: Signal,
    /// Its value, or [`UNKNOWN`].
    pub value: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_the_bits_of_its_last_position() {
        for (names, bits) in [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (12, 4), (16, 4), (17, 5)] {
            let table = NameTable { what: "state", names: vec![String::new(); names] };
            assert_eq!(table.bits(), bits, "{names}");
        }
    }
}
