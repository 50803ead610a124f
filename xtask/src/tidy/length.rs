//! A long file has a second concept in it.

use super::file::File;

/// Lines of a file of code before the question is asked.
const LIMIT: usize = 500;

pub(super) fn check(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    if !file.is_code() || file.is_generated() || lines <= LIMIT {
        return Vec::new();
    }
    vec![format!("{}: {lines} lines; which second concept lives there?", file.path)]
}

#[cfg(test)]
mod tests {
    use super::super::file::judge;
    use super::*;

    #[test]
    fn only_long_code_is_asked_about() {
        let long = "\n".repeat(LIMIT + 1);
        assert_eq!(judge(check, "src/a.rs", &long).len(), 1);
        assert_eq!(judge(check, "src/a.rs", &"\n".repeat(LIMIT)).len(), 0);
        assert_eq!(judge(check, "src/generated/a.rs", &long).len(), 0);
        assert_eq!(judge(check, "traces/a.csv", &long).len(), 0);
    }
}
