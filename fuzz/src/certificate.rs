//! Certificates of one small program: whatever a file claims, only what is true is taken.

use std::sync::LazyLock;

use serde_json::Value;
use spikemesh::Certificate;
use spikemesh::certificate::{Inputs, seal, verify};
use spikemesh::compiler::{Compilation, Mode, compile};
use spikemesh::device::Device;

use crate::errors::shown;
use crate::program::small_model;

/// What stands for the digests of files.
const DIGEST: &str = "0";

static DEVICE: LazyLock<Device> = LazyLock::new(|| Device::load("two-nodes").expect("it is built in"));
static COMPILED: LazyLock<Compilation> =
    LazyLock::new(|| compile(&small_model(), &*DEVICE, &Mode::Minimal.into()).expect("it fits"));

/// The certificate of the small program.
pub fn right() -> String {
    Certificate::new(&COMPILED, &DEVICE, DIGEST, DIGEST).text()
}

/// A certificate as it is, and with its digest made right.
pub fn run(data: &[u8]) {
    let inputs = Inputs {
        program: &COMPILED.program,
        program_sha256: DIGEST,
        model_sha256: Some(DIGEST),
        device: &DEVICE,
    };
    let _ = shown(verify(data, &inputs));
    let Ok(Value::Object(mut stated)) = serde_json::from_slice(data) else { return };
    let digest = seal(&stated);
    stated.insert("sha256".to_owned(), digest.into());
    let mut stated = Value::Object(stated);
    if shown(verify(stated.to_string().as_bytes(), &inputs)).is_some() {
        let mut truth: Value = serde_json::from_str(&right()).expect("it is JSON");
        for claims in [&mut stated, &mut truth] {
            // Other orders may be right too, and the digest is theirs.
            for name in ["channel_order", "unit_order"] {
                claims["passes"][0][name] = Value::Null;
            }
            claims["sha256"] = Value::Null;
        }
        assert_eq!(stated, truth);
    }
}
