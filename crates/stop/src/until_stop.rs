//! A reader that ends once it is asked to.

use std::io::{Error, Read, Result};

use crate::Stop;

/// What is read with an error once the flag is set: who reads it need not look.
#[derive(Debug)]
pub struct UntilStop<R> {
    from: R,
    stop: Stop,
}

/// Most bytes between two looks.
const CHUNK: usize = 1 << 22;

impl<R: Read> UntilStop<R> {
    /// Reads `from` until `stop` is set.
    pub fn new(from: R, stop: &Stop) -> UntilStop<R> {
        UntilStop { from, stop: stop.clone() }
    }
}

impl<R: Read> Read for UntilStop<R> {
    fn read(&mut self, to: &mut [u8]) -> Result<usize> {
        self.stop.check().map_err(|_| Error::other("stopped"))?;
        let most = to.len().min(CHUNK);
        self.from.read(&mut to[..most])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_fails_once_the_flag_is_set() {
        let stop = Stop::new();
        let zeros = vec![0; CHUNK + 2];
        let mut reader = UntilStop::new(zeros.as_slice(), &stop);
        let mut read = vec![1; CHUNK + 1];
        assert_eq!(reader.read(&mut read).unwrap(), CHUNK, "it looks again before the rest");
        stop.set();
        assert!(reader.read(&mut read).is_err());
    }
}
