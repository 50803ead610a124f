//! A packet's way through one router.

use crate::Cycle;
use crate::{NodeId, PortKind};

/// A packet wins the switch of a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The packet's number.
    pub pid: u64,
    /// When its head wins.
    pub cycle: Cycle,
    /// The router's node.
    pub node: NodeId,
    /// The input port.
    pub in_port: PortKind,
    /// The output port.
    pub out_port: PortKind,
    /// The virtual channel at the output port.
    pub vc: u8,
}
