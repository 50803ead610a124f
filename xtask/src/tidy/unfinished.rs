//! Nothing is left open in code, and no test is left out.

use super::file::File;

/// Words that are put together here, so that this file does not break its own rule.
const WORDS: &[[&str; 2]] = &[
    ["todo", "!("],
    ["unimplemented", "!("],
    ["FIX", "ME"],
    ["XX", "X"],
    ["HA", "CK"],
    ["#[ign", "ore"],
    ["pytest.mark.", "skip"],
    ["pytest.", "skip("],
];

pub(super) fn check(file: &File) -> Vec<String> {
    if !file.is_code() {
        return Vec::new();
    }
    let words: Vec<String> = WORDS.iter().map(|parts| parts.concat()).collect();
    let found = file.lines().flat_map(|(number, line)| {
        words.iter().filter(move |word| line.contains(word.as_str())).map(move |word| (number, word))
    });
    found.map(|(number, word)| file.at(number, format!("`{word}`: finish it, or write an issue"))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::file::judge;
    use super::*;

    #[test]
    fn open_ends_are_seen_in_code() {
        for parts in WORDS {
            assert_eq!(judge(check, "src/a.rs", &parts.concat()).len(), 1, "{parts:?}");
            assert_eq!(judge(check, "docs/a.md", &parts.concat()).len(), 0, "{parts:?}");
        }
    }
}
