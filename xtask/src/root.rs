//! Where the repository is.

use std::path::{Path, PathBuf};

/// The root of the repository: of the one that cargo was called in, even if a target folder is shared with another copy.
pub fn root() -> Result<PathBuf, String> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").into());
    let root = Path::new(&package).parent().ok_or("xtask has no parent folder")?;
    Ok(root.to_path_buf())
}

/// Where cargo puts what it builds.
pub fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}
