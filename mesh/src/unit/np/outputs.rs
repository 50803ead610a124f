//! What an NP or the input unit gives out of a frame's potentials.

use spikemesh_isa::Activation;
use spikemesh_isa::memory::Contents;

use super::super::arithmetic::comparator::Comparators;

/// The potentials of a frame after pooling, or their levels: (column, row, filter), filters padded.
#[derive(Clone, Debug, Default)]
pub struct Outputs {
    pub(super) potentials: Vec<i32>,
    levels: Vec<u8>,
}

impl Outputs {
    /// Turns the potentials into levels, if levels leave the unit.
    pub(super) fn activate(&mut self, comparators: Option<&Comparators>) {
        if let Some(comparators) = comparators {
            comparators.levels(&self.potentials, &mut self.levels);
        }
    }

    /// What leaves the unit at an index: `None` for no event.
    pub(super) fn value(&self, index: usize, potentials: bool) -> Option<i32> {
        if potentials {
            Some(self.potentials[index])
        } else {
            Some(i32::from(self.levels[index])).filter(|&l| l > 0)
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
