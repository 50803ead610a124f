//! Routers in a few sizes, compiled for each: ports and virtual channels are constants there, and arrays lie inside the router.

use crate::router::array::RouterArray;
use crate::router::worklists::Worklists;
use spikemesh_device::network::Config;
use spikemesh_device::network::Topology;

/// Declares [`SizedRouters`]: a variant for each of [`Config::ROUTER_SIZES`], with its ports and its virtual channels in all.
macro_rules! sized_routers {
    ($($name:ident: $ports:literal, $channels:literal;)*) => {
        /// The routers of a network, in one of some sizes.
        #[derive(Clone, Debug)]
        pub(crate) enum SizedRouters {
            $($name(RouterArray<$ports, $channels>),)*
        }

        /// Evaluates an expression on the [`RouterArray`] of any size: one branch, then code for that size.
        macro_rules! on_routers {
            ($routers:expr, $array:ident => $body:expr) => {
                match $routers {
                    $($crate::router::sized::SizedRouters::$name($array) => $body,)*
                }
            };
        }

        impl SizedRouters {
            /// Idle routers for a checked configuration.
            pub fn new(config: &Config, topology: &Topology) -> SizedRouters {
                match config.router_size() {
                    $(Some(($ports, $channels)) => SizedRouters::$name(RouterArray::new(config, topology)),)*
                    size => unreachable!("a checked configuration, {size:?}"),
                }
            }
        }
    };
}

sized_routers! {
    One: 8, 8;
    Two: 8, 16;
    Four: 8, 32;
    Eight: 8, 64;
    ManyPorts: 16, 64;
    ManyChannels: 8, 256;
    Largest: 32, 1024;
}
#[allow(clippy::single_component_path_imports, reason = "other files reach the macro by this path")]
pub(crate) use on_routers;

impl SizedRouters {
    /// As [`SizedRouters::worklists`], to change.
    pub fn worklists_mut(&mut self) -> &mut Worklists {
        on_routers!(self, array => &mut array.worklists)
    }

    /// What is not within the routers.
    pub fn worklists(&self) -> &Worklists {
        on_routers!(self, array => &array.worklists)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spikemesh_device::network::PortOrder;

    /// Every size has a variant, and a network that needs it gets it.
    #[test]
    fn every_size_is_made() {
        let router_size_of =
            |routers: &SizedRouters| on_routers!(routers, array => size_of_val(&array.routers[0]));
        let mut sizes = Vec::new();
        for (ports, channels) in Config::ROUTER_SIZES {
            let mut config = Config::r3(2, 1, channels / ports, 1, PortOrder::LocalFirst);
            config.locals = vec![1, ports - 4];
            assert_eq!(config.router_size(), Some((ports, channels)));
            sizes.push(router_size_of(&SizedRouters::new(&config, &Topology::new(&config))));
        }
        sizes.dedup();
        assert_eq!(sizes.len(), Config::ROUTER_SIZES.len());
    }
}
