//! The probe that adds up where the cycles of a batch go.

use super::{Reason, ReasonCounts, Receivers, Slice, Tracker, UnitReasons, compute_state};
use crate::probe::{Act, PassBegin, Probe};
use crate::simulator::{PassPlan, Simulator};
use crate::unit::{UnitId, UnitState};
use spikemesh_noc::Cycle;

/// Counts clocks by unit and reason. It keeps no interval, so its memory does not grow with time.
#[derive(Clone, Debug)]
pub struct ReasonProbe<'s> {
    plans: &'s [PassPlan],
    tracker: Tracker,
    receivers: Receivers,
    counts: ReasonCounts,
    pass: usize,
    /// When the load of the present pass began.
    loaded: Cycle,
}

impl<'s> ReasonProbe<'s> {
    /// For a run of this simulator.
    pub fn new(simulator: &'s Simulator) -> ReasonProbe<'s> {
        let plans = simulator.passes();
        ReasonProbe {
            plans,
            tracker: Tracker::default(),
            receivers: Receivers::default(),
            counts: ReasonCounts::new(plans),
            pass: 0,
            loaded: 0,
        }
    }

    /// What was counted.
    pub fn into_counts(self) -> ReasonCounts {
        self.counts
    }
}

/// It looks at no flit, grant or buffer.
impl spikemesh_noc::Probe for ReasonProbe<'_> {
    const OBSERVES_NETWORK: bool = false;
}

impl Probe for ReasonProbe<'_> {
    const ACTS: bool = true;

    fn begin(&mut self, pass: &PassBegin) {
        self.pass = pass.index;
        self.loaded = pass.loaded;
        let units = &mut self.counts.passes[pass.index];
        units.iter_mut().for_each(|unit| unit.add_all(Reason::Load, pass.start - pass.loaded));
        self.tracker.begin(units.len(), pass.frames.len(), pass.start);
        self.receivers.begin(pass.plan.input_maps(), pass.frames.len(), pass.start);
    }

    fn acted(&mut self, cycle: Cycle, unit: UnitId, act: Act, state: UnitState, done: usize) {
        let ReasonProbe { plans, tracker, counts, pass, .. } = self;
        let plan = &plans[*pass];
        tracker.acted(cycle, unit, act, (state, done), &plan.blames, &mut |slice| {
            count(counts, plan, *pass, &slice);
        });
    }

    fn received(&mut self, cycle: Cycle, unit: UnitId, act: Act, frames: [usize; 2]) {
        let ReasonProbe { receivers, counts, pass, .. } = self;
        let clocks_of = &mut counts.passes[*pass][unit.0 as usize];
        receivers.acted(cycle, unit, act, frames, &mut |reason, clocks| {
            count_receiving(clocks_of, reason, clocks);
        });
    }

    fn end(&mut self, cycle: Cycle) {
        let ReasonProbe { plans, tracker, receivers, counts, pass, loaded } = self;
        receivers.end(cycle, &mut |unit, reason, clocks| {
            count_receiving(&mut counts.passes[*pass][unit.0 as usize], reason, clocks);
        });
        tracker.end(cycle, &mut |slice| count(counts, &plans[*pass], *pass, &slice));
        let span = cycle - *loaded;
        counts.span += span;
        let others = counts.passes.iter_mut().enumerate().filter(|(index, _)| index != pass);
        others.flat_map(|(_, units)| units).for_each(|unit| unit.add_all(Reason::Unused, span));
    }
}

fn count_receiving(unit: &mut UnitReasons, reason: Reason, clocks: Cycle) {
    unit.receiving.iter_mut().for_each(|reasons| reasons[reason as usize] += clocks);
}

#[inline]
fn count(counts: &mut ReasonCounts, plan: &PassPlan, pass: usize, slice: &Slice) {
    let clocks = slice.end - slice.start;
    let unit = &mut counts.passes[pass][slice.unit.0 as usize];
    unit.reasons[slice.reason as usize] += clocks;
    if slice.reason == Reason::Compute {
        unit.states[compute_state(slice.state).expect("a step has such a state")] += clocks;
    }
    if let Some(blamed) = slice.blamed
        && let Some(place) = plan.blames.place(slice.unit, slice.reason, blamed)
    {
        counts.blames[pass][place] += clocks;
    }
}
