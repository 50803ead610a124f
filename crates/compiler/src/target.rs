//! What the compiler asks a device: where its neural processors are and what they hold.
//!
//! The compiler has no hardware constants of its own; every number it compares with comes from a [`Target`].

use spikemesh_device::Device;
use spikemesh_device::network::Routing;
use spikemesh_isa::NpId;

/// A node's place on the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    /// Column.
    pub x: u16,
    /// Row.
    pub y: u16,
}

impl Node {
    /// The node of the input unit and of both DMAs.
    pub const EDGE: Node = Node { x: 0, y: 0 };

    /// With rows for columns.
    fn transposed(self) -> Node {
        Node { x: self.y, y: self.x }
    }

    /// Links on a shortest way between two nodes.
    pub fn hops(self, other: Node) -> u32 {
        u32::from(self.x.abs_diff(other.x)) + u32::from(self.y.abs_diff(other.y))
    }
}

impl std::fmt::Display for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({}, {})", self.x, self.y)
    }
}

/// What one neural processor holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Bytes of weights.
    pub weight_bytes: u64,
    /// Bytes of input map that the split rule allows.
    pub input_bytes: u64,
    /// Input rows that a slice may own.
    pub own_rows: u32,
    /// Bytes of everything that the ledger lists.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Name of the device.
    pub name: String,
    /// Columns of nodes.
    pub columns: u16,
    /// Rows of nodes.
    pub rows: u16,
    /// Neural processors of a node.
    pub nps_per_node: u16,
    /// Several passes run inside one program; otherwise the host loads them one after the other.
    pub multi_pass: bool,
    /// How packets find their way.
    pub routing: Routing,
    /// What each neural processor holds.
    pub np: Capacity,
    /// What they compute.
    pub kernels: Vec<Kernel>,
}

impl From<&Device> for Target {
    fn from(device: &Device) -> Target {
        let np = &device.np;
        Target {
            name: device.name.clone(),
            columns: *device.columns,
            rows: *device.rows,
            nps_per_node: *device.nps_per_node,
            multi_pass: *device.multi_pass,
            routing: device.network_config().routing,
            np: Capacity {
                weight_bytes: (*np.weight_bytes).into(),
                input_bytes: (*np.input_bytes).into(),
                own_rows: *np.own_rows,
                memory_bytes: (*np.memory_bytes).into(),
                external_weights_above: (*np.on_chip_weight_bytes).into(),
                filters_per_group: *np.filters_per_group,
                potential_bytes: (*np.potential_bytes).into(),
                threshold_bytes: (*np.threshold_bytes).into(),
                fifo_bytes: u64::from(*np.fifo_events) * u64::from(*np.event_bytes),
            },
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

/// The order of the dimensions on a packet's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// First along x.
    Xy,
    /// First along y.
    Yx,
}

impl Way {
    /// The nodes that a packet passes, both ends included.
    pub fn path(self, from: Node, to: Node) -> Vec<Node> {
        match self {
            Way::Xy => xy(from, to),
            Way::Yx => xy(from.transposed(), to.transposed()).into_iter().map(Node::transposed).collect(),
        }
    }
}

impl Target {
    /// Neural processors of the device.
    pub fn nps(&self) -> u32 {
        u32::from(self.columns) * u32::from(self.rows) * u32::from(self.nps_per_node)
    }

    /// Sides of the kernels that the neural processors compute with weights of so many bits, ascending.
    pub fn kernel_sizes(&self, separable: bool, weight_bits: u8) -> Vec<u32> {
        let fits = |k: &&Kernel| k.separable == separable && k.weight_bits <= weight_bits;
        let mut sizes: Vec<u32> = self.kernels.iter().filter(fits).map(|k| k.size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// The ways that packets may go, each on virtual channels of its own.
    pub fn ways(&self) -> &'static [Way] {
        match self.routing {
            Routing::Xy => &[Way::Xy],
            Routing::Yx => &[Way::Yx],
            Routing::O1Turn => &[Way::Xy, Way::Yx],
        }
    }

    /// The node that an NP belongs to; ids count nodes x first.
    pub fn node(&self, np: NpId) -> Node {
        let node = np.0 / self.nps_per_node;
        Node { x: node % self.columns, y: node / self.columns }
    }

    /// All NPs in snake order: rows of nodes alternately rightwards and leftwards, so that neighbours in the list are
    /// neighbours on the mesh.
    pub fn snake(&self) -> Vec<NpId> {
        let mut order = Vec::with_capacity(self.nps() as usize);
        for y in 0..self.rows {
            for step in 0..self.columns {
                let x = if y % 2 == 0 { step } else { self.columns - 1 - step };
                let first = (y * self.columns + x) * self.nps_per_node;
                order.extend((0..self.nps_per_node).map(|slot| NpId(first + slot)));
            }
        }
        order
    }
}

/// The nodes that a packet passes under XY routing, both ends included: first along x, then along y.
pub fn xy(from: Node, to: Node) -> Vec<Node> {
    let mut at = from;
    let mut way = vec![at];
    while at != to {
        if at.x != to.x {
            at.x = if at.x < to.x { at.x + 1 } else { at.x - 1 };
        } else {
            at.y = if at.y < to.y { at.y + 1 } else { at.y - 1 };
        }
        way.push(at);
    }
    way
}
