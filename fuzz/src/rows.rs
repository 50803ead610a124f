//! Rows of published silicon.

use spikemesh::calibrate::doors::rows;

use crate::errors::shown;

/// A letter for the kind of rows, then text, as `validate` and `fit` read it.
pub fn run(data: &[u8]) {
    let Some((kind, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    if let Some(count) = shown(rows(*kind, text)) {
        assert!(count <= text.lines().count(), "more rows than lines");
    }
}
