//! Lanes: which way packets go, and which virtual channels they may use on it.

use super::bitset::mask;
use spikemesh_device::network::TerminalId;
use spikemesh_device::network::{Config, Routing, VcRange};

/// What packets of one class that go one way have in common. There is a lane per class, or two where a class goes both ways.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lane {
    /// The VCs between routers.
    pub transit: u32,
    /// The VCs to a terminal: all of the class, since nothing behind them can close a circle.
    pub eject: u32,
    /// The lane in whose pool heads wait for a VC to a terminal: the same for all lanes of a class.
    pub eject_lane: u8,
    /// The way, never [`Routing::O1Turn`].
    pub routing: Routing,
}

impl Lane {
    /// The VCs of an output port.
    #[inline]
    pub fn vcs(&self, is_local: bool) -> u32 {
        if is_local { self.eject } else { self.transit }
    }
}

/// The lanes of a checked configuration, class by class.
pub(super) fn lanes(config: &Config) -> Vec<Lane> {
    let mut lanes = Vec::new();
    for class in 0..config.classes.len() {
        let VcRange { first, count } = config.classes[class];
        let all = mask(first as u32, count as u32);
        let eject_lane = lanes.len() as u8;
        let mut add = |transit, routing| lanes.push(Lane { transit, eject: all, eject_lane, routing });
        match config.routing_of(class) {
            Routing::O1Turn => {
                let xy = count.div_ceil(2);
                add(mask(first as u32, xy as u32), Routing::Xy);
                add(mask((first + xy) as u32, (count - xy) as u32), Routing::Yx);
            }
            routing => add(all, routing),
        }
    }
    lanes
}

/// The VCs of an output port that any lane may use.
pub(super) fn all_vcs(lanes: &[Lane], is_local: bool) -> u32 {
    lanes.iter().fold(0, |all, lane| all | lane.vcs(is_local))
}

/// The first lane of each class.
pub(super) fn class_lanes(lanes: &[Lane]) -> Vec<u8> {
    let owners = lanes.iter().enumerate().filter(|&(index, lane)| index == lane.eject_lane as usize);
    owners.map(|(_, lane)| lane.eject_lane).collect()
}

/// The lane of the `count`-th packet of a terminal.
#[inline]
pub(super) fn choose_lane(
    lanes: &[Lane],
    class_lanes: &[u8],
    class: u8,
    TerminalId(terminal): TerminalId,
    count: u64,
) -> u8 {
    let first = class_lanes[class as usize];
    match lanes.get(first as usize + 1) {
        Some(second) if second.eject_lane == first => first + (mix(terminal, count) & 1) as u8,
        _ => first,
    }
}

/// SplitMix64 of a terminal and a number: the same on every machine, and the same packet goes the same way in every run.
fn mix(terminal: u32, count: u64) -> u64 {
    let mut z = ((terminal as u64) << 32 ^ count).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// Whether some VC between routers or to terminals belongs to two lanes that do not wait in the same pool.
pub(super) fn overlap(lanes: &[Lane]) -> bool {
    let owners = lanes.iter().enumerate().filter(|&(index, lane)| index == lane.eject_lane as usize);
    twice(lanes.iter().map(|lane| lane.transit)) || twice(owners.map(|(_, lane)| lane.eject))
}

/// Whether some bit is in two of the masks.
fn twice(mut masks: impl Iterator<Item = u32>) -> bool {
    let mut all = 0;
    masks.any(|mask| {
        let shared = all & mask;
        all |= mask;
        shared != 0
    })
}
