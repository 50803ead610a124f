//! Device files.

use spikemesh::compiler::Resources;
use spikemesh::device::Device;
use spikemesh::noc::Network;

use crate::errors::{show, shown};

/// Nodes of a device whose network is built: more would take long.
const MAX_NODES: u32 = 256;

/// Text, as `-d FILE` reads it, or JSON, as Python gives an edited device.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let device = if text.starts_with('{') {
        let Ok(device) = Device::from_json(text) else { return };
        let errors = device.check();
        let wrong = !errors.is_empty();
        show(errors);
        (!wrong).then_some(device)
    } else {
        shown(Device::parse("fuzz.ron", text))
    };
    let Some(device) = device else { return };
    assert!(device.check().is_empty(), "a device that was read does not pass the check");
    let json = serde_json::to_string(&device).expect("a device can be written");
    let again = Device::from_json(&json).expect("a device that was written can be read");
    assert!(again == device, "a device has changed on its way through JSON");
    assert_eq!(device.sha256(), again.sha256());
    assert!(!device.canonical_text().is_empty());
    let _ = Resources::from(&device);
    let config = device.network_config();
    if u32::from(config.columns) * u32::from(config.rows) <= MAX_NODES {
        Network::new(&config).expect("the network of a device that was read can be built");
    }
}
