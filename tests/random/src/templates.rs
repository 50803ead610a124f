//! What the commands go through: the templates of the repository, in every mode.

use std::path::{Path, PathBuf};

use spikemesh::compiler::Mode;

/// The modes.
pub const MODES: [Mode; 3] = [Mode::Minimal, Mode::AllNps, Mode::HwPr];

/// The templates of `tests/models` whose names hold `name`, sorted. For commands, which run in the root of the repository.
pub fn templates(name: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(Path::new("tests/models"))
        .expect("tests/models is there")
        .map(|entry| entry.expect("its entries can be read").path())
        .filter(|path| path.file_name().is_some_and(|file| file.to_string_lossy().contains(name)))
        .collect();
    files.sort();
    files
}
