//! The arrays that a run writes: the output of every frame, cut into the outputs of the program.

use crate::engine::Output;
use crate::isa::{MapShape, Program};
use crate::tensor::{Dense, Sparse};

/// An array of outputs: which part of a frame's values it holds, and the name of its file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OutputArray {
    /// The layer.
    pub name: String,
    /// Its file in the run directory.
    pub file: String,
    /// Width, height and channels.
    pub map: MapShape,
    /// Where it begins among the values of a frame.
    pub begin: usize,
}

impl OutputArray {
    /// The shape of the array of some frames: (n, w, h, c).
    pub fn shape(&self, frames: usize) -> [usize; 4] {
        [frames, self.map.width as usize, self.map.height as usize, self.map.channels as usize]
    }

    /// Its values among those of a frame.
    pub fn of<'a>(&self, output: &'a [i32]) -> &'a [i32] {
        &output[self.begin..self.begin + self.map.len()]
    }
}

/// The arrays of a program.
pub(crate) fn output_arrays(program: &Program) -> Vec<OutputArray> {
    let map = program.buffers[usize::from(program.output.0)].map;
    // The last map that is computed is the one that is collected.
    let name = program.output_maps.last().map(|map| map.name.clone()).unwrap_or_default();
    vec![OutputArray { name, file: "outputs.npy".to_owned(), map, begin: 0 }]
}

/// The values of frames as the output of a program.
pub(crate) fn output_of<'a>(program: &Program, frames: impl ExactSizeIterator<Item = &'a [i32]>) -> Output {
    let buffer = &program.buffers[usize::from(program.output.0)];
    let map = buffer.map;
    let shape = [frames.len(), map.width as usize, map.height as usize, map.channels as usize];
    let values = frames.flatten();
    if buffer.potentials {
        Output::Potentials(Dense { shape, data: values.copied().collect() })
    } else {
        // Levels are 4 bits.
        let data = values.map(|level| *level as u8).collect();
        Output::Levels(Sparse::from_dense(&Dense { shape, data }))
    }
}
