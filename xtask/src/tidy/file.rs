//! A file that rules look at.

/// A file under a rule.
pub struct File<'a> {
    /// Its path from the root of the repository, with `/`.
    pub path: &'a str,
    pub text: &'a str,
}

impl<'a> File<'a> {
    /// A file with this path and text.
    pub fn new(path: &'a str, text: &'a str) -> File<'a> {
        File { path, text }
    }

    fn is(&self, ending: &str) -> bool {
        self.path.ends_with(ending)
    }

    pub fn is_code(&self) -> bool {
        self.is(".rs") || self.is(".py")
    }

    /// Code that a program has written.
    pub fn is_generated(&self) -> bool {
        self.path.contains("/generated/")
    }

    /// Line numbers, from 1, with their lines.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    pub fn at(&self, line: usize, message: impl std::fmt::Display) -> String {
        format!("{}:{line}: {message}", self.path)
    }
}

/// What a rule finds wrong with a file.
pub type Rule = fn(&File) -> Vec<String>;

/// What a rule says of a file with this path and text.
#[cfg(test)]
pub fn judge(rule: Rule, path: &str, text: &str) -> Vec<String> {
    rule(&File::new(path, text))
}
