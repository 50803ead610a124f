//! A circle of packets that wait for each other.

use std::fmt;

use super::flow::Flow;
use spikemesh_device::network::Channel;

/// A circular wait: `flows[i]` holds `channels[i]` and waits for `channels[i + 1]`, the last for the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircularWait {
    /// The channels.
    pub channels: Vec<Channel>,
    /// The flows that close it.
    pub flows: Vec<Flow>,
    /// Both, by their names.
    pub(super) text: String,
}

impl fmt::Display for CircularWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
