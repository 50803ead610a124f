//! Totals of a network, and of each of its links.

/// What a network has done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Cycles that were stepped; skipped ones are not among them.
    pub steps: u64,
    /// Flits that left a source.
    pub injected: u64,
    /// Flits that reached a target.
    pub ejected: u64,
    /// Flits that routers added where they fork packets.
    pub forked: u64,
    /// Flits that were sent over a link between routers.
    pub flit_hops: u64,
    /// Flits that crossed a switch.
    pub switched: u64,
}

/// What passed a link, and how full it made the buffers at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkCounters {
    /// Flits that were sent over it.
    pub flits: u64,
    /// Most flits that lay in one of the virtual channels at its end together; 0 for a link to a terminal, which takes flits at once.
    pub peak: u16,
}

impl LinkCounters {
    /// Adds what was counted in another run, or in another network of the same size.
    pub fn add(&mut self, other: LinkCounters) {
        self.flits += other.flits;
        self.peak = self.peak.max(other.peak);
    }

    /// Adds the counters of all links.
    pub fn add_all(all: &mut Vec<LinkCounters>, others: &[LinkCounters]) {
        all.resize(all.len().max(others.len()), LinkCounters::default());
        all.iter_mut().zip(others).for_each(|(link, other)| link.add(*other));
    }
}
