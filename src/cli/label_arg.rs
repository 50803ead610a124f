//! `--labels [NAME=]FILE`: a file of labels, and the layer that they are of.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A file of labels, and the layer that they are of.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelArg {
    /// The layer; none for the last one.
    pub layer: Option<String>,
    /// The file.
    pub file: PathBuf,
    /// As it was written.
    text: String,
}

impl LabelArg {
    /// What a text says in a folder. Names of layers and files may hold `=`: a file that is there decides, the longest first.
    fn of(text: &str, folder: &Path) -> LabelArg {
        let whole = (None, text);
        let cuts: Vec<(Option<&str>, &str)> =
            text.match_indices('=').map(|(at, _)| (Some(&text[..at]), &text[at + 1..])).collect();
        let is_there = |(_, file): &&(Option<&str>, &str)| folder.join(file).exists();
        let named = [whole].into_iter().chain(cuts.iter().copied()).find(|cut| is_there(&cut));
        let (layer, file) = named.or(cuts.first().copied()).unwrap_or(whole);
        LabelArg { layer: layer.map(str::to_owned), file: file.into(), text: text.to_owned() }
    }

    /// The same, with the path as it is meant in `folder`.
    pub fn at(self, folder: &Path) -> LabelArg {
        let there = LabelArg::of(&self.text, folder);
        LabelArg { file: folder.join(&there.file), ..there }
    }
}

impl FromStr for LabelArg {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<LabelArg, Infallible> {
        Ok(LabelArg::of(text, Path::new("")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_decides() {
        let folder = tempfile::tempdir().unwrap();
        let of = |text: &str| {
            let LabelArg { layer, file, .. } = LabelArg::of(text, folder.path());
            (layer, file.display().to_string())
        };
        let pair = |layer: Option<&str>, file: &str| (layer.map(str::to_owned), file.to_owned());
        assert_eq!(of("y.npy"), pair(None, "y.npy"));
        assert_eq!(of("age=y.npy"), pair(Some("age"), "y.npy"));
        assert_eq!(of("a=b=y.npy"), pair(Some("a"), "b=y.npy"));
        std::fs::write(folder.path().join("y.npy"), "").unwrap();
        assert_eq!(of("a=b=y.npy"), pair(Some("a=b"), "y.npy"));
        std::fs::write(folder.path().join("a=y.npy"), "").unwrap();
        assert_eq!(of("a=y.npy"), pair(None, "a=y.npy"));
    }
}
