//! Templates.

use spikemesh::model::template;

use crate::errors::shown;
use crate::model;

/// Text, as `check` reads it.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(model) = shown(template::parse("fuzz.yaml", text)) {
        model::laws(&model);
    }
}
