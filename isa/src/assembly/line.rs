//! A line of the text of a program in its parts, each with its place.

use std::ops::Range;

use spikemesh_words::{SourceLine, shortened};

use super::error::AssemblyError;

/// A part of a line.
#[derive(Clone)]
pub(super) struct Part<'a> {
    pub text: &'a str,
    /// Bytes of the line.
    pub at: Range<usize>,
}

/// A line of the text, not yet copied for an error.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    pub file: &'a str,
    /// From 1.
    pub number: u64,
    /// Its first byte in the file.
    pub start: u64,
    pub text: &'a str,
}

impl Spot<'_> {
    /// For an error, with a mark at its text.
    pub fn source(&self) -> SourceLine {
        let indent = self.text.len() - self.text.trim_start().len();
        SourceLine::new(self.file, self.number, self.start, self.text.as_bytes()).at(indent..self.text.len())
    }

    /// For an error, with a mark at a part of it.
    pub fn source_at(&self, part: &Part<'_>) -> SourceLine {
        self.source().at(part.at.clone())
    }
}

/// A line with a word and fields.
pub(super) struct Line<'a> {
    pub spot: Spot<'a>,
    pub word: Part<'a>,
    /// Key and value; `None` once it has been taken.
    fields: Vec<(Part<'a>, Option<Part<'a>>)>,
    known: Vec<&'static str>,
}

impl<'a> Line<'a> {
    /// A line of the text; `None` if it is empty or a comment.
    pub fn parse(spot: Spot<'a>) -> Result<Option<Line<'a>>, AssemblyError> {
        let mut parts = parts(spot.text).into_iter();
        let Some(word) = parts.next() else { return Ok(None) };
        let mut fields: Vec<(Part<'_>, Option<Part<'_>>)> = Vec::new();
        for part in parts {
            let Some((key, value)) = part.text.split_once('=') else {
                return Err(AssemblyError::Field { line: spot.source_at(&part), part: shortened(part.text) });
            };
            let at = part.at.start..part.at.start + key.len();
            let value = Part { text: value, at: at.end + 1..part.at.end };
            fields.push((Part { text: key, at }, Some(value)));
        }
        Ok(Some(Line { spot, word, fields, known: Vec::new() }))
    }

    /// The line, with a mark at its word.
    pub fn source(&self) -> SourceLine {
        self.at(&self.word)
    }

    /// The line, with a mark at a part of it.
    pub fn at(&self, part: &Part<'_>) -> SourceLine {
        self.spot.source_at(part)
    }

    /// The value of a field, if it is there.
    pub fn take(&mut self, key: &'static str) -> Result<Option<Part<'a>>, AssemblyError> {
        self.known.push(key);
        let mut named = self.fields.iter_mut().filter(|(name, _)| name.text == key);
        let value = named.next().and_then(|(_, value)| value.take());
        match named.next() {
            Some((second, _)) => {
                let line = self.spot.source_at(second);
                Err(AssemblyError::Twice { line, key })
            }
            None => Ok(value),
        }
    }

    /// Errors: a field that nobody has asked for.
    pub fn finish(&self, word: &'static str) -> Result<(), AssemblyError> {
        let Some((key, _)) = self.fields.iter().find(|(_, value)| value.is_some()) else { return Ok(()) };
        let known = match self.known.is_empty() {
            true => "no fields".to_owned(),
            false => self.known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", "),
        };
        Err(AssemblyError::UnknownField { line: self.at(key), word, key: shortened(key.text), known })
    }
}

/// What stands between spaces, up to a comment. Spaces and `#` in quotes are part of a name.
fn parts(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut start) = (Vec::new(), None);
    let (mut quoted, mut escaped, mut end) = (false, false, text.len());
    for (at, c) in text.char_indices() {
        if !quoted && c == '#' {
            end = at;
            break;
        }
        if !quoted && c.is_ascii_whitespace() {
            parts.extend(start.take().map(|start| Part { text: &text[start..at], at: start..at }));
        } else {
            start.get_or_insert(at);
            quoted ^= c == '"' && !escaped;
        }
        escaped = quoted && c == '\\' && !escaped;
    }
    parts.extend(start.map(|start| Part { text: &text[start..end], at: start..end }));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_a_name_together_and_comments_end_a_line() {
        let texts = |line| parts(line).iter().map(|part| part.text.to_owned()).collect::<Vec<_>>();
        assert_eq!(
            texts("  group  id=0 name=\"a #b\\\" c\" # x=1"),
            ["group", "id=0", "name=\"a #b\\\" c\""]
        );
        assert_eq!(texts("sum#x"), ["sum"]);
        assert!(texts(" # nothing").is_empty() && texts("").is_empty());
        assert_eq!(parts("a b=cd")[1].at, 2..6);
    }
}
