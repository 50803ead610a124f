//! What the compiler asks a device: where its neural processors are and what they hold.
//!
//! The compiler has no hardware constants of its own; every number it compares with comes from [`Resources`].

use std::collections::BTreeMap;

use spikemesh_device::network::{Config, Multicast, NetworkDescription, NodeCoord, Topology};
use spikemesh_device::{Device, Floorplan};
use spikemesh_isa::NpId;

/// What one neural processor holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Bytes of weights.
    pub weight_bytes: u64,
    /// Bytes of input map that the split rule allows.
    pub input_bytes: u64,
    /// Input maps that are held at a time.
    pub input_maps: u64,
    /// Input rows that a slice may own.
    pub own_rows: u32,
    /// Bytes of everything together.
    pub memory_bytes: u64,
    /// Bytes of weights above which a fully connected layer keeps them in external memory.
    pub external_weights_above: u64,
    /// Filters that are worked on at a time.
    pub filters_per_group: u32,
    /// Bytes of a potential.
    pub potential_bytes: u64,
    /// Bytes of a filter's threshold and step.
    pub threshold_bytes: u64,
    /// Bytes of the output FIFO.
    pub fifo_bytes: u64,
}

/// A kind of kernel that the neural processors compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// Of separable convolutions, or of plain ones.
    pub separable: bool,
    /// Its side.
    pub size: u32,
    /// Fewest bits of a weight.
    pub weight_bits: u8,
}

/// A device as the compiler sees it.
#[derive(Clone, Debug)]
pub struct Resources {
    /// Name of the device.
    pub name: String,
    /// Where its units sit.
    pub floorplan: Floorplan,
    /// Several passes run inside one program; otherwise the host loads them one after the other.
    pub multi_pass: bool,
    /// The network between its nodes.
    pub network: NetworkDescription,
    /// What each neural processor holds.
    pub np: Capacity,
    /// Neural processors that compute nothing, ascending: they get no slice.
    pub disabled: Vec<NpId>,
    /// Bytes of output FIFOs of their own, by neural processor.
    pub fifo_bytes: BTreeMap<NpId, u64>,
    /// Filters that the input unit works on at a time.
    pub hrc_filters_per_group: u32,
    /// What they compute.
    pub kernels: Vec<Kernel>,
}

impl From<&Device> for Resources {
    fn from(device: &Device) -> Resources {
        let np = &device.np;
        let fifo_bytes = |events: u32| u64::from(events) * u64::from(*np.event_bytes);
        let own_fifo =
            (0..device.nps() as u16).filter(|&np| device.fifo_events(np) != *device.np.fifo_events);
        Resources {
            name: device.name.clone(),
            floorplan: device.floorplan(),
            multi_pass: *device.multi_pass,
            network: device.network.clone(),
            np: Capacity {
                weight_bytes: (*np.weight_bytes).into(),
                input_bytes: (*np.input_bytes).into(),
                input_maps: (*np.input_maps).into(),
                own_rows: *np.own_rows,
                memory_bytes: (*np.memory_bytes).into(),
                external_weights_above: (*np.on_chip_weight_bytes).into(),
                filters_per_group: *np.filters_per_group,
                potential_bytes: (*np.potential_bytes).into(),
                threshold_bytes: (*np.threshold_bytes).into(),
                fifo_bytes: fifo_bytes(*np.fifo_events),
            },
            disabled: device.disabled_nps().into_iter().map(NpId).collect(),
            fifo_bytes: own_fifo.map(|np| (NpId(np), fifo_bytes(device.fifo_events(np)))).collect(),
            hrc_filters_per_group: *device.timing.hrc.filters_per_group,
            kernels: device
                .timing
                .np
                .accumulate
                .iter()
                .map(|cost| Kernel {
                    separable: cost.separable,
                    size: cost.kernel,
                    weight_bits: cost.weight_bits,
                })
                .collect(),
        }
    }
}

impl Resources {
    /// Neural processors of the device that compute.
    pub fn nps(&self) -> u32 {
        self.floorplan.nps() - self.disabled.len() as u32
    }

    /// What one neural processor holds.
    pub fn capacity(&self, np: NpId) -> Capacity {
        Capacity { fifo_bytes: self.fifo_bytes.get(&np).copied().unwrap_or(self.np.fifo_bytes), ..self.np }
    }

    /// One packet goes to all receivers that take the same, along a tree.
    pub(crate) fn trees(&self) -> bool {
        self.network_config().multicast == Multicast::Tree
    }

    /// The node of an NP.
    pub fn node(&self, np: NpId) -> NodeCoord {
        self.floorplan.node(np.0)
    }

    /// The network's configuration.
    pub fn network_config(&self) -> Config {
        let Floorplan { columns, rows, .. } = self.floorplan;
        self.network.config(columns, rows, self.floorplan.locals())
    }

    /// The network's nodes and links.
    pub(crate) fn topology(&self) -> Topology {
        Topology::new(&self.network_config())
    }

    /// Sides of the kernels that the neural processors compute with weights of `weight_bits` bits, ascending.
    pub fn kernel_sizes(&self, separable: bool, weight_bits: u8) -> Vec<u32> {
        let fits = |k: &&Kernel| k.separable == separable && k.weight_bits <= weight_bits;
        let mut sizes: Vec<u32> = self.kernels.iter().filter(fits).map(|k| k.size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }
}
