//! A line of a text file with the place in it that an error is about.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// A line of a text file, or a record of several, with the place in it that an error is about: what is shown with an error of a file of rows.
///
/// It holds no more of the file than itself, so that an error costs what its line costs, however large the file is. Labels count bytes of
/// the file. Written out it is `file:line`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLine {
    line: Arc<Line>,
    /// In its text.
    place: Range<usize>,
}

#[derive(Debug, PartialEq, Eq)]
struct Line {
    file: String,
    number: u64,
    start: usize,
    text: String,
}

impl SourceLine {
    /// A line of a file: its number, from 1, the byte at which it starts, and its bytes without their end. Bytes that are no text and
    /// characters that move the cursor are shown as question marks.
    pub fn new(file: &str, number: u64, start: u64, bytes: &[u8]) -> SourceLine {
        let text = readable(bytes);
        let place = 0..text.len();
        let (file, start) = (file.to_owned(), usize::try_from(start).unwrap_or(0));
        SourceLine { line: Arc::new(Line { file, number, start, text }), place }
    }

    /// The same line with another place in it: bytes of the line.
    #[must_use]
    pub fn at(&self, place: Range<usize>) -> SourceLine {
        let end = place.end.min(self.line.text.len());
        SourceLine { line: Arc::clone(&self.line), place: place.start.min(end)..end }
    }

    /// Its text. Each byte is that of the file, or stands for one that cannot be shown.
    pub fn bytes(&self) -> &[u8] {
        self.line.text.as_bytes()
    }

    /// Its number in the file, from 1.
    pub fn number(&self) -> u64 {
        self.line.number
    }
}

/// Text of as many bytes, each of which can be shown.
fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c.is_control() && !matches!(c, '\t' | '\n') {
                true => text.extend(std::iter::repeat_n('?', c.len_utf8())),
                false => text.push(c),
            }
        }
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}

impl fmt::Display for SourceLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line.file, self.line.number)
    }
}

impl From<SourceLine> for SourceSpan {
    fn from(line: SourceLine) -> SourceSpan {
        (line.line.start + line.place.start, line.place.len()).into()
    }
}

impl SourceCode for SourceLine {
    /// A span of the file: what of it is in this line. The span of nothing at the beginning of a file, read to its end, is the line.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let Line { file, number, start, text } = &*self.line;
        let offset = span.offset().saturating_sub(*start);
        let read = text.read_span(&(offset, span.len()).into(), before, after)?;
        let place = (read.span().offset() + start, read.span().len()).into();
        let line =
            usize::try_from(*number).unwrap_or(usize::MAX).saturating_sub(1).saturating_add(read.line());
        let (file, data) = (file.clone(), read.data());
        Ok(Box::new(MietteSpanContents::new_named(file, data, place, line, read.column(), read.line_count())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_count_bytes_of_the_file_and_lines_those_before() {
        let line = SourceLine::new("t.csv", 7, 100, b"1,two,3").at(2..5);
        assert_eq!(line.to_string(), "t.csv:7");
        let span = SourceSpan::from(line.clone());
        assert_eq!((span.offset(), span.len()), (102, 3));
        let read = line.read_span(&span, 0, 0).unwrap();
        assert_eq!((read.line(), read.column(), read.name()), (6, 2, Some("t.csv")));
        let whole = line.read_span(&(0, 0).into(), 0, usize::MAX).unwrap();
        assert_eq!((whole.data(), whole.line(), whole.span().offset()), (&b"1,two,3"[..], 6, 100));
    }

    #[test]
    fn what_cannot_be_shown_keeps_its_place() {
        let line = SourceLine::new("t", 1, 0, b"\x1b[2J\xff\xc3\xa9\t\x00");
        assert_eq!(line.line.text, "?[2J?\u{e9}\t?");
        assert_eq!(line.bytes().len(), 9);
    }

    #[test]
    fn a_place_beyond_the_line_is_its_end() {
        let span = SourceSpan::from(SourceLine::new("t", 1, 10, b"abc").at(2..99));
        assert_eq!((span.offset(), span.len()), (12, 1));
        let span = SourceSpan::from(SourceLine::new("t", 1, 10, b"abc").at(50..99));
        assert_eq!((span.offset(), span.len()), (13, 0));
    }
}
