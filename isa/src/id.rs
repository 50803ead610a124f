//! Typed indices: of neural processors on a device, of output maps and buffers in a program.

/// Index of a neural processor. Which node it is at, and its name, says the floorplan of the device for which the program was compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NpId(pub u16);

/// Index of an output map in a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OutputMapId(pub u16);

/// Index of a buffer in a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BufferId(pub u16);
