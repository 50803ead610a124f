//! The file of a certificate: what the compiler claims of a program, with the digests of what it is about.

use serde::Serialize;
use serde_json::Value;

use crate::certificate::seal;
use crate::compiler::Compilation;
use crate::compiler::certificate::Claims;
use crate::device::Device;
use crate::document::{Document, Marked, Schema};

/// A certificate, as `map --certificate` writes it. [`certificate::verify`](crate::certificate::verify()) derives every claim again.
#[derive(Clone, Debug, Serialize)]
pub struct Certificate {
    program: Digest,
    model: Digest,
    device: Digest,
    #[serde(flatten)]
    claims: Claims,
}

#[derive(Clone, Debug, Serialize)]
struct Digest {
    name: String,
    sha256: String,
}

impl Document for Certificate {
    const SCHEMA: Schema = Schema::Certificate;
}

impl Certificate {
    /// The certificate of a compilation: with the SHA-256 of the program's file and of the model's.
    pub fn new(compilation: &Compilation, device: &Device, program: &str, model: &str) -> Certificate {
        let digest = |name: &str, sha256: &str| Digest { name: name.to_owned(), sha256: sha256.to_owned() };
        Certificate {
            program: digest(&compilation.program.name, program),
            model: digest(&compilation.program.name, model),
            device: digest(&device.name, &device.sha256()),
            claims: Claims::new(compilation, device),
        }
    }

    /// Its text, with its own digest as the last field.
    pub fn text(&self) -> String {
        // Texts, numbers and lists of them always serialise.
        let mut value = serde_json::to_value(Marked::new(self)).unwrap_or_default();
        if let Value::Object(fields) = &mut value {
            let digest = seal(fields);
            fields.insert("sha256".to_owned(), digest.into());
        }
        format!("{value:#}\n")
    }
}
