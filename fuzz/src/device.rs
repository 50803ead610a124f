//! Device files.

use spikemesh::compiler::Resources;
use spikemesh::device::Device;
use spikemesh::noc::Network;

use crate::errors::shown;

/// Nodes of a device whose network is built: more would take long.
const MAX_NODES: u32 = 256;

/// Text, as `-d FILE` reads it.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(device) = shown(Device::parse("fuzz.ron", text)) else { return };
    assert!(device.check().is_empty(), "a device that was read does not pass the check");
    assert_eq!(device.sha256(), device.clone().sha256());
    assert!(!device.canonical_text().is_empty());
    let _ = Resources::from(&device);
    let config = device.network_config();
    if u32::from(config.columns) * u32::from(config.rows) <= MAX_NODES {
        Network::new(&config).expect("the network of a device that was read can be built");
    }
}
