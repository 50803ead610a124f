//! Links and channels, and the way of a packet: this crate's own walk.
//!
//! Nodes form a mesh. A packet goes from the terminal of its sender into the router of that node, then along one axis to the end, then along the other,
//! then to the terminal of its receiver.

use std::fmt;

use spikemesh_device::network::{NodeCoord, Routing, TerminalCoord};
use spikemesh_device::{Device, NetworkDescription};

/// A directed link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Link {
    /// From a terminal into its router.
    Inject(NodeCoord, u16),
    /// From a router to its neighbour on a side.
    Side(NodeCoord, &'static str),
    /// From a router to a terminal.
    Eject(NodeCoord, u16),
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Link::Inject(node, local) => write!(f, "{node}.inject{local}"),
            Link::Side(node, side) => write!(f, "{node}.{side}"),
            Link::Eject(node, local) => write!(f, "{node}.eject{local}"),
        }
    }
}

/// The class of a packet and of the virtual channels that it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Class {
    /// A token, or data with their markers.
    pub token: bool,
    /// Of packets that share the channels between routers out by their first axis: it is y.
    pub y_first: bool,
    /// There are packets of both first axes.
    pub shared: bool,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.token { "token" } else { "data" })?;
        match (self.shared, self.y_first) {
            (false, _) => Ok(()),
            (true, false) => f.write_str("-xy"),
            (true, true) => f.write_str("-yx"),
        }
    }
}

/// What a packet holds and waits for: the virtual channels of a class on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Channel {
    link: Link,
    class: Class,
}

impl Channel {
    /// At terminals all packets of data share their channels, and all tokens, whatever their first axis.
    fn new(link: Link, class: Class) -> Channel {
        match link {
            Link::Side(..) => Channel { link, class },
            Link::Inject(..) | Link::Eject(..) => {
                Channel { link, class: Class { y_first: false, shared: false, ..class } }
            }
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.link, self.class)
    }
}

/// The classes of data, or of tokens.
pub(crate) fn classes(network: &NetworkDescription, token: bool) -> Vec<Class> {
    let class = |y_first, shared| Class { token, y_first, shared };
    match *network.routing {
        Routing::Xy => vec![class(false, false)],
        Routing::Yx => vec![class(true, false)],
        Routing::O1Turn => vec![class(false, true), class(true, true)],
    }
}

/// Classes with the virtual channels between routers that each has.
pub(crate) fn virtual_channels(device: &Device) -> Vec<(Class, u16, u16)> {
    let network = &device.network;
    let (data, token) = (u16::from(*network.data_vcs), u16::from(*network.token_vcs));
    let mut all = Vec::new();
    for (token, first, count) in [(false, 0, data), (true, data, token)] {
        match classes(network, token)[..] {
            [xy, yx] => {
                all.extend([(xy, first, count.div_ceil(2)), (yx, first + count.div_ceil(2), count / 2)])
            }
            [only] => all.push((only, first, count)),
            _ => {}
        }
    }
    all
}

/// The links that a packet of a class passes.
pub(crate) fn way(class: Class, from: TerminalCoord, to: TerminalCoord) -> Vec<Link> {
    let mut at = from.node;
    let mut links = vec![Link::Inject(at, from.local)];
    let axes = if class.y_first { [false, true] } else { [true, false] };
    for along_x in axes {
        loop {
            let (here, there) = if along_x { (at.x, to.node.x) } else { (at.y, to.node.y) };
            let side = match (here.cmp(&there), along_x) {
                (std::cmp::Ordering::Equal, _) => break,
                (std::cmp::Ordering::Less, true) => "east",
                (std::cmp::Ordering::Greater, true) => "west",
                (std::cmp::Ordering::Less, false) => "south",
                (std::cmp::Ordering::Greater, false) => "north",
            };
            links.push(Link::Side(at, side));
            let next = if here < there { here + 1 } else { here - 1 };
            if along_x { at.x = next } else { at.y = next }
        }
    }
    links.push(Link::Eject(at, to.local));
    links
}

/// The channels of a way.
pub(crate) fn channels(class: Class, way: &[Link]) -> Vec<Channel> {
    way.iter().map(|&link| Channel::new(link, class)).collect()
}

/// A way as text.
pub(crate) fn text(way: &[Link]) -> String {
    way.iter().map(Link::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: u16, y: u16, local: u16) -> TerminalCoord {
        TerminalCoord { node: NodeCoord { x, y }, local }
    }

    #[test]
    fn a_way_turns_once() {
        let xy = Class { token: false, y_first: false, shared: false };
        assert_eq!(
            text(&way(xy, at(2, 0, 1), at(0, 1, 3))),
            "n2_0.inject1 n2_0.west n1_0.west n0_0.south n0_1.eject3"
        );
        let yx = Class { y_first: true, ..xy };
        assert_eq!(text(&way(yx, at(2, 1, 1), at(1, 0, 3))), "n2_1.inject1 n2_1.north n2_0.west n1_0.eject3");
        assert_eq!(text(&way(xy, at(0, 0, 1), at(0, 0, 1))), "n0_0.inject1 n0_0.eject1");
    }
}
