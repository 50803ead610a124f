//! YAML as a tree of values with their places: the plain part of the language, within limits.

use std::collections::BTreeMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::error::{Problem, Problems};
use crate::limits::MAX_LAYERS;

/// Deepest nesting: a template needs 4.
pub const MAX_DEPTH: usize = 16;
/// Most values: 64 for each of the layers that a model may have.
const MAX_NODES: usize = 64 * MAX_LAYERS;

/// A value with its place.
#[derive(Debug)]
pub struct Node {
    /// The value.
    pub content: Content,
    /// Bytes of a scalar; the beginning of a list or a mapping.
    pub span: Range<usize>,
}

/// A value.
#[derive(Debug)]
pub enum Content {
    /// A scalar as written, quotes and escapes resolved.
    Scalar {
        /// The text.
        text: String,
        /// Without quotes, so that it may be a number, a truth value or nothing.
        plain: bool,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping, in the order of the file, keys unique.
    Mapping(Vec<Entry>),
}

/// A key of a mapping with its value.
#[derive(Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Its place.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Node,
}

/// A scalar by the core schema of YAML 1.2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Int(i128),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// Anything else.
    Text(&'a str),
}

impl Node {
    /// The scalar; `None` for lists and mappings.
    pub fn scalar(&self) -> Option<Scalar<'_>> {
        match &self.content {
            Content::Scalar { text, plain: true } => Some(resolve(text)),
            Content::Scalar { text, plain: false } => Some(Scalar::Text(text)),
            Content::Sequence(_) | Content::Mapping(_) => None,
        }
    }

    /// What the value is, for messages.
    pub fn describe(&self) -> String {
        match self.scalar() {
            None if matches!(self.content, Content::Sequence(_)) => "a list".to_string(),
            None => "a mapping".to_string(),
            Some(Scalar::Null) => "empty".to_string(),
            Some(Scalar::Bool(b)) => b.to_string(),
            Some(Scalar::Int(i)) => i.to_string(),
            Some(Scalar::Float(f)) => f.to_string(),
            Some(Scalar::Text(text)) => format!("the text {}", quoted(text)),
        }
    }
}

/// Text for a message: short, and without line breaks.
pub fn quoted(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    let dots = if short.len() < text.len() { "..." } else { "" };
    format!("\"{}{dots}\"", short.escape_debug())
}

fn resolve(text: &str) -> Scalar<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if [".inf", ".Inf", ".INF"].contains(&unsigned) {
        return Scalar::Float(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    let based = |prefix, radix| {
        let digits = text.strip_prefix(prefix)?;
        let digits = digits.bytes().all(|b| b.is_ascii_alphanumeric()).then_some(digits)?;
        i128::from_str_radix(digits, radix).ok()
    };
    if let Some(int) = based("0x", 16).or_else(|| based("0o", 8)) {
        return Scalar::Int(int);
    }
    let digits = unsigned.bytes().filter(u8::is_ascii_digit).count();
    if digits > 0 && digits == unsigned.len() {
        // Beyond i128 it is out of every range anyway: the sign is what is left to say.
        let huge = if text.starts_with('-') { i128::MIN } else { i128::MAX };
        return Scalar::Int(text.parse().unwrap_or(huge));
    }
    let numeric = unsigned.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    match text.parse() {
        Ok(float) if digits > 0 && numeric => Scalar::Float(float),
        _ => Scalar::Text(text),
    }
}

/// Reads one document. Problems go to `problems`; `None` if nothing useful is left.
pub(super) fn read(text: &str, problems: &mut Problems) -> Option<Node> {
    if let Some((offset, c)) =
        text.char_indices().find(|(_, c)| c.is_control() && !"\t\n\r\u{85}".contains(*c))
    {
        let reason = format!("control character U+{:04X}", u32::from(c));
        problems.add(Problem::NotText { offset, reason }, &(offset..offset + c.len_utf8()), "here");
        return None;
    }
    let offsets = Offsets::of(text);
    let mut builder = Builder { root: None, stack: Vec::new(), nodes: 0, plain: true, problems };
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok((event, span)) => (event, offsets.range(&span)),
            Err(error) => {
                let at = offsets.byte(error.marker().index());
                let reason = error.info().to_string();
                builder.problems.add(Problem::Syntax { reason }, &at_least_one(at, text), "here");
                return None;
            }
        };
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents > 1 {
                builder.feature("several documents in one file are", &span, "the second one");
                return None;
            }
        }
        if let Err((unit, limit)) = builder.event(event, &span) {
            builder.problems.add(Problem::TooLarge { unit, limit }, &span, "reached here");
            return None;
        }
    }
    // What other features would have meant is unknown, and so is what else is wrong.
    builder.root.filter(|_| builder.plain)
}

/// The character at `at`, or the place behind the last one.
fn at_least_one(at: usize, text: &str) -> Range<usize> {
    at..at + text[at..].chars().next().map_or(0, char::len_utf8)
}

/// Byte offsets of characters: the parser counts characters.
struct Offsets {
    /// Of each character and the end; empty for ASCII.
    bytes: Vec<usize>,
    len: usize,
}

impl Offsets {
    fn of(text: &str) -> Offsets {
        let bytes = match text.is_ascii() {
            true => Vec::new(),
            false => text.char_indices().map(|(offset, _)| offset).collect(),
        };
        Offsets { bytes, len: text.len() }
    }

    fn byte(&self, character: usize) -> usize {
        if self.bytes.is_empty() {
            return character.min(self.len);
        }
        self.bytes.get(character).copied().unwrap_or(self.len)
    }

    fn range(&self, span: &Span) -> Range<usize> {
        let start = self.byte(span.start.index());
        start..self.byte(span.end.index()).max(start)
    }
}

/// A list or mapping that is still open.
enum Open {
    Sequence(Range<usize>, Vec<Node>),
    Mapping(Range<usize>, Vec<Entry>, Option<(String, Range<usize>)>),
}

struct Builder<'a> {
    root: Option<Node>,
    stack: Vec<Open>,
    nodes: usize,
    /// Only the plain language has been met.
    plain: bool,
    problems: &'a mut Problems,
}

impl Builder<'_> {
    /// Takes an event; `Err` is the limit that it crosses.
    fn event(&mut self, event: Event, span: &Range<usize>) -> Result<(), (&'static str, usize)> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.plain_language(anchor, tag.is_some(), span);
                let content = Content::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain };
                self.put(Node { content, span: span.clone() })?;
            }
            Event::SequenceStart(anchor, tag) => {
                self.plain_language(anchor, tag.is_some(), span);
                self.open(Open::Sequence(span.clone(), Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                self.plain_language(anchor, tag.is_some(), span);
                self.open(Open::Mapping(span.clone(), Vec::new(), None))?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.stack.pop() {
                    Some(Open::Sequence(span, items)) => Node { content: Content::Sequence(items), span },
                    Some(Open::Mapping(span, entries, _)) => {
                        self.unique(&entries);
                        Node { content: Content::Mapping(entries), span }
                    }
                    None => return Ok(()),
                };
                self.put(node)?;
            }
            Event::Alias(_) => {
                self.feature("aliases are", span, "an alias");
                let content = Content::Scalar { text: String::new(), plain: true };
                self.put(Node { content, span: span.clone() })?;
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn plain_language(&mut self, anchor: usize, tagged: bool, span: &Range<usize>) {
        if anchor > 0 {
            self.feature("anchors are", span, "has an anchor");
        }
        if tagged {
            self.feature("tags are", span, "has a tag");
        }
    }

    fn feature(&mut self, feature: &'static str, span: &Range<usize>, label: &str) {
        self.plain = false;
        self.problems.add(Problem::Feature { feature }, span, label);
    }

    fn open(&mut self, open: Open) -> Result<(), (&'static str, usize)> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(("levels of nesting", MAX_DEPTH));
        }
        self.stack.push(open);
        Ok(())
    }

    /// Puts a finished node into what is open.
    fn put(&mut self, node: Node) -> Result<(), (&'static str, usize)> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(("values", MAX_NODES));
        }
        let key = match self.stack.last_mut() {
            None => {
                self.root = Some(node);
                return Ok(());
            }
            Some(Open::Sequence(_, items)) => {
                items.push(node);
                return Ok(());
            }
            Some(Open::Mapping(_, entries, key)) => match key.take() {
                Some((key, key_span)) => {
                    entries.push(Entry { key, key_span, value: node });
                    return Ok(());
                }
                None => self.key(node),
            },
        };
        if let Some(Open::Mapping(_, _, pending)) = self.stack.last_mut() {
            *pending = Some(key);
        }
        Ok(())
    }

    fn unique(&mut self, entries: &[Entry]) {
        let mut seen = BTreeMap::new();
        for Entry { key, key_span, .. } in entries {
            if let Some(first) = seen.insert(key, key_span) {
                let problem = Problem::DuplicateKey { key: key.clone() };
                self.problems.add_with(problem, key_span, "again here", first, "first here");
            }
        }
    }

    /// A key as text with its place.
    fn key(&mut self, node: Node) -> (String, Range<usize>) {
        match node.content {
            Content::Scalar { text, plain } => {
                if plain && text == "<<" {
                    self.feature("merge keys are", &node.span, "a merge key");
                }
                (text, node.span)
            }
            Content::Sequence(_) | Content::Mapping(_) => {
                self.feature("keys that are lists or mappings are", &node.span, "this key");
                (String::new(), node.span)
            }
        }
    }
}
