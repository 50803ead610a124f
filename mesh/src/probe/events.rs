//! Every event of a run, with its cycle: what reports and scripts look at. [waves](crate::wave) show units and links as well.

use spikemesh_isa::OutputMapId;

use super::observe::{Origin, Probe};
use spikemesh_noc::Cycle;

use crate::unit::{Emission, UnitId};

/// An event, or a potential, as a unit emitted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spike {
    /// Index of the frame in the run.
    pub frame: u32,
    /// When.
    pub cycle: Cycle,
    /// The output map that it is part of.
    pub output_map: OutputMapId,
    /// Where, and which value.
    pub emission: Emission,
}

/// Keeps the events of a run in the order in which they are emitted.
#[derive(Clone, Debug, Default)]
pub struct EventProbe {
    /// The events.
    pub spikes: Vec<Spike>,
}

/// It looks at no flit, grant or buffer.
impl spikemesh_noc::Probe for EventProbe {
    const OBSERVES_NETWORK: bool = false;
}

impl Probe for EventProbe {
    fn emitted(
        &mut self,
        cycle: Cycle,
        _: UnitId,
        Origin { frame, output_map }: Origin,
        events: &[Emission],
    ) {
        let spike = |&emission| Spike { frame: frame as u32, cycle, output_map, emission };
        self.spikes.extend(events.iter().map(spike));
    }
}
