//! A program: the passes a device runs, one after the other, and the maps that cross from one to the next.

use crate::record::{HrcRecord, NpId, NpRecord, SinkRecord, SourceRecord};

/// The size of a map of events: `width` columns (x), `height` rows (y), `channels` features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MapShape {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Features per position.
    pub channels: u32,
}

impl MapShape {
    /// Positions times features.
    pub fn len(&self) -> usize {
        self.width as usize * self.height as usize * self.channels as usize
    }

    /// True if some side is zero.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where `(x, y, c)` lies in a dense map: x slowest, c fastest, as in the tensors of the model side.
    pub fn index(&self, x: u32, y: u32, c: u32) -> usize {
        (x as usize * self.height as usize + y as usize) * self.channels as usize + c as usize
    }
}

/// `28x28x16`: width, height, channels.
impl std::fmt::Display for MapShape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}x{}", self.width, self.height, self.channels)
    }
}

/// Index of a [`Group`] in [`Program::groups`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(pub u16);

/// Units that together produce one map. Reports and comparisons are by group; the hardware does not know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What a person calls it.
    pub name: String,
    /// The whole map that the group produces.
    pub map: MapShape,
    /// Raw 32-bit potentials instead of event levels.
    pub potentials: bool,
}

/// Index of a [`Buffer`] in [`Program::buffers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BufferId(pub u16);

/// A map in host memory that the event DMA writes or reads: program input, pass boundary, program output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// Its size.
    pub map: MapShape,
    /// Raw 32-bit potentials instead of event levels.
    pub potentials: bool,
    /// Bits of an event's level, 1..=4; 0 for potentials.
    pub bits: u8,
}

/// What the mesh is loaded with at one time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pass {
    /// The input unit, if this pass takes images.
    pub hrc: Option<HrcRecord>,
    /// Buffers that the event DMA injects.
    pub sources: Vec<SourceRecord>,
    /// Neural processors in use, ascending by [`NpId`], each at most once.
    pub nps: Vec<NpRecord>,
    /// Buffers that the event DMA collects.
    pub sinks: Vec<SinkRecord>,
}

impl Pass {
    /// Position of an NP's record in [`Pass::nps`].
    pub fn np_index(&self, np: NpId) -> Option<usize> {
        self.nps.binary_search_by_key(&np, |r| r.np).ok()
    }
}

/// A compiled program.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Name of the model it was made from.
    pub name: String,
    /// Name of the device it was compiled for.
    pub device: String,
    /// False when it was compiled from a model without weights: it describes a mapping and must not run.
    pub weights_set: bool,
    /// Maps by which results are reported, in the order of computation.
    pub groups: Vec<Group>,
    /// Host memory used by the event DMA.
    pub buffers: Vec<Buffer>,
    /// The buffer that frames of events are written into; `None` for a program that takes images.
    pub input: Option<BufferId>,
    /// The buffer that holds the result.
    pub output: BufferId,
    /// Passes in execution order.
    pub passes: Vec<Pass>,
}
