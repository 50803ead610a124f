//! How waves are written.

use std::io;

use super::signal::{Signal, SignalKind, Value};
use spikemesh_noc::Cycle;

/// Writes waves in a format. First all scopes and signals are declared, then come times, ascending, each with the changes of its cycle.
///
/// A time may come twice, a signal may change more than once in a cycle, and a change may repeat the value that the signal has: what a reader
/// sees is the last one. Text has no greatest length.
pub trait Writer {
    /// What is left when all is written: usually the file.
    type Output;

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
    /// A remark for those who read the file, after the declarations.
    fn remark(&mut self, text: &str) -> io::Result<()>;
    /// Writes the end of the file.
    fn finish(self) -> io::Result<Self::Output>;
}
