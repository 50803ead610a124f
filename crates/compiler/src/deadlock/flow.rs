//! Who sends packets to whom in a pass.

use std::collections::BTreeMap;

use spikemesh_device::network::{TerminalId, TrafficClass};
use spikemesh_device::{Floorplan, Unit};
use spikemesh_isa::{Pass, Program, Route, Target};

/// All packets of a traffic class from one unit to another in a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    /// Pass.
    pub pass: usize,
    /// Sender.
    pub from: Unit,
    /// Receiver.
    pub to: Unit,
    /// Traffic class: markers go with the data, tokens the other way.
    pub class: TrafficClass,
}

/// The flows of a pass, each once. The event DMA is one sender and one receiver, whatever its buffer.
pub fn flows(program: &Program, pass: usize, floorplan: &Floorplan) -> Vec<Flow> {
    let mut flows = BTreeMap::new();
    for (from, routes) in senders(&program.passes[pass]) {
        for to in routes.iter().map(receiver) {
            for (from, to, class) in [(from, to, TrafficClass::Data), (to, from, TrafficClass::Token)] {
                let key = (floorplan.terminal(from), floorplan.terminal(to), class);
                flows.entry(key).or_insert(Flow { pass, from, to, class });
            }
        }
    }
    flows.into_values().collect()
}

/// For each terminal the terminals from which packets of a class come, each once; in time that grows with the routes.
pub(super) fn sources(
    pass: &Pass,
    floorplan: &Floorplan,
    terminals: u32,
    class: TrafficClass,
) -> Vec<Vec<TerminalId>> {
    let mut sources = vec![Vec::new(); terminals as usize];
    for (from, routes) in senders(pass) {
        let from = floorplan.terminal(from);
        for to in routes.iter().map(|route| floorplan.terminal(receiver(route))) {
            let (from, to) = if class == TrafficClass::Data { (from, to) } else { (to, from) };
            sources[to.0 as usize].push(from);
        }
    }
    // Buffers share the terminal of the event DMA.
    let mut last = vec![u32::MAX; terminals as usize];
    for (to, sources) in (0..).zip(&mut sources) {
        sources.retain(|from| std::mem::replace(&mut last[from.0 as usize], to) != to);
    }
    sources
}

/// A value for each unit of a pass. Those of neural processors, of which there are many, are found by their index.
pub(super) struct UnitTable<T> {
    nps: Vec<T>,
    others: BTreeMap<Unit, T>,
}

impl<T: Clone + Default> UnitTable<T> {
    /// Every unit has the default.
    pub(super) fn new() -> UnitTable<T> {
        UnitTable { nps: Vec::new(), others: BTreeMap::new() }
    }

    /// The value of a unit.
    pub(super) fn get(&self, unit: Unit) -> T {
        let value = match unit {
            Unit::Np(np) => self.nps.get(usize::from(np)),
            _ => self.others.get(&unit),
        };
        value.cloned().unwrap_or_default()
    }

    /// The value of a unit, to be changed.
    pub(super) fn of(&mut self, unit: Unit) -> &mut T {
        match unit {
            Unit::Np(np) => {
                let np = usize::from(np);
                if np >= self.nps.len() {
                    self.nps.resize(np + 1, T::default());
                }
                &mut self.nps[np]
            }
            _ => self.others.entry(unit).or_default(),
        }
    }

    /// All values that were asked for, and defaults between them.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.nps.iter().chain(self.others.values())
    }
}

/// The units of a pass that send, with their routes.
pub(crate) fn senders(pass: &Pass) -> impl Iterator<Item = (Unit, &[Route])> {
    let hrc = pass.hrc.iter().map(|hrc| (Unit::Hrc, hrc.routes.as_slice()));
    let sources = pass.sources.iter().map(|source| (Unit::Source(source.buffer.0), source.routes.as_slice()));
    let nps = pass.nps.iter().map(|np| (Unit::Np(np.np.0), np.routes.as_slice()));
    hrc.chain(sources).chain(nps)
}

/// The unit at the end of a route.
pub(crate) fn receiver(route: &Route) -> Unit {
    match route.target {
        Target::Np(np) => Unit::Np(np.0),
        Target::Sink(buffer) => Unit::Sink(buffer.0),
    }
}
