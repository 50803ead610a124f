//! Where the values of a device file stand in its text: the reader of RON forgets it.

use std::ops::Range;

/// Levels of lists and structures that are looked into: the reader of RON takes no more.
const MAX_DEPTH: u32 = 128;

/// The path of every value in a RON text, with its place: `timing.np.accumulate[3].clocks`. Of a text that the reader of RON refuses there may be
/// any of them.
///
/// A constant is one value: its path is that of the list of value, basis and source, its place that of the value.
pub fn places(text: &str) -> Vec<(String, Range<usize>)> {
    let mut scanner = Scanner { text, at: 0, depth: 0, places: Vec::new() };
    scanner.value("");
    scanner.places
}

/// The path of the innermost value that an offset lies in, and its text.
pub(crate) fn value_at(text: &str, offset: usize) -> Option<(String, String)> {
    let holds = |place: &Range<usize>| place.contains(&offset) || place.end == offset;
    let all = places(text);
    let (path, place) = all.iter().find(|(_, place)| holds(place))?;
    Some((path.clone(), text[place.clone()].trim().to_owned()))
}

/// The byte at a line and column, both from 1, columns in characters.
pub fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(before..).unwrap_or_default();
    let columns: usize = rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
    (before + columns).min(text.len())
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
    places: Vec<(String, Range<usize>)>,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    /// Spaces and comments.
    fn space(&mut self) {
        loop {
            let rest = self.rest();
            let skipped = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                rest.len() - rest.trim_start().len()
            };
            if skipped == 0 {
                return;
            }
            self.at += skipped;
        }
    }

    /// A name, empty if there is none.
    fn name(&mut self) -> String {
        let rest = self.rest();
        let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = rest[..len].to_owned();
        self.at += len;
        name
    }

    /// A value, up to what follows it. A text that goes too deep ends there.
    fn value(&mut self, path: &str) {
        if self.depth == MAX_DEPTH {
            self.at = self.text.len();
            return;
        }
        self.depth += 1;
        self.shallow_value(path);
        self.depth -= 1;
    }

    fn shallow_value(&mut self, path: &str) {
        self.space();
        let start = self.at;
        match self.peek() {
            Some('[') => self.list(path),
            Some('(') => self.fields(path),
            Some('"') => self.string(),
            _ => {
                let name = self.name();
                self.space();
                if !name.is_empty() && self.peek() == Some('(') {
                    return self.fields(path);
                }
                self.at = start;
                while self.peek().is_some_and(|c| !",)]".contains(c)) {
                    self.skip();
                }
            }
        }
        // Lists and structures have the places of what is in them, and their own.
        let end = start + self.text[start..self.at].trim_end().len();
        self.places.push((path.to_owned(), start..end));
    }

    fn string(&mut self) {
        self.skip();
        while let Some(c) = self.peek() {
            self.skip();
            match c {
                '\\' => self.skip(),
                '"' => return,
                _ => {}
            }
        }
    }

    fn list(&mut self, path: &str) {
        self.skip();
        for index in 0.. {
            self.space();
            match self.peek() {
                // A bracket of another kind ends what is around the list.
                None | Some(')') => return,
                Some(']') => return self.skip(),
                Some(_) => self.value(&format!("{path}[{index}]")),
            }
            self.comma();
        }
    }

    /// A structure with named fields, or a list of three: value, basis and source.
    fn fields(&mut self, path: &str) {
        self.skip();
        for index in 0.. {
            self.space();
            match self.peek() {
                None | Some(']') => return,
                Some(')') => return self.skip(),
                Some(_) => {}
            }
            let start = self.at;
            let name = self.name();
            self.space();
            if !name.is_empty() && self.peek() == Some(':') {
                self.skip();
                let separator = if path.is_empty() { "" } else { "." };
                self.value(&format!("{path}{separator}{name}"));
            } else {
                self.at = start;
                let kept = self.places.len();
                self.value(path);
                if index > 0 {
                    // Basis and source have no path of their own.
                    self.places.truncate(kept);
                }
            }
            self.comma();
        }
    }

    /// The comma behind an item; whatever else stands there is passed over, so that the scanner always ends.
    fn comma(&mut self) {
        self.space();
        if self.peek().is_some_and(|c| !")]".contains(c)) {
            self.skip();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Device;

    #[test]
    fn every_constant_of_every_device_has_its_place() {
        for name in Device::names() {
            let text = Device::text(name).unwrap();
            let places = places(text);
            for line in Device::load(name).unwrap().constant_lines() {
                let Some((_, place)) = places.iter().find(|(path, _)| *path == line.path) else {
                    // What a file leaves out has no place.
                    let field = line.path.rsplit('.').next().unwrap();
                    assert!(!text.contains(&format!("{field}: (")), "{}", line.path);
                    continue;
                };
                let value = text[place.clone()].replace('_', "");
                let number = |text: &str| text.parse::<f64>().ok();
                let same = number(&value).is_some() && number(&value) == number(&line.value);
                assert!(
                    same || line.value.replace('_', "") == value,
                    "{}: {value}, {}",
                    line.path,
                    line.value
                );
            }
        }
    }

    #[test]
    fn comments_strings_and_damage_are_passed_over() {
        let text =
            "Device( // name: \"no\"\n a: \"x: (1, \\\")\", /* b */ b: [(c: (2, documented, \"s\")), (c: (3,";
        let places = places(text);
        let at = |path: &str| places.iter().find(|(p, _)| p == path).map(|(_, place)| &text[place.clone()]);
        assert_eq!(at("b[0].c"), Some("2"));
        assert_eq!(at("a"), Some("\"x: (1, \\\")\""));
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            super::places(&text[..end]);
        }
        for hostile in ["[)", "(]", "[[)", "a: (b: [)]", "(,]", "[,)", "(:", "[a(]"] {
            super::places(hostile);
            super::places(&hostile.repeat(1000));
        }
        for deep in ["(", "[", "a(", "(a:", "[(", "(1,["] {
            super::places(&deep.repeat(200_000));
        }
        assert_eq!(value_at(text, text.find("2, doc").unwrap()).unwrap(), ("b[0].c".into(), "2".into()));
        assert_eq!((offset("ab\ncd", 2, 2), offset("é\né", 1, 2), offset("a", 9, 9)), (4, 2, 1));
    }
}
