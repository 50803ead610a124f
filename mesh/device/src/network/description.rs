//! The network between nodes, in the words of a BookSim2 user.

use serde::{Deserialize, Serialize};

use super::config::{Allocator, ArbiterRule, Config, Delays, Multicast, PortOrder, Routing, VcRange};
use crate::constant::{Basis, Constant};

/// The traffic classes of a device's network, each with virtual channels of its own. The value is its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrafficClass {
    /// Events, potentials and markers, from producer to consumer.
    Data = 0,
    /// `map free` tokens, from consumer to producer.
    Token = 1,
}

impl std::fmt::Display for TrafficClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            TrafficClass::Data => "data",
            TrafficClass::Token => "token",
        })
    }
}

/// The network between nodes. Fields that a file leaves out have the values of the R3 router.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkDescription {
    /// Virtual channels for events, potentials and markers.
    pub data_vcs: Constant<u8>,
    /// Virtual channels for `map free` tokens.
    pub token_vcs: Constant<u8>,
    /// Flits that each virtual channel's buffer holds.
    pub vc_buf_size: Constant<u16>,
    /// Order of the dimensions.
    #[serde(default = "left_out")]
    pub routing: Constant<Routing>,
    /// Order of a router's ports, which decides ties.
    #[serde(default = "left_out")]
    pub port_order: Constant<PortOrder>,
    /// How virtual channels are allocated.
    #[serde(default = "left_out")]
    pub vc_allocator: Constant<Allocator>,
    /// How the switch is allocated.
    #[serde(default = "left_out")]
    pub sw_allocator: Constant<Allocator>,
    /// Rule of all arbiters.
    #[serde(default = "left_out")]
    pub arb_type: Constant<ArbiterRule>,
    /// Heads ask for the switch together with their virtual channel.
    #[serde(default = "left_out")]
    pub speculative: Constant<bool>,
    /// Packets keep the switch while their flits follow one another.
    #[serde(default = "left_out")]
    pub hold_switch_for_packet: Constant<bool>,
    /// How packets for several receivers travel.
    #[serde(default = "at_the_source")]
    pub multicast: Constant<Multicast>,
    /// Cycles of route computation; 0 is lookahead.
    pub routing_delay: Constant<u8>,
    /// Cycles of VC allocation.
    pub vc_alloc_delay: Constant<u8>,
    /// Cycles of switch allocation.
    pub sw_alloc_delay: Constant<u8>,
    /// Cycles of the first part of switch traversal.
    #[serde(default = "left_out")]
    pub st_prepare_delay: Constant<u8>,
    /// Cycles of switch traversal.
    pub st_final_delay: Constant<u8>,
    /// Cycles on a link.
    pub link_delay: Constant<u8>,
    /// Cycles of a credit inside a router.
    pub credit_delay: Constant<u8>,
}

/// A constant that a file leaves out.
fn left_out<T: Default>() -> Constant<T> {
    Constant(
        T::default(),
        Basis::Assumed,
        "left out of the file: as in BookSim2's canonical router".to_owned(),
    )
}

fn at_the_source() -> Constant<Multicast> {
    Constant(Multicast::Source, Basis::Assumed, "left out of the file: nothing public tells".to_owned())
}

impl NetworkDescription {
    /// The configuration for a number of nodes, with the number of local ports of each. Its classes are those of [`TrafficClass`].
    pub fn config(&self, columns: u16, rows: u16, locals: Vec<u16>) -> Config {
        let (data, token) = (u16::from(*self.data_vcs), u16::from(*self.token_vcs));
        Config {
            columns,
            rows,
            locals,
            port_order: *self.port_order,
            routing: *self.routing,
            class_routing: Vec::new(),
            vcs: data + token,
            depth: *self.vc_buf_size,
            classes: vec![VcRange { first: 0, count: data }, VcRange { first: data, count: token }],
            vc_allocator: *self.vc_allocator,
            sw_allocator: *self.sw_allocator,
            arbiter: *self.arb_type,
            speculative: *self.speculative,
            hold_switch: *self.hold_switch_for_packet,
            multicast: *self.multicast,
            delays: Delays {
                routing: u32::from(*self.routing_delay),
                vc_alloc: u32::from(*self.vc_alloc_delay),
                sw_alloc: u32::from(*self.sw_alloc_delay),
                st_prepare: u32::from(*self.st_prepare_delay),
                st_final: u32::from(*self.st_final_delay),
                link: u32::from(*self.link_delay),
                credit: u32::from(*self.credit_delay),
            },
            link_delays: Vec::new(),
        }
    }
}
