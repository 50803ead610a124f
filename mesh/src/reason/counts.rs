//! Clocks by unit and reason, added up.

use std::sync::Arc;

use super::{BlameTable, COMPUTE_STATES, Reason};
use crate::simulator::PassPlan;
use crate::unit::UnitId;
use spikemesh_noc::Cycle;

/// Clocks of one unit in one pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitReasons {
    /// By reason, in the order of [`Reason::ALL`].
    pub reasons: [u64; Reason::ALL.len()],
    /// Of computing, by state, in the order of [`COMPUTE_STATES`].
    pub states: [u64; COMPUTE_STATES.len()],
    /// Of a unit with two input maps the time of its receiving, which goes on beside computing: every clock again, by reason.
    pub receiving: Option<[u64; Reason::ALL.len()]>,
}

impl UnitReasons {
    /// Clocks with a reason.
    pub fn of(&self, reason: Reason) -> u64 {
        self.reasons[reason as usize]
    }

    /// Adds clocks that all of the unit spent with one reason.
    pub(super) fn add_all(&mut self, reason: Reason, clocks: u64) {
        let receiving = self.receiving.iter_mut();
        for reasons in receiving.chain([&mut self.reasons]) {
            reasons[reason as usize] += clocks;
        }
    }

    /// All clocks.
    pub fn sum(&self) -> u64 {
        self.reasons.iter().sum()
    }
}

/// Clocks that a unit waited for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blame {
    /// What it waited for.
    pub reason: Reason,
    /// For whom.
    pub unit: UnitId,
    /// So long. Waits that did not end are no one's.
    pub clocks: u64,
}

/// Clocks of all units, pass by pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReasonCounts {
    /// Clocks of the batches that were added: what the reasons of each unit of each pass add up to.
    pub span: Cycle,
    /// By pass and unit.
    pub passes: Vec<Vec<UnitReasons>>,
    /// By pass: whom units can wait for, and by place in this table how long they did.
    tables: Vec<Arc<BlameTable>>,
    pub(super) blames: Vec<Vec<u64>>,
}

impl ReasonCounts {
    /// None.
    pub fn new(plans: &[PassPlan]) -> ReasonCounts {
        let unit =
            |maps: u8| UnitReasons { receiving: (maps > 1).then(Default::default), ..UnitReasons::default() };
        let units = |plan: &PassPlan| plan.input_maps().map(unit).collect();
        ReasonCounts {
            span: 0,
            passes: plans.iter().map(units).collect(),
            tables: plans.iter().map(|plan| plan.blames.clone()).collect(),
            blames: plans.iter().map(|plan| vec![0; plan.blames.len()]).collect(),
        }
    }

    /// Whom a unit waited for, and how long; by reason, then unit.
    pub fn blames(&self, pass: usize, unit: usize) -> impl Iterator<Item = Blame> + '_ {
        let table: &BlameTable = &self.tables[pass];
        table.places(UnitId(unit as u32)).filter_map(move |place| {
            let (reason, unit) = table.entry(place);
            let clocks = self.blames[pass][place];
            (clocks > 0).then_some(Blame { reason, unit, clocks })
        })
    }

    /// Adds those of another batch of the same program.
    pub fn add(&mut self, other: &ReasonCounts) {
        self.span += other.span;
        for (unit, other) in self.passes.iter_mut().flatten().zip(other.passes.iter().flatten()) {
            unit.reasons.iter_mut().zip(other.reasons).for_each(|(sum, clocks)| *sum += clocks);
            unit.states.iter_mut().zip(other.states).for_each(|(sum, clocks)| *sum += clocks);
            let receiving = unit.receiving.iter_mut().flatten().zip(other.receiving.iter().flatten());
            receiving.for_each(|(sum, clocks)| *sum += clocks);
        }
        let others = other.blames.iter().flatten();
        self.blames.iter_mut().flatten().zip(others).for_each(|(sum, clocks)| *sum += clocks);
    }

    /// Every number, always in the same order.
    pub fn numbers(&mut self) -> impl Iterator<Item = &mut u64> {
        let units = self.passes.iter_mut().flatten();
        let units = units.flat_map(|unit| {
            let receiving = unit.receiving.iter_mut().flatten();
            unit.reasons.iter_mut().chain(unit.states.iter_mut()).chain(receiving)
        });
        std::iter::once(&mut self.span).chain(units).chain(self.blames.iter_mut().flatten())
    }
}
