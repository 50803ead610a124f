//! The source that is shown with an error: lines near its labels, cut around them.
//!
//! Lines of an input may have any length, and what draws them counts columns in 16 bits. Sources of short lines are shown as they are.

use std::ops::Range;

use miette::{
    Diagnostic, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents,
};

/// Longest line that is shown whole, in bytes.
const LONGEST: usize = 500;

/// Bytes that are shown on each side of the beginning and the end of a label in a longer line.
const AROUND: usize = 60;

/// Most lines of one label.
const MOST_LINES: usize = 40;

/// Lines before and after a label.
const CONTEXT: usize = 2;

/// What stands for what is left out.
const LEFT_OUT: &str = "...";

/// A source whose lines are cut, and labels moved with them.
#[derive(Debug)]
pub(super) struct Snippet {
    name: Option<String>,
    text: String,
    /// Labels in `text`.
    labels: Vec<LabeledSpan>,
    /// Columns of the labels in the whole source, from 0, by their offset in `text`.
    columns: Vec<(usize, usize)>,
    /// The line of the file that the text begins with, from 0.
    first_line: usize,
}

impl Snippet {
    /// The snippet of a problem, if its source cannot be shown as it is.
    pub(super) fn of(problem: &dyn Diagnostic) -> Option<Snippet> {
        let labels: Vec<LabeledSpan> = problem.labels().into_iter().flatten().collect();
        let source = problem.source_code().filter(|_| !labels.is_empty())?;
        // All lines from the first on that the source holds: labels count from the beginning of the file.
        let whole = source.read_span(&SourceSpan::from((0, 0)), 0, usize::MAX).ok()?;
        let start = whole.span().offset();
        let labels: Vec<LabeledSpan> = labels
            .iter()
            .map(|label| relabelled(label, label.offset().saturating_sub(start), label.len()))
            .collect();
        let text = String::from_utf8_lossy(whole.data());
        let lines = Lines::of(&text);
        let near: Vec<Range<usize>> = labels.iter().map(|label| lines.near(label)).collect();
        let is_near = |line: usize| near.iter().any(|near| near.contains(&line));
        let is_long = |line: &Range<usize>| line.len() > LONGEST;
        let needed = lines.0.iter().enumerate().any(|(index, line)| is_near(index) && is_long(line))
            || labels.iter().any(|label| lines.of_label(label).len() > MOST_LINES);
        needed.then(|| Snippet {
            name: whole.name().map(str::to_owned),
            first_line: whole.line(),
            ..Snippet::cut(&text, &lines, &labels, is_near)
        })
    }

    fn cut(text: &str, lines: &Lines, labels: &[LabeledSpan], is_near: impl Fn(usize) -> bool) -> Snippet {
        // A label of many lines ends in its first one.
        let spans: Vec<Range<usize>> = labels
            .iter()
            .map(|label| {
                let start = label.offset().min(text.len());
                let covered = lines.of_label(label);
                let end = if covered.len() > MOST_LINES {
                    lines.0[covered.start].end
                } else {
                    (start + label.len()).min(text.len())
                };
                start..end.max(start)
            })
            .collect();
        let mut shown = String::new();
        // Each piece of the text that is kept, with where it begins in `shown`.
        let mut kept: Vec<(Range<usize>, usize)> = Vec::new();
        for (index, line) in lines.0.iter().enumerate() {
            // Lines that are far away stay as empty ones, so that numbers of lines are right.
            let pieces = match (is_near(index), line.len() > LONGEST) {
                (false, _) => Vec::new(),
                (true, false) => vec![line.clone()],
                (true, true) => pieces(text, line, &spans),
            };
            for piece in &pieces {
                if piece.start > line.start {
                    shown += LEFT_OUT;
                }
                kept.push((piece.clone(), shown.len()));
                shown += &text[piece.clone()];
            }
            if pieces.last().is_some_and(|last| last.end < line.end) {
                shown += LEFT_OUT;
            }
            shown.push('\n');
        }
        let moved = |offset: usize| {
            let holds = kept.iter().find(|(piece, _)| piece.start <= offset && offset <= piece.end);
            let before = || kept.iter().rev().find(|(piece, _)| piece.end < offset);
            match holds.or_else(before) {
                Some((piece, at)) => at + (offset - piece.start).min(piece.len()),
                None => 0,
            }
        };
        let mut columns = Vec::new();
        let moved = labels
            .iter()
            .zip(&spans)
            .map(|(label, span)| {
                let (start, end) = (moved(span.start), moved(span.end));
                columns.push((start, span.start - lines.0[lines.at(span.start)].start));
                relabelled(label, start, end.max(start) - start)
            })
            .collect();
        Snippet { name: None, text: shown, labels: moved, columns, first_line: 0 }
    }

    /// The labels in the snippet.
    pub(super) fn labels(&self) -> impl Iterator<Item = LabeledSpan> + '_ {
        self.labels.iter().cloned()
    }
}

impl SourceCode for Snippet {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let read = self.text.read_span(span, before, after)?;
        let of_label = self.columns.iter().find(|(offset, _)| *offset == read.span().offset());
        let column = of_label.map_or(read.column(), |(_, column)| *column);
        let (data, span, count) = (read.data(), *read.span(), read.line_count());
        let line = self.first_line + read.line();
        Ok(Box::new(match &self.name {
            Some(name) => MietteSpanContents::new_named(name.clone(), data, span, line, column, count),
            None => MietteSpanContents::new(data, span, line, column, count),
        }))
    }
}

/// A label at another place.
fn relabelled(label: &LabeledSpan, offset: usize, length: usize) -> LabeledSpan {
    let text = label.label().map(str::to_owned);
    match label.primary() {
        true => LabeledSpan::new_primary_with_span(text, (offset, length)),
        false => LabeledSpan::new_with_span(text, (offset, length)),
    }
}

/// The lines of a text, without their ends.
struct Lines(Vec<Range<usize>>);

impl Lines {
    fn of(text: &str) -> Lines {
        let mut lines = Vec::new();
        let mut start = 0;
        for line in text.split('\n') {
            lines.push(start..start + line.len());
            start += line.len() + 1;
        }
        Lines(lines)
    }

    /// The line that an offset lies in.
    fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|line| line.start <= offset).saturating_sub(1)
    }

    /// The lines of a label.
    fn of_label(&self, label: &LabeledSpan) -> Range<usize> {
        let last = label.offset().saturating_add(label.len().saturating_sub(1));
        self.at(label.offset())..self.at(last) + 1
    }

    /// The lines of a label, of too many the first, with those around.
    fn near(&self, label: &LabeledSpan) -> Range<usize> {
        let Range { start, end } = self.of_label(label);
        let end = if end - start > MOST_LINES { start + 1 } else { end };
        start.saturating_sub(CONTEXT)..(end + CONTEXT).min(self.0.len())
    }
}

/// The pieces of a long line that are shown: around the beginning and the end of every label, or its beginning if it has none.
fn pieces(text: &str, line: &Range<usize>, labels: &[Range<usize>]) -> Vec<Range<usize>> {
    let ends = labels.iter().flat_map(|label| [label.start, label.end]);
    let mut places: Vec<usize> = ends.filter(|place| (line.start..=line.end).contains(place)).collect();
    places.sort_unstable();
    if places.is_empty() {
        places.push(line.start);
    }
    let mut pieces: Vec<Range<usize>> = Vec::new();
    for place in places {
        let start = text.floor_char_boundary(place.saturating_sub(AROUND).max(line.start));
        let end = text.ceil_char_boundary((place + AROUND).min(line.end));
        match pieces.last_mut() {
            Some(last) if start <= last.end + LEFT_OUT.len() => last.end = last.end.max(end),
            _ => pieces.push(start..end),
        }
    }
    pieces
}
