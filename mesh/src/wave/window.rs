//! When waves are written: in which cycles, frames and layers.

use std::collections::BTreeMap;
use std::ops::Range;

use spikemesh_noc::Cycle;

/// The choice of a part of a run. Of one kind any may hold; kinds that are given must hold together, and frames restrict layers: a layer is then
/// looked at in these frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Windows {
    /// Ranges of cycles.
    pub cycles: Vec<Range<Cycle>>,
    /// Frames: from when the first unit begins one until all units have ended it.
    pub frames: Vec<usize>,
    /// Layers, by index: in each frame, from the first flit into one of its units to its last marker.
    pub layers: Vec<usize>,
}

/// Follows a run, and knows whether it is inside.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    /// Ascending, disjoint.
    cycles: Vec<Range<Cycle>>,
    frames: Option<Vec<usize>>,
    layers: Option<Vec<usize>>,
    /// Units of each layer, and of all passes together.
    units_of_layers: Vec<usize>,
    all_units: usize,
    /// Units that have ended a frame that has begun: of a layer, and of all.
    layers_begun: BTreeMap<(usize, usize), usize>,
    frames_begun: BTreeMap<usize, usize>,
    /// Chosen frames of layers, or frames, that have begun and not ended.
    open: usize,
    /// Whether one was open in the present cycle.
    was_open: bool,
}

impl Watch {
    /// For layers with so many units each, in passes with so many units together.
    pub fn new(windows: &Windows, units_of_layers: Vec<usize>, all_units: usize) -> Watch {
        let mut cycles: Vec<Range<Cycle>> = Vec::new();
        let mut sorted = windows.cycles.clone();
        sorted.sort_by_key(|range| range.start);
        for range in sorted {
            match cycles.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => cycles.push(range),
            }
        }
        let given = |list: &[usize]| (!list.is_empty()).then(|| list.to_vec());
        Watch {
            cycles,
            frames: given(&windows.frames),
            layers: given(&windows.layers),
            units_of_layers,
            all_units,
            layers_begun: BTreeMap::new(),
            frames_begun: BTreeMap::new(),
            open: 0,
            was_open: false,
        }
    }

    /// Whether it must be told what units do.
    pub fn follows_units(&self) -> bool {
        self.frames.is_some() || self.layers.is_some()
    }

    /// Whether a cycle that ends now is inside.
    pub fn contains(&self, cycle: Cycle) -> bool {
        let in_cycles = self.cycles.is_empty() || self.cycles.iter().any(|range| range.contains(&cycle));
        in_cycles && (!self.follows_units() || self.was_open)
    }

    /// Whether a frame that was chosen is open, or was in this cycle.
    pub fn is_open(&self) -> bool {
        self.open > 0 || self.was_open
    }

    /// Whether a cycle is outside, and will be until an edge, or until a frame begins.
    pub fn is_shut(&self, cycle: Cycle) -> bool {
        !self.is_open() && !self.contains(cycle)
    }

    /// The cycle has ended. What ends in the next one is still inside in it.
    pub fn end_cycle(&mut self) {
        self.was_open = self.open > 0;
    }

    /// The next cycle after this one at which it may change without anything happening: an edge of a range, or the end of the last frame that was
    /// `inside`.
    #[inline]
    pub fn next_edge(&self, cycle: Cycle, inside: bool) -> Option<Cycle> {
        if inside && self.follows_units() && self.open == 0 {
            return Some(cycle + 1);
        }
        let edges = self.cycles.iter().flat_map(|range| [range.start, range.end]);
        edges.filter(|&edge| edge > cycle).min()
    }

    /// A unit begins a frame.
    pub fn begins(&mut self, layer: Option<usize>, frame: usize) {
        if let Some(layer) = layer
            && self.is_chosen_layer(layer, frame)
            && !self.layers_begun.contains_key(&(layer, frame))
        {
            self.layers_begun.insert((layer, frame), 0);
            self.open();
        }
        if self.is_chosen_frame(frame) && !self.frames_begun.contains_key(&frame) {
            self.frames_begun.insert(frame, 0);
            self.open();
        }
    }

    /// A unit has ended a frame, in this cycle.
    pub fn ends(&mut self, layer: Option<usize>, frame: usize) {
        if let Some(layer) = layer
            && let Some(ended) = self.layers_begun.get_mut(&(layer, frame))
        {
            *ended += 1;
            if *ended == self.units_of_layers[layer] {
                self.open -= 1;
            }
        }
        if let Some(ended) = self.frames_begun.get_mut(&frame) {
            *ended += 1;
            if *ended == self.all_units {
                self.open -= 1;
            }
        }
    }

    fn open(&mut self) {
        self.open += 1;
        self.was_open = true;
    }

    fn is_chosen_layer(&self, layer: usize, frame: usize) -> bool {
        let has_frame = self.frames.as_ref().is_none_or(|frames| frames.contains(&frame));
        has_frame && self.layers.as_ref().is_some_and(|layers| layers.contains(&layer))
    }

    /// Layers restrict frames.
    fn is_chosen_frame(&self, frame: usize) -> bool {
        self.layers.is_none() && self.frames.as_ref().is_some_and(|frames| frames.contains(&frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_is_inside_from_its_first_flit_to_its_last_marker() {
        let windows = Windows { layers: vec![1], ..Windows::default() };
        let mut watch = Watch::new(&windows, vec![1, 2], 3);
        let mut inside = Vec::new();
        for cycle in 0..12 {
            match cycle {
                2 => watch.begins(Some(0), 0),
                3 => watch.begins(Some(1), 0),
                5 => watch.ends(Some(1), 0),
                7 => watch.ends(Some(1), 0),
                // A frame in one cycle.
                10 => {
                    watch.begins(Some(1), 1);
                    watch.ends(Some(1), 1);
                    watch.ends(Some(1), 1);
                }
                _ => {}
            }
            inside.push(watch.contains(cycle));
            let edge = watch.next_edge(cycle, watch.contains(cycle));
            assert_eq!(edge, matches!(cycle, 7 | 10).then_some(cycle + 1), "{cycle}");
            watch.end_cycle();
        }
        let expected: Vec<bool> = (0..12).map(|cycle| matches!(cycle, 3..=7 | 10)).collect();
        assert_eq!(inside, expected);
    }

    #[test]
    fn kinds_hold_together_and_frames_restrict_layers() {
        let windows = Windows { cycles: vec![4..9, 0..5, 20..30], frames: vec![1], layers: vec![0] };
        let mut watch = Watch::new(&windows, vec![1], 1);
        assert_eq!(watch.next_edge(0, false), Some(9));
        watch.begins(Some(0), 0);
        assert!(!watch.contains(3), "frame 0 was not chosen");
        watch.begins(Some(0), 1);
        assert!(watch.contains(3) && !watch.contains(9) && watch.contains(20) && !watch.contains(30));
    }
}
