//! Golden files of regression cases.

use spikemesh::doors::golden;

/// Text, as `test` reads it: what is read is written, and that is read as the same.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match golden(text) {
        Ok(written) => assert_eq!(golden(&written).as_deref(), Ok(written.as_str())),
        Err(reason) => assert!(!reason.is_empty(), "an error says nothing"),
    }
}
