//! How slices are given to neural processors.
//!
//! A placer is a file below `placer/` with its own configuration, and a variant here. It takes a partition to a
//! placement; [`cost`] says how good that is. All placers are deterministic: one that draws random numbers keeps its
//! seed in its configuration.

pub(crate) mod annealed;
pub(crate) mod free;
pub(crate) mod greedy;
mod hops;
pub(crate) mod in_order;
mod landscape;
mod links;
pub(crate) mod random;
mod random_numbers;
mod seats;
pub(crate) mod snake;
pub(crate) mod task;
#[cfg(test)]
mod tests;
mod tree;

use crate::objective::Objective;
use crate::placement::Placement;
use annealed::{Annealed, Moves};
use greedy::Greedy;
use random::Random;
use serde::Serialize;
use snake::Snake;
use spikemesh_stop::Stopped;
use task::PlacementTask;

/// A placer, with its configuration.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Placer {
    /// The one of snake and greedy with fewer event hops; snake when they are equal.
    #[default]
    Best,
    /// Along the snake over the nodes, in layer order.
    Snake(Snake),
    /// Each slice where its events travel least, in layer order.
    Greedy(Greedy),
    /// Each slice anywhere.
    Random(Random),
    /// Simulated annealing from the better one of snake and greedy.
    Annealed(Annealed),
}

/// A placement that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlacerTry {
    /// The placer.
    pub placer: &'static str,
    /// Links that the events of a frame pass, if every position fires.
    pub event_hops: u64,
    /// Links that the flits of a frame pass.
    pub flit_hops: u64,
    /// Flits over the busiest link of a frame.
    pub busiest_link_flits: u64,
    /// Moves and swaps that were tried; 0 of constructive placers.
    pub moves_tried: u64,
    /// Those that were taken.
    pub moves_taken: u64,
    /// Clocks of a frame in which every position fires; `None` if it was not simulated.
    pub clocks: Option<u64>,
}

impl Placer {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Placer::Best => "best",
            Placer::Snake(_) => "snake",
            Placer::Greedy(_) => "greedy",
            Placer::Random(_) => "random",
            Placer::Annealed(_) => "annealed",
        }
    }

    /// Places the slices of a partition; with it, every placement that was tried, in order.
    pub(crate) fn place(&self, task: &PlacementTask<'_>) -> Result<(Placement, Vec<PlacerTry>), Stopped> {
        let snake = || Ok((Placer::Snake(Snake).name(), Snake.place(task)?, Moves::default()));
        let greedy = || Ok((Placer::Greedy(Greedy).name(), Greedy.place(task)?, Moves::default()));
        let placed = match self {
            Placer::Best => vec![snake()?, greedy()?],
            Placer::Snake(_) => vec![snake()?],
            Placer::Greedy(_) => vec![greedy()?],
            Placer::Random(random) => vec![(self.name(), random.place(task)?, Moves::default())],
            Placer::Annealed(annealed) => {
                let start = [snake()?, greedy()?];
                let costs = start
                    .each_ref()
                    .map(|(_, placement, _)| objective_cost(task, placement, annealed.objective));
                let from = &start[usize::from(costs[1] < costs[0])].1;
                let (placement, moves) = annealed.improve(task, from)?;
                start.into_iter().chain([(self.name(), placement, moves)]).collect()
            }
        };
        let tries: Vec<PlacerTry> =
            placed.iter().map(|(name, placement, moves)| tried(task, name, placement, *moves)).collect();
        let mut placements = placed.into_iter().map(|(_, placement, _)| placement);
        let chosen = match self {
            // The first of several with the same cost.
            Placer::Best => (0..tries.len()).min_by_key(|&index| tries[index].event_hops),
            _ => tries.len().checked_sub(1),
        };
        Ok((chosen.and_then(|index| placements.nth(index)).unwrap_or_default(), tries))
    }
}

/// What an objective makes small, and what it compares next.
pub(crate) fn objective_cost(
    task: &PlacementTask<'_>,
    placement: &Placement,
    objective: Objective,
) -> (u64, u64) {
    let loads = task.all_loads(placement);
    let hops = loads.iter().map(|loads| loads.total()).sum();
    let busiest = loads.iter().filter_map(|loads| loads.busiest()).map(|link| link.flits).max().unwrap_or(0);
    match objective {
        Objective::FlitHops => (hops, busiest),
        Objective::BusiestLink => (busiest, hops),
    }
}

fn tried(task: &PlacementTask<'_>, placer: &'static str, placement: &Placement, moves: Moves) -> PlacerTry {
    let (flit_hops, busiest_link_flits) = objective_cost(task, placement, Objective::FlitHops);
    PlacerTry {
        placer,
        event_hops: task.event_hops(placement),
        flit_hops,
        busiest_link_flits,
        moves_tried: moves.tried,
        moves_taken: moves.taken,
        clocks: None,
    }
}
