//! What the columns of a trace may hold.

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
    /// The limits of a network.
    pub fn of(config: &Config) -> TraceLimits {
        let terminals = config.locals.iter().map(|&locals| u32::from(locals)).sum();
        TraceLimits { terminals, classes: config.classes.len() as u8 }
    }
}
