//! Routers with as much room as a configuration needs, and no more than a cache likes.

use super::config::Config;
use super::fabric::{Fabric, Tables};
use super::topology::Topology;

/// Declares [`Layout`]: a variant for each size of a router, smallest first, with its ports and its virtual channels in all.
macro_rules! layouts {
    ($($name:ident: $ports:literal, $channels:literal;)*) => {
        /// The routers of a network, in one of some sizes.
        #[derive(Clone, Debug)]
        pub(super) enum Layout {
            $($name(Fabric<$ports, $channels>),)*
        }

        /// Evaluates an expression on the routers of a layout, whatever their size.
        macro_rules! on_layout {
            ($layout:expr, $fabric:ident => $body:expr) => {
                match $layout {
                    $($crate::network::layout::Layout::$name($fabric) => $body,)*
                }
            };
        }

        impl Layout {
            /// Idle routers for a checked configuration.
            pub fn new(config: &Config, topology: &Topology) -> Layout {
                $(if fits(config, $ports, $channels) {
                    return Layout::$name(Fabric::new(config, topology));
                })*
                unreachable!("a checked configuration fits the largest router")
            }

            /// Virtual channels that a router has room for; none if the configuration is too large for any.
            pub fn room(config: &Config) -> u64 {
                $(if fits(config, $ports, $channels) {
                    return $channels;
                })*
                0
            }
        }
    };
}

layouts! {
    One: 8, 8;
    Two: 8, 16;
    Four: 8, 32;
    Eight: 8, 64;
    ManyPorts: 16, 64;
    ManyChannels: 8, 256;
    Largest: 32, 1024;
}
pub(super) use on_layout;

/// Whether routers with this room can hold all ports and channels.
fn fits(config: &Config, ports: u16, channels: u16) -> bool {
    let most = config.locals.iter().copied().max().unwrap_or(0);
    most <= ports - 4 && config.vcs <= channels / ports
}

impl Layout {
    /// What is not within the routers.
    pub fn tables(&self) -> &Tables {
        on_layout!(self, fabric => &fabric.tables)
    }
}
