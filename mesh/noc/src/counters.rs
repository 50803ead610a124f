//! Totals of a network.

/// What a network has done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Cycles that were stepped; skipped ones are not among them.
    pub steps: u64,
    /// Flits that left a source.
    pub injected: u64,
    /// Flits that reached their target.
    pub ejected: u64,
    /// Flits that were sent over a link between routers.
    pub flit_hops: u64,
    /// Flits that crossed a switch.
    pub switched: u64,
}
