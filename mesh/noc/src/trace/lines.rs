//! Lines of a bounded length, below the CSV reader.

use std::io::{BufRead, BufReader, Read, Result};

/// An input that gives one line per read and refuses lines that are too long.
///
/// The `csv` crate has no limit on the length of a record, and counts the lines that it skips only with the record behind them. Here both
/// are exact: a record never takes more than a line of memory, and when the CSV reader has ended one, the line that was read last is the
/// record's own.
pub(super) struct BoundedLines<R> {
    input: BufReader<R>,
    /// Bytes that a line must stay below, without its end.
    limit: usize,
    /// The current line with its end, and how many of its bytes were given out.
    line: Vec<u8>,
    given: usize,
    /// Lines that were read.
    count: u64,
    is_too_long: bool,
}

impl<R: Read> BoundedLines<R> {
    pub fn new(input: R, limit: usize) -> BoundedLines<R> {
        let input = BufReader::with_capacity(1 << 16, input);
        BoundedLines { input, limit, line: Vec::new(), given: 0, count: 0, is_too_long: false }
    }

    /// The number of the line that was read last, from 1.
    pub fn number(&self) -> u64 {
        self.count
    }

    /// True if the last read failed because of the length of its line.
    pub fn is_too_long(&self) -> bool {
        self.is_too_long
    }

    fn next_line(&mut self) -> Result<()> {
        self.line.clear();
        self.given = 0;
        let read = self.input.by_ref().take(self.limit as u64 + 1).read_until(b'\n', &mut self.line)?;
        self.count += u64::from(read > 0);
        let text = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        self.is_too_long = text.len() >= self.limit;
        if self.is_too_long { Err(std::io::Error::other("a line is too long")) } else { Ok(()) }
    }
}

impl<R: Read> Read for BoundedLines<R> {
    fn read(&mut self, to: &mut [u8]) -> Result<usize> {
        if self.given == self.line.len() {
            self.next_line()?;
        }
        let count = to.len().min(self.line.len() - self.given);
        to[..count].copy_from_slice(&self.line[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_gives_one_line_and_stops_at_the_limit() {
        let mut lines = BoundedLines::new(&b"ab\r\n\nabc\nabcd\nx"[..], 4);
        let mut bytes = [0; 16];
        for (number, line) in [(1, &b"ab\r\n"[..]), (2, b"\n"), (3, b"abc\n")] {
            let count = lines.read(&mut bytes).unwrap();
            assert_eq!((&bytes[..count], lines.number()), (line, number));
        }
        assert!(!lines.is_too_long());
        assert!(lines.read(&mut bytes).is_err());
        assert!(lines.is_too_long() && lines.number() == 4);
    }
}
