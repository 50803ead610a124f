//! docs/errors.md lists every error code of the sources, and no other.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/errors.md";

fn rust_files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            if !path.ends_with("tests") {
                rust_files(&path, out);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// `area::name` at the start of a text, both in lower case.
fn code_at(text: &str) -> Option<&str> {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let (area, rest) = text.split_once("::")?;
    let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
    let fine = !area.is_empty() && area.chars().all(is_word) && end > 0;
    fine.then(|| &text[..area.len() + 2 + end])
}

/// Codes in `#[diagnostic(code(area::name), ..)]`, and those that a `fn code` gives as text, with where they are. Rules of
/// compatibility build theirs from an id, and have a page of their own.
fn codes_in_sources() -> BTreeMap<String, String> {
    let mut files = Vec::new();
    ["isa/src", "mesh", "crates", "src"].iter().for_each(|folder| rust_files(Path::new(folder), &mut files));
    let mut codes = BTreeMap::new();
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        let attributes = text.match_indices("code(").map(|(at, found)| &text[at + found.len()..]);
        let literals = text
            .split("fn code(&self) -> &'static str {")
            .skip(1)
            .filter_map(|body| body.split("\n    }").next())
            .flat_map(|body| body.split('"').skip(1).step_by(2));
        for code in attributes.chain(literals).filter_map(|rest| code_at(rest.trim_start())) {
            codes.entry(code.to_owned()).or_insert_with(|| path.display().to_string());
        }
    }
    codes
}

#[test]
fn the_page_lists_the_codes_of_the_sources() {
    let page = fs::read_to_string(PAGE).unwrap();
    let mut sources = codes_in_sources();
    assert!(sources.len() > 150, "only {} codes were found", sources.len());

    let mut wrong = Vec::new();
    let mut before: Option<&str> = None;
    for row in page.lines().filter_map(|line| line.strip_prefix("| `")) {
        let (code, rest) = row.split_once("` |").expect("a row begins with a code");
        if sources.remove(code).is_none() {
            wrong.push(format!("gone from the sources, or listed twice: {code}"));
        }
        let cells: Vec<&str> = rest.trim_end_matches('|').split(" | ").map(str::trim).collect();
        if cells.len() != 2 || cells.iter().any(|cell| cell.is_empty()) {
            wrong.push(format!("{code} needs a cause and what to do"));
        }
        let area = |code: &str| code.split("::").next().unwrap_or_default().to_owned();
        if before.is_some_and(|before| area(before) == area(code) && before >= code) {
            wrong.push(format!("{code} is not in its alphabetical place"));
        }
        before = Some(code);
    }
    wrong.extend(sources.iter().map(|(code, file)| format!("missing: {code} of {file}")));
    assert!(wrong.is_empty(), "{PAGE} is not what the sources have:\n{}", wrong.join("\n"));
}

#[test]
fn codes_are_read() {
    assert_eq!(code_at("model::unknown_key), help"), Some("model::unknown_key"));
    assert_eq!(code_at("Some(x)"), None);
    assert_eq!(code_at("&self) -> Option<Box<dyn fmt::Display>>"), None);
}
