//! Files of the host: read within a limit, written whole or not at all. This crate knows nothing of models, devices or programs.
//!
//! Every reader of a whole file goes through [`read_limited`], through [`read_text`] if it is text, or through [`read_declared`] if its head says how
//! long it is, so that no file is read without a limit and a byte order mark is accepted everywhere or nowhere. Every writer goes through
//! [`OutputFile`] or [`write`], and these through [`Disk`], where tests put a disk that fails.
//!
//! ```
//! use spikemesh_files::{ReadError, read_limited, read_text};
//!
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("notes.txt");
//! spikemesh_files::write(&path, b"\xef\xbb\xbfhello")?;
//! assert_eq!(read_text(&path, 100)?, "hello");
//! assert!(matches!(read_limited(&path, 4), Err(ReadError::TooLarge { limit: 4 })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod disk;
mod foreign;
mod lock;
mod output_file;
mod part;
mod read;
mod target;

pub use disk::{Disk, disk, install, make_folders};
pub use lock::FolderLock;
pub use output_file::{OutputFile, write, write_apart};
pub use part::{end_unfinished, remove_leftovers};
pub use target::{is_replaced, is_same_file, is_standard_output};

pub use foreign::{FOREIGN_HEAD, foreign_format};
pub use read::{ReadError, decode_text, read_declared, read_head, read_limited, read_text};
