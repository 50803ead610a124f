//! Lines of a bounded length, below the CSV reader.

use std::io::{Error, ErrorKind, Read, Result};

/// Passes text on, and fails at a line that is too long. The last line gets an end if it has none.
///
/// The `csv` crate has no limit on the length of a record, so that one without an end would take memory without end. And the place that it
/// gives for a record is before the empty lines that it skips. With every line ended here, a record without quotes ends with its line, so
/// the reader's place behind a record is on the line after it.
pub(crate) struct BoundedLines<R> {
    input: R,
    /// Bytes that a line must stay below, without its end of one or two bytes.
    limit: usize,
    /// Bytes of the current line that were passed on, and the last of them.
    length: usize,
    last: u8,
    /// Bytes of earlier lines that were passed on.
    before: u64,
    /// The beginning of the current line; of one that is too long, what was read of it.
    line: Vec<u8>,
    is_too_long: bool,
}

impl<R: Read> BoundedLines<R> {
    pub fn new(input: R, limit: usize) -> BoundedLines<R> {
        BoundedLines { input, limit, length: 0, last: 0, before: 0, line: Vec::new(), is_too_long: false }
    }

    /// True if reading failed because of the length of a line; all lines before it were passed on.
    pub fn is_too_long(&self) -> bool {
        self.is_too_long
    }

    /// Where the line begins that is too long, and what was read of it.
    pub fn too_long(&self) -> (u64, &[u8]) {
        (self.before, &self.line)
    }

    /// Keeps the beginning of the line that goes on at `start` of some bytes.
    fn keep(&mut self, bytes: &[u8], start: usize, end: usize) {
        if start > 0 {
            self.before += (self.line.len() + start) as u64;
            self.line.clear();
        }
        self.line.extend_from_slice(&bytes[start..end]);
    }

    /// How many of the next bytes can be passed on: all, or the lines before one that is too long.
    ///
    /// Looks for the last line end within reach, not for every one: all lines before it are short as well.
    fn accept(&mut self, bytes: &[u8]) -> usize {
        let mut start = 0;
        loop {
            // One byte more than a line may have: the end of one that is just short enough and ends as on Windows.
            let reach = self.limit + 1 - self.length;
            let window = &bytes[start..bytes.len().min(start + reach)];
            let Some(end) = window.iter().rposition(|&byte| byte == b'\n') else {
                self.keep(bytes, start, start + window.len());
                if window.len() == reach {
                    self.is_too_long = true;
                    return start;
                }
                self.length += window.len();
                return bytes.len();
            };
            let before = if start + end > 0 { bytes[start + end - 1] } else { self.last };
            if self.length + end == self.limit && before != b'\r' {
                // The only end in reach is that of this line.
                if let Some(earlier) = window[..end].iter().rposition(|&byte| byte == b'\n') {
                    (start, self.length) = (start + earlier + 1, 0);
                    continue;
                }
                self.keep(bytes, start, start + end);
                self.is_too_long = true;
                return start;
            }
            (start, self.length) = (start + end + 1, 0);
        }
    }
}

impl<R: Read> Read for BoundedLines<R> {
    fn read(&mut self, to: &mut [u8]) -> Result<usize> {
        let too_long = || Err(Error::other("a line is too long"));
        if self.is_too_long {
            return too_long();
        }
        let mut count = loop {
            match self.input.read(to) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        if count == 0 && self.length > 0 && !to.is_empty() {
            to[0] = b'\n';
            count = 1;
        }
        let accepted = self.accept(&to[..count]);
        self.last = to[..accepted].last().copied().unwrap_or(self.last);
        if accepted == 0 && self.is_too_long { too_long() } else { Ok(accepted) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is passed on in reads of `size` bytes, and where a line that is too long begins and how.
    fn read_all(text: &str, limit: usize, size: usize) -> (String, Option<(u64, String)>) {
        let mut lines = BoundedLines::new(text.as_bytes(), limit);
        let (mut bytes, mut buffer) = (Vec::new(), vec![0; size]);
        while let Ok(count) = lines.read(&mut buffer) {
            bytes.extend(&buffer[..count]);
            if count == 0 {
                break;
            }
        }
        let (start, line) = lines.too_long();
        let long = lines.is_too_long().then(|| (start, String::from_utf8(line.to_vec()).unwrap()));
        (String::from_utf8(bytes).unwrap(), long)
    }

    /// What is passed on, and whether it ends with a line that is too long.
    fn read(text: &str, limit: usize, size: usize) -> (String, bool) {
        let (passed, long) = read_all(text, limit, size);
        (passed, long.is_some())
    }

    #[test]
    fn the_line_that_is_too_long_is_kept_from_its_beginning() {
        for size in 1..20 {
            for before in ["", "a\n", "abc\r\n\nab\n"] {
                for long in ["abcd", "abcd\n", "abcdefgh\nabc"] {
                    let (_, found) = read_all(&format!("{before}{long}"), 4, size);
                    let (start, line) = found.unwrap();
                    assert_eq!(start, before.len() as u64, "{size}: {before:?} {long:?}");
                    assert!(line.starts_with("abcd") && long.starts_with(&line), "{size}: {line:?}");
                }
            }
        }
    }

    #[test]
    fn lines_below_the_limit_are_passed_on_and_the_last_one_is_ended() {
        for size in 1..20 {
            for text in ["", "\n", "abc\n", "abc\r\n\r\n\nabc\r\nab\n", "a\nb\nc\nd\n"] {
                assert_eq!(read(text, 4, size), (text.to_owned(), false), "{size}");
            }
            assert_eq!(read("abc\nx", 4, size), ("abc\nx\n".to_owned(), false), "{size}");
        }
    }

    #[test]
    fn a_line_at_the_limit_ends_the_text() {
        for size in 1..20 {
            for long in ["abcd", "abcd\n", "abcd\r\n", "abcde", "abcdefghijklmn\nx\n"] {
                let (passed, is_too_long) = read(&format!("a\nabc\r\n{long}"), 4, size);
                // Of a line that is read in pieces the beginning may have been passed on.
                assert!(
                    is_too_long && passed.starts_with("a\nabc\r\n") && passed.len() <= 7 + 5,
                    "{size}: {passed:?}"
                );
            }
        }
    }
}
