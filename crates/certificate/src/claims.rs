//! The claims as this crate writes them. The names of the fields are those of docs/formats/certificate.md.
//!
//! Not here are those that are checked in another way: the list of slices (`placement`), orders (`order`), and the model's digest.

use serde::Serialize;

/// Everything that is claimed and has one true value. Witnesses are not among them.
#[derive(Serialize)]
pub(crate) struct Claims {
    pub program: Digest,
    pub device: Digest,
    pub virtual_channels: Vec<VirtualChannels>,
    pub multicast: Multicast,
    pub passes: Vec<PassClaims>,
}

/// A file or a device: its name, and the SHA-256 of what it holds.
#[derive(Clone, Serialize)]
pub(crate) struct Digest {
    pub name: String,
    pub sha256: String,
}

/// The virtual channels between routers of the packets of a class.
#[derive(Serialize)]
pub(crate) struct VirtualChannels {
    pub class: String,
    pub first: u16,
    pub count: u16,
}

/// How one packet comes to several receivers.
#[derive(Serialize)]
pub(crate) struct Multicast {
    /// `source`: copy by copy; `tree`: routers fork it.
    pub by: &'static str,
    /// Flits of the longest packet.
    pub longest_packet: usize,
    /// Flits that the buffer of a virtual channel holds.
    pub buffer: u16,
}

/// What is claimed of a pass.
#[derive(Serialize)]
pub(crate) struct PassClaims {
    pub units: Vec<UnitClaims>,
    pub routes: Vec<RouteClaims>,
    /// Trees of several receivers.
    pub trees: Vec<TreeClaims>,
    pub links: Vec<LinkClaims>,
}

/// What is claimed of a unit.
#[derive(Serialize)]
pub(crate) struct UnitClaims {
    pub unit: String,
    /// The map that it helps to produce, or the one that it injects or collects.
    pub layer: Option<String>,
    /// Markers that it waits for.
    pub markers: u32,
    /// Of an NP.
    pub memory: Option<Memory>,
}

/// Bytes of an NP's memory by what they hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Memory {
    pub weights: u64,
    pub input_map: u64,
    pub potentials: u64,
    pub thresholds: u64,
    pub output_fifo: u64,
    pub total: u64,
    pub limit: u64,
}

/// What is claimed of a route.
#[derive(Serialize)]
pub(crate) struct RouteClaims {
    pub from: String,
    pub to: String,
    /// Rows of the producer's map that are sent: first, one past the last.
    pub rows: [u32; 2],
    /// Its packets are those of the route before it.
    pub joined: bool,
    /// Words of a frame if every position fires.
    pub words: u64,
    /// Their flits with those of the marker, at most; of joined routes those of the tree.
    pub flits: u64,
    /// Input maps of the receiver: tokens that the producer holds after reset.
    pub tokens: u32,
    /// The links of data and markers, a text for each way that they may take.
    pub ways: Vec<String>,
    /// The links of a token.
    pub returns: Vec<String>,
}

/// What is claimed of a tree of several receivers.
#[derive(Serialize)]
pub(crate) struct TreeClaims {
    pub from: String,
    pub to: Vec<String>,
    /// Flits that pass each of its links.
    pub flits: u64,
    /// Its links, each once; of each way that it may take.
    pub links: Vec<String>,
    /// Routers that fork its packets, with the links that they leave by.
    pub forks: Vec<String>,
}

/// A link, and the flits that pass it in a frame in which every position fires, at most.
#[derive(Serialize)]
pub(crate) struct LinkClaims {
    pub link: String,
    pub flits: u64,
}
