//! Route classes: packets of one traffic class that go one way and share virtual channels.

use std::ops::Deref;

use super::config::{Config, Routing, VcRange};
use super::coord::Axis;
use super::topology::TerminalId;

/// Index of a route class in [`RouteClasses`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RouteClassId(pub u8);

/// What packets of one traffic class that follow one rule have in common. A traffic class has one route class, or two with
/// [`Routing::O1Turn`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteClass {
    /// Its index.
    pub id: RouteClassId,
    /// Its traffic class.
    pub traffic_class: u8,
    /// The axis that its packets follow first.
    pub first_axis: Axis,
    /// Virtual channels on links between routers, as a mask.
    pub transit_vcs: u32,
    /// Virtual channels on links from and to terminals, as a mask: all of the traffic class, since no packet waits behind a terminal.
    pub terminal_vcs: u32,
    /// The route class in which a packet waits for a link to a terminal: the first of the traffic class.
    pub at_terminal: RouteClassId,
}

impl RouteClass {
    /// Virtual channels behind an output port, as a mask.
    #[inline]
    pub fn vcs(&self, is_local: bool) -> u32 {
        if is_local { self.terminal_vcs } else { self.transit_vcs }
    }
}

/// The route classes of a network, traffic class by traffic class.
#[derive(Clone, Debug)]
pub struct RouteClasses {
    classes: Vec<RouteClass>,
    /// The first route class of each traffic class.
    first: Vec<u8>,
}

impl RouteClasses {
    /// Those of a checked configuration.
    pub fn new(config: &Config) -> RouteClasses {
        let (mut classes, mut first) = (Vec::new(), Vec::new());
        for (traffic_class, &VcRange { first: vc, count }) in (0..).zip(&config.classes) {
            let at_terminal = RouteClassId(classes.len() as u8);
            first.push(at_terminal.0);
            let mut add = |first_axis, transit_vcs| {
                classes.push(RouteClass {
                    id: RouteClassId(classes.len() as u8),
                    traffic_class,
                    first_axis,
                    transit_vcs,
                    terminal_vcs: mask(vc, count),
                    at_terminal,
                });
            };
            match config.routing_of(traffic_class.into()) {
                Routing::Xy => add(Axis::X, mask(vc, count)),
                Routing::Yx => add(Axis::Y, mask(vc, count)),
                Routing::O1Turn => {
                    let xy = count.div_ceil(2);
                    add(Axis::X, mask(vc, xy));
                    add(Axis::Y, mask(vc + xy, count - xy));
                }
            }
        }
        RouteClasses { classes, first }
    }

    /// The route classes of a traffic class.
    pub fn of(&self, traffic_class: u8) -> &[RouteClass] {
        let ids = self.first[traffic_class as usize] as usize..;
        let own = |class: &RouteClass| class.traffic_class == traffic_class;
        let count = self.classes[ids.clone()].iter().take_while(|class| own(class)).count();
        &self.classes[ids][..count]
    }

    /// The route class of the `count`-th packet of a terminal.
    #[inline]
    pub fn choose(&self, traffic_class: u8, TerminalId(terminal): TerminalId, count: u64) -> RouteClassId {
        let first = self.first[traffic_class as usize];
        match self.classes.get(first as usize + 1) {
            Some(second) if second.at_terminal.0 == first => {
                RouteClassId(first + (hash(terminal, count) & 1) as u8)
            }
            _ => RouteClassId(first),
        }
    }

    /// Virtual channels behind an output port that packets of any class use, as a mask.
    pub fn all_vcs(&self, is_local: bool) -> u32 {
        self.iter().fold(0, |all, class| all | class.vcs(is_local))
    }

    /// Whether some virtual channel belongs to two classes whose packets do not wait for it together.
    pub fn overlap(&self) -> bool {
        let at_terminals = self.iter().filter(|class| class.id == class.at_terminal);
        has_common_bit(self.iter().map(|class| class.transit_vcs))
            || has_common_bit(at_terminals.map(|class| class.terminal_vcs))
    }
}

impl Deref for RouteClasses {
    type Target = [RouteClass];

    #[inline]
    fn deref(&self) -> &[RouteClass] {
        &self.classes
    }
}

/// SplitMix64 of a terminal and a number: the same on every machine, so that a packet goes the same way in every run.
fn hash(terminal: u32, count: u64) -> u64 {
    let mut z = ((terminal as u64) << 32 ^ count).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// `count` bits from `first` on.
fn mask(first: u16, count: u16) -> u32 {
    VcRange { first, count }.mask()
}

/// Whether some bit is in two of the masks.
fn has_common_bit(mut masks: impl Iterator<Item = u32>) -> bool {
    let mut all = 0;
    masks.any(|mask| {
        let common = all & mask;
        all |= mask;
        common != 0
    })
}
