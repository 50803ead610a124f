//! What the columns of a trace may hold.

use super::origin::TraceMesh;
use crate::Config;

/// The limits of a network that a trace is checked against.
#[derive(Clone, Copy, Debug)]
pub struct TraceLimits {
    /// Terminals of the network.
    pub terminals: u32,
    /// Traffic classes of the network.
    pub classes: u8,
}

impl TraceLimits {
    /// Those of no network: any terminal and class.
    pub const ANY: TraceLimits = TraceLimits { terminals: u32::MAX, classes: u8::MAX };

    /// The limits of a mesh that a trace names.
    pub fn of_mesh(mesh: &TraceMesh) -> TraceLimits {
        TraceLimits {
            terminals: mesh.terminals(),
            classes: u8::try_from(mesh.routing.len()).unwrap_or(u8::MAX),
        }
    }

    /// The limits of a network.
    pub fn of(config: &Config) -> TraceLimits {
        let terminals = config.locals.iter().map(|&locals| u32::from(locals)).sum();
        TraceLimits { terminals, classes: config.classes.len() as u8 }
    }
}
