//! Routers with as much room as a configuration needs, and not much more.

use super::fabric::Fabric;
use super::tables::Tables;
use spikemesh_device::network::Config;
use spikemesh_device::network::Topology;

/// Declares [`Layout`]: a variant for each of [`Config::ROUTER_SIZES`], with its ports and its virtual channels in all.
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
                    $($crate::layout::Layout::$name($fabric) => $body,)*
                }
            };
        }

        impl Layout {
            /// Idle routers for a checked configuration.
            pub fn new(config: &Config, topology: &Topology) -> Layout {
                match config.router_size() {
                    $(Some(($ports, $channels)) => Layout::$name(Fabric::new(config, topology)),)*
                    size => unreachable!("a checked configuration, {size:?}"),
                }
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

impl Layout {
    /// What is not within the routers.
    pub fn tables(&self) -> &Tables {
        on_layout!(self, fabric => &fabric.tables)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spikemesh_device::network::PortOrder;

    /// Every size has a variant, and a network that needs it gets it.
    #[test]
    fn every_size_is_made() {
        let fabric_size = |layout: &Layout| on_layout!(layout, fabric => size_of_val(&fabric.routers[0]));
        let mut sizes = Vec::new();
        for (ports, channels) in Config::ROUTER_SIZES {
            let mut config = Config::r3(2, 1, channels / ports, 1, PortOrder::LocalFirst);
            config.locals = vec![1, ports - 4];
            assert_eq!(config.router_size(), Some((ports, channels)));
            sizes.push(fabric_size(&Layout::new(&config, &Topology::new(&config))));
        }
        sizes.dedup();
        assert_eq!(sizes.len(), Config::ROUTER_SIZES.len());
    }
}
