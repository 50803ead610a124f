//! Files of the host: read within a limit, written whole or not at all. This crate knows nothing of models, devices or programs.
//!
//! Every reader of a whole file goes through [`read_limited`], through [`read_text`] if it is text, or through [`read_declared`] if its head says how
//! long it is, so that no file is read without a
//! limit and a byte order mark is accepted everywhere or nowhere. Every writer goes through [`atomic_file`].
//!
//! ```
//! use spikemesh_files::{ReadError, atomic_file, read_limited, read_text};
//!
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("notes.txt");
//! atomic_file::write(&path, b"\xef\xbb\xbfhello")?;
//! assert_eq!(read_text(&path, 100)?, "hello");
//! assert!(matches!(read_limited(&path, 4), Err(ReadError::TooLarge { limit: 4 })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod atomic_file;
mod foreign;
mod read;

pub use foreign::{FOREIGN_HEAD, foreign_format};
pub use read::{ReadError, decode_text, read_declared, read_head, read_limited, read_text};
