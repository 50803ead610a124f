//! Files of published rows: those that come with the simulator, and those of a user.

use std::path::{Path, PathBuf};

use crate::error::Error;
use spikemesh_device::Device;
use spikemesh_files::read_text;

/// A file of published rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedFile {
    /// What errors call it.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The folder of a file that lies on disk.
    pub folder: Option<PathBuf>,
}

/// Largest file of rows that is read, in bytes.
pub const MAX_BYTES: u64 = 1 << 24;

impl PublishedFile {
    /// Rows that come with the simulator.
    fn built_in(name: &str, text: &str) -> PublishedFile {
        PublishedFile { name: name.to_owned(), text: text.to_owned(), folder: None }
    }

    /// Rows of a file.
    ///
    /// # Errors
    /// The file cannot be read, is too large, or is no text.
    pub fn read(path: &Path) -> Result<PublishedFile, Error> {
        let unreadable = |cause: String| Error::Unreadable { path: path.display().to_string(), cause };
        let text = read_text(path, MAX_BYTES).map_err(|e| unreadable(e.to_string()))?;
        let folder = path.parent().map(Path::to_path_buf);
        Ok(PublishedFile { name: path.display().to_string(), text, folder })
    }
}

/// The files of rows that predictions are compared with.
#[derive(Clone, Debug)]
pub struct Published {
    /// Clocks per layer.
    pub layers: PublishedFile,
    /// Clocks and energy per model.
    pub models: PublishedFile,
    /// NP totals per template.
    pub np_counts: PublishedFile,
    /// Microbenchmarks.
    pub micro: PublishedFile,
    /// Wall times that images take at most.
    pub bounds: PublishedFile,
    /// Stands in for the device of its name.
    pub device: Option<Device>,
}

impl Default for Published {
    /// The rows that come with the simulator.
    fn default() -> Self {
        Published {
            layers: PublishedFile::built_in("silicon-layers.csv", include_str!("../data/silicon-layers.csv")),
            models: PublishedFile::built_in("silicon-models.csv", include_str!("../data/silicon-models.csv")),
            np_counts: PublishedFile::built_in("np-counts.csv", include_str!("../data/np-counts.csv")),
            micro: PublishedFile::built_in("silicon-micro.csv", include_str!("../data/silicon-micro.csv")),
            bounds: PublishedFile::built_in("silicon-bounds.csv", include_str!("../data/silicon-bounds.csv")),
            device: None,
        }
    }
}
