//! What writes waves in a format.

use std::io;

use super::signal::Change;

/// Takes the changes of signals, time by time.
pub trait WaveSink<F>: Send {
    /// The changes of a time, each of another signal. Times ascend, and no value repeats the one before it. False if the file has no room for them:
    /// then none is written.
    ///
    /// # Errors
    /// The file cannot be written; so for all other methods.
    fn changes(&mut self, time: u64, changes: &[Change]) -> io::Result<bool>;
    /// Bytes of the file, those that wait to be compressed left out.
    fn bytes(&self) -> u64;
    /// Writes the end of the file, with a mark that it is a part and why, and gives the file back, with its length.
    fn finish(self: Box<Self>, partial: Option<&str>) -> io::Result<(F, u64)>;
}
