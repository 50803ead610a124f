//! Paths of one machine mean nothing on another.

use super::file::File;

/// Words that are put together here, so that this file does not break its own rule.
const WORDS: &[[&str; 2]] =
    &[["/wo", "rk/"], ["/ho", "me/"], ["/ro", "ot/"], ["/Use", "rs/"], ["../sha", "red"]];

pub(super) fn check(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for word in WORDS.iter().map(|parts| parts.concat()) {
        // Part of a longer path it means something else.
        let alone = |line: &str| {
            line.match_indices(&word).any(|(at, _)| {
                !line[..at]
                    .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '~' | '}'))
            })
        };
        let lines = file.lines().filter(|(_, line)| alone(line));
        found.extend(lines.map(|(line, _)| file.at(line, format!("`{word}` is a path of one machine"))));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::file::judge;
    use super::*;

    #[test]
    fn paths_of_a_machine_are_seen() {
        for parts in WORDS {
            let text = format!("fine\nsee {}x", parts.concat());
            assert!(judge(check, "docs/a.md", &text)[0].starts_with("docs/a.md:2: "), "{text}");
        }
        assert_eq!(judge(check, "docs/a.md", &format!("src{}x", WORDS[0].concat())), Vec::<String>::new());
    }
}
