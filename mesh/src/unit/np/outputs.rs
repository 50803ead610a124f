//! What an NP or the input unit gives out of a frame's potentials.

use spikemesh_isa::Activation;
use spikemesh_isa::memory::Contents;

use super::super::arithmetic::comparator::Comparators;

/// What leaves a unit of a frame: (column, row, filter), filters padded.
#[derive(Clone, Debug)]
pub struct Outputs<'p> {
    /// None if potentials leave it.
    comparators: Option<&'p Comparators>,
    potentials: Vec<i32>,
    levels: Vec<u8>,
}

impl<'p> Outputs<'p> {
    /// Of a unit with such comparators.
    pub fn new(comparators: Option<&'p Comparators>) -> Outputs<'p> {
        Outputs { comparators, potentials: Vec::new(), levels: Vec::new() }
    }

    /// Those of a frame with these potentials behind pooling.
    pub fn set(&mut self, potentials: &[i32]) {
        match self.comparators {
            Some(comparators) => comparators.levels(potentials, &mut self.levels),
            None => {
                self.potentials.clear();
                self.potentials.extend_from_slice(potentials);
            }
        }
    }

    /// What leaves the unit at an index: a potential, whatever it is, or a level that is not 0.
    pub fn value(&self, index: usize) -> Option<i32> {
        match self.comparators {
            Some(_) => Some(i32::from(self.levels[index])).filter(|&level| level > 0),
            None => Some(self.potentials[index]),
        }
    }
}

/// Comparators of a unit, from its memory image.
pub fn comparators(activation: Activation, contents: &Contents) -> Option<Comparators> {
    match activation {
        Activation::Levels { bits } => Some(Comparators::new(&contents.thresholds, &contents.steps, bits)),
        Activation::Potentials => None,
    }
}

/// A record asks for what this device's NPs cannot do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// Kernels on the mesh are square.
    Kernel(u32, u32),
    /// The device gives no time for this kind of kernel.
    Untimed {
        /// Side of the kernel.
        kernel: u32,
        /// Separable or plain.
        separable: bool,
    },
    /// The memory image does not have the length of its layout.
    Image,
}
