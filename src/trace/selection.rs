//! Which packets of a trace are looked at.

use std::collections::BTreeSet;

use crate::noc::trace::{PacketKind, TracePacket};

/// From a number up to another one, which is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first.
    pub start: u64,
    /// Behind the last.
    pub end: u64,
}

impl Range {
    fn contains(&self, value: u64) -> bool {
        (self.start..self.end).contains(&value)
    }
}

/// Filters. A packet is selected if it passes all of them; a filter passes what is one of its values. `None` passes everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Terminals that send.
    pub from: Option<BTreeSet<u32>>,
    /// Terminals that receive: one of a packet's targets at least.
    pub to: Option<BTreeSet<u32>>,
    /// Terminals that send or receive.
    pub ends: Option<BTreeSet<u32>>,
    /// Names of layers of the sender; `None` among them is a sender without a layer.
    pub layers: Option<BTreeSet<Option<String>>>,
    /// Traffic classes.
    pub classes: Option<BTreeSet<u8>>,
    /// Frames.
    pub frames: Option<Range>,
    /// What packets carry.
    pub kinds: Option<BTreeSet<PacketKind>>,
    /// Cycles of creation.
    pub window: Option<Range>,
}

impl Selection {
    /// True if it is everything.
    pub fn is_all(&self) -> bool {
        let Selection { from, to, ends, layers, classes, frames, kinds, window } = self;
        from.is_none()
            && to.is_none()
            && ends.is_none()
            && layers.is_none()
            && classes.is_none()
            && frames.is_none()
            && kinds.is_none()
            && window.is_none()
    }

    /// True if a packet is selected; `created` is when it was created, `layers` are the names by number.
    pub fn contains(&self, packet: &TracePacket, created: u64, layers: &[String]) -> bool {
        fn is_in<T: Ord>(set: &Option<BTreeSet<T>>, value: impl FnOnce() -> T) -> bool {
            set.as_ref().is_none_or(|set| set.contains(&value()))
        }
        let TracePacket { source, class, labels, .. } = packet;
        let goes_to = |set: &BTreeSet<u32>| packet.targets().any(|target| set.contains(&target));
        is_in(&self.from, || *source)
            && self.to.as_ref().is_none_or(goes_to)
            && self.ends.as_ref().is_none_or(|ends| ends.contains(source) || goes_to(ends))
            && is_in(&self.classes, || *class)
            && self.window.is_none_or(|window| window.contains(created))
            && self.frames.is_none_or(|frames| labels.frame.is_some_and(|frame| frames.contains(frame)))
            && self.kinds.as_ref().is_none_or(|kinds| labels.kind.is_some_and(|kind| kinds.contains(&kind)))
            && is_in(&self.layers, || labels.layer.and_then(|layer| layers.get(layer as usize).cloned()))
    }
}
