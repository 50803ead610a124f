//! The digest of a certificate.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// A certificate without its own digest.
struct Unsealed<'a>(&'a Map<String, Value>);

impl Serialize for Unsealed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().filter(|(name, _)| *name != "sha256"))
    }
}

/// The digest of a certificate: the SHA-256 of its JSON in one line, without the field `sha256`.
pub fn seal(certificate: &Map<String, Value>) -> String {
    // A JSON value always serialises.
    let text = serde_json::to_vec(&Unsealed(certificate)).unwrap_or_default();
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
