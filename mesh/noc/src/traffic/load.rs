//! What is offered to a network.

use super::injection_process::Injection;
use super::pattern::Pattern;

/// What is offered.
#[derive(Clone, Debug, PartialEq)]
pub struct TrafficLoad {
    /// Who sends to whom.
    pub pattern: Pattern,
    /// When packets are created.
    pub injection: Injection,
    /// Flits per terminal and cycle, more than 0 and at most 1.
    pub rate: f64,
    /// Length of all packets in flits.
    pub flits: u32,
}
