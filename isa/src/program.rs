//! A program: the passes a device runs, one after the other, and the maps that cross from one to the next.

use crate::id::{BufferId, NpId, OutputMapId};
use crate::record::{HrcRecord, NpRecord, SinkRecord, SourceRecord};
use crate::shape::MapShape;

/// A map that one unit, or several together, produce. Reports and comparisons are by output map; the hardware does not know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputMap {
    /// What a person calls it.
    pub name: String,
    /// Its size.
    pub map: MapShape,
    /// Raw 32-bit potentials instead of event levels.
    pub potentials: bool,
}

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

/// A map that a frame leaves in host memory for the user: every map that nothing in the program reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    /// The output map that it holds; its name is that of the output.
    pub output_map: OutputMapId,
    /// Where it is collected.
    pub buffer: BufferId,
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
    pub output_maps: Vec<OutputMap>,
    /// Host memory used by the event DMA.
    pub buffers: Vec<Buffer>,
    /// The buffer that frames of events are written into; `None` for a program that takes images.
    pub input: Option<BufferId>,
    /// What a frame gives out, in the order of the output maps; at least one. The last is the model's last layer.
    pub outputs: Vec<Output>,
    /// Passes in execution order.
    pub passes: Vec<Pass>,
}

impl Program {
    /// The name, size and kind of an output of this program.
    pub fn output_map(&self, output: &Output) -> &OutputMap {
        &self.output_maps[usize::from(output.output_map.0)]
    }

    /// The map of the model's last layer.
    ///
    /// # Panics
    /// If there is no output: [`crate::verify()`] refuses such a program.
    pub fn last_output_map(&self) -> &OutputMap {
        self.outputs.last().map(|output| self.output_map(output)).expect("a program has an output")
    }

    /// Position of the output with this name.
    pub fn output_index(&self, name: &str) -> Option<usize> {
        self.outputs.iter().position(|output| self.output_map(output).name == name)
    }
}
