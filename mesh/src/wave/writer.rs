//! How waves are written.

use std::io;

use super::signal::{Signal, SignalKind, Value};
use spikemesh_noc::Cycle;

/// Writes waves in a format. First all scopes and signals are declared, then come times, ascending, each with the changes of its cycle.
pub trait Writer {
    /// Opens a scope inside the present one.
    ///
    /// # Errors
    /// The file cannot be written; so for all other methods.
    fn open_scope(&mut self, name: &str) -> io::Result<()>;
    /// Closes the present scope.
    fn close_scope(&mut self) -> io::Result<()>;
    /// Declares a signal in the present scope. Signals are numbered in the order of their declarations.
    fn declare(&mut self, name: &str, kind: SignalKind) -> io::Result<Signal>;
    /// Ends the declarations.
    fn end_declarations(&mut self) -> io::Result<()>;
    /// Moves to a cycle.
    fn time(&mut self, cycle: Cycle) -> io::Result<()>;
    /// A signal takes a value in the present cycle. The value is of the signal's kind.
    fn change(&mut self, signal: Signal, value: Value) -> io::Result<()>;
    /// Hands everything to the file.
    fn flush(&mut self) -> io::Result<()>;
}
