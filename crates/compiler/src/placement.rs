//! Which neural processor computes each slice.

use spikemesh_isa::NpId;

/// Where slices are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Placement {
    /// Per layer, per slice; empty for layers that take no NP. NPs are reused from pass to pass.
    pub nps: Vec<Vec<NpId>>,
}
