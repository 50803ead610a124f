//! Where the packets of a trace come from.

use spikemesh_device::network::{Config, PortOrder, Routing, VcRange};

/// Where the packets of a trace come from. What is unknown, as all of it in text, is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The device.
    pub device: Option<OriginDevice>,
    /// Name of the model.
    pub model: Option<String>,
    /// The units that the program uses, by terminal. The event DMA's share one.
    pub units: Vec<TraceUnit>,
    /// The mesh.
    pub mesh: Option<TraceMesh>,
}

/// The device that a trace was recorded on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginDevice {
    /// Its name.
    pub name: String,
    /// SHA-256 of its canonical text.
    pub sha256: String,
}

/// A unit at a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceUnit {
    /// The terminal.
    pub terminal: u32,
    /// The unit's name, such as `n4_1.np0`.
    pub name: String,
    /// The layer that it computes; in a program of several passes the last one.
    pub layer: Option<String>,
}

/// Nodes, terminals and ways of a mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceMesh {
    /// Nodes in a row.
    pub columns: u16,
    /// Nodes in a column.
    pub rows: u16,
    /// Terminals of each node, row by row.
    pub locals: Vec<u16>,
    /// The way of each traffic class.
    pub routing: Vec<Routing>,
}

/// Most nodes and terminals of a mesh that a trace names.
pub const MAX_MESH: usize = 1 << 18;

impl TraceMesh {
    /// The mesh of a network; `None` if it is too large to be named.
    pub fn of(config: &Config) -> Option<TraceMesh> {
        let classes = 0..config.classes.len();
        let mesh = TraceMesh {
            columns: config.columns,
            rows: config.rows,
            locals: config.locals.clone(),
            routing: classes.map(|class| config.routing_of(class)).collect(),
        };
        mesh.config().map(|_| mesh)
    }

    /// A network of the mesh in which packets go the same ways, whatever else differs; `None` if there is no such network, or none that is
    /// named.
    pub fn config(&self) -> Option<Config> {
        let nodes = usize::from(self.columns) * usize::from(self.rows);
        if nodes != self.locals.len()
            || nodes + self.terminals() as usize > MAX_MESH
            || self.routing.is_empty()
        {
            return None;
        }
        let mut config = Config::r3(self.columns, self.rows, 2, 1, PortOrder::LocalFirst);
        config.locals.clone_from(&self.locals);
        config.classes = vec![VcRange { first: 0, count: 2 }; self.routing.len()];
        config.class_routing.clone_from(&self.routing);
        config.check().is_empty().then_some(config)
    }

    /// Terminals of all nodes.
    pub fn terminals(&self) -> u32 {
        self.locals.iter().fold(0, |all, &locals| all.saturating_add(u32::from(locals)))
    }
}
