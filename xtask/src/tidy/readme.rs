//! The README is short; the rest is documentation.

use super::file::File;

/// Most lines.
const LIMIT: usize = 150;

pub(super) fn check(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    if file.path != "README.md" || lines < LIMIT {
        return Vec::new();
    }
    vec![format!("README.md: {lines} lines, it must have fewer than {LIMIT}: move some to docs/")]
}

#[cfg(test)]
mod tests {
    use super::super::file::judge;
    use super::*;

    #[test]
    fn only_the_readme_must_be_short() {
        let long = "\n".repeat(LIMIT);
        assert_eq!(judge(check, "README.md", &long).len(), 1);
        assert_eq!(judge(check, "README.md", &"\n".repeat(LIMIT - 1)).len(), 0);
        assert_eq!(judge(check, "docs/README.md", &long).len(), 0);
    }
}
