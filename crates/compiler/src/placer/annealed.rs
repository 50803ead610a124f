//! Simulated annealing from the better of the constructive placements.

use super::hops::Hops;
use super::landscape::{Change, Landscape};
use super::links::Links;
use super::random_numbers::{Exponential, RandomNumbers};
use super::seats::{Seats, too_small};
use super::task::{PlacementTask, nodes};
use crate::demand::PassDemand;
use crate::objective::Objective;
use crate::placement::Placement;
use spikemesh_device::network::{Axis, NodeCoord, Routing};
use spikemesh_isa::NpId;
use spikemesh_stop::Stopped;

/// Simulated annealing: random moves and swaps, of which the dearer ones are taken ever less often.
///
/// It is never above the placement that it starts from, the better one of snake and greedy. The same seed gives the same placement on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Annealed {
    /// What is made small.
    pub objective: Objective,
    /// How long it tries, 1 to [`Annealed::MAX_EFFORT`]: in hundreds of tries for each slice.
    pub effort: u32,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Default for Annealed {
    fn default() -> Annealed {
        Annealed { objective: Objective::default(), effort: 20, seed: 0 }
    }
}

/// Independent runs; the best one is kept.
const RUNS: u64 = 4;
/// Temperatures of a run, each [`COOLER`] times the one before: the last one is a three-hundredth of the first.
const TEMPERATURES: u64 = 100;
const COOLER: f64 = 0.945;
/// Slices that small passes are treated as if they had.
const LEAST_SLICES: u64 = 32;
/// Members of pairs and links that are looked at for a hundred tries of each slice, when loads of links are counted.
const LINK_WORK: u64 = 4_000_000;

/// What annealing did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moves {
    pub tried: u64,
    pub taken: u64,
}

impl Annealed {
    /// The most effort.
    pub const MAX_EFFORT: u32 = 10_000;

    /// Makes a placement better.
    pub(super) fn improve(
        &self,
        task: &PlacementTask<'_>,
        start: &Placement,
    ) -> Result<(Placement, Moves), Stopped> {
        let mut placement = start.clone();
        let mut moves = Moves::default();
        for demand in task.demand {
            let too_small = too_small(demand, task.layers, task.partition, task.resources);
            let seats = Seats::new(demand, start, task.pinned, task.resources, too_small);
            if seats.movable.is_empty() || seats.len() < 2 {
                continue;
            }
            let best = self.pass(task, demand, &seats, &mut moves)?;
            for (id, np) in demand.slices.iter().zip(best) {
                placement.nps[id.layer][id.slice] = np;
            }
        }
        Ok((placement, moves))
    }

    /// The best placement of a pass that some runs find.
    fn pass(
        &self,
        task: &PlacementTask<'_>,
        demand: &PassDemand,
        seats: &Seats,
        moves: &mut Moves,
    ) -> Result<Vec<NpId>, Stopped> {
        let slices = (seats.movable.len() as u64).max(LEAST_SLICES);
        let tries = u64::from(self.effort) * 100 * slices / RUNS;
        let at = nodes(&seats.np, task.resources);
        let floorplan = task.resources.floorplan;
        let sides = [floorplan.columns, floorplan.rows];
        let mut best: Option<(i64, Vec<NpId>)> = None;
        for run in 0..RUNS {
            let numbers = RandomNumbers::new(self.seed, run);
            let found = match self.objective {
                Objective::FlitHops => {
                    let first =
                        if *task.resources.network.routing == Routing::Yx { Axis::Y } else { Axis::X };
                    let mut walk = Walk::new(
                        Hops::new(demand, at.clone(), sides, first),
                        seats.clone(),
                        demand,
                        numbers,
                    );
                    let found = walk.run(task, sides, tries)?;
                    moves.tried += walk.moves.tried;
                    moves.taken += walk.moves.taken;
                    found
                }
                Objective::BusiestLink => {
                    let work = link_work(demand, sides);
                    let tries = tries.min(u64::from(self.effort) * LINK_WORK / RUNS / work).max(TEMPERATURES);
                    let loads = task.loads(demand, &at);
                    let mut walk =
                        Walk::new(Links::new(demand, at.clone(), loads), seats.clone(), demand, numbers);
                    let found = walk.run(task, sides, tries)?;
                    moves.tried += walk.moves.tried;
                    moves.taken += walk.moves.taken;
                    found
                }
            };
            if best.as_ref().is_none_or(|(cost, _)| found.0 < *cost) {
                best = Some(found);
            }
        }
        Ok(best.map_or_else(|| seats.np.clone(), |(_, nps)| nps))
    }
}

/// What a change of link loads looks at, about.
fn link_work(demand: &PassDemand, [columns, rows]: [u16; 2]) -> u64 {
    let sides = u64::from(columns) + u64::from(rows);
    let members = |pair: &crate::demand::Pair| {
        (demand.classes[pair.class].len() + demand.groups[pair.group].len()) as u64
    };
    let of_pairs: u64 = demand.pairs.iter().map(|pair| members(pair) * sides).sum();
    let links = 4 * u64::from(columns) * u64::from(rows);
    1 + 2 * links + 2 * of_pairs / demand.classes.len().max(1) as u64
}

/// A run of annealing.
struct Walk<'a, L> {
    landscape: L,
    seats: Seats,
    demand: &'a PassDemand,
    numbers: RandomNumbers,
    moves: Moves,
}

impl<'a, L: Landscape> Walk<'a, L> {
    fn new(landscape: L, seats: Seats, demand: &'a PassDemand, numbers: RandomNumbers) -> Walk<'a, L> {
        Walk { landscape, seats, demand, numbers, moves: Moves::default() }
    }

    /// Cools down; the least cost that was met, and its placement.
    fn run(
        &mut self,
        task: &PlacementTask<'_>,
        sides: [u16; 2],
        tries: u64,
    ) -> Result<(i64, Vec<NpId>), Stopped> {
        let exponential = Exponential::new();
        let mut best = (self.landscape.cost(), self.seats.np.clone());
        let mut temperature = self.usual_change(sides);
        for step in 0..TEMPERATURES {
            task.stop.check()?;
            let left = TEMPERATURES - step;
            let reach = sides.map(|side| (u64::from(side) * left).div_ceil(TEMPERATURES) as u16);
            for _ in 0..tries.div_ceil(TEMPERATURES) {
                self.moves.tried += 1;
                let Some((slice, np, change)) = self.draw(sides, reach) else { continue };
                let delta = self.landscape.propose(change);
                let allowed = temperature * exponential.draw(&mut self.numbers);
                if delta as f64 <= allowed {
                    self.landscape.accept();
                    self.seats.swap(slice, np);
                    self.moves.taken += 1;
                } else {
                    self.landscape.reject();
                }
            }
            self.keep(&mut best);
            temperature *= COOLER;
        }
        self.descend(task, sides, tries)?;
        self.keep(&mut best);
        Ok(best)
    }

    fn keep(&self, best: &mut (i64, Vec<NpId>)) {
        if self.landscape.cost() < best.0 {
            best.0 = self.landscape.cost();
            best.1.clone_from(&self.seats.np);
        }
    }

    /// The mean size of what random changes cost.
    fn usual_change(&mut self, sides: [u16; 2]) -> f64 {
        const SAMPLES: u32 = 200;
        let mut sum = 0.0;
        for _ in 0..SAMPLES {
            if let Some((.., change)) = self.draw(sides, sides) {
                sum += self.landscape.propose(change).abs() as f64;
                self.landscape.reject();
            }
        }
        sum / f64::from(SAMPLES)
    }

    /// A random slice and where it goes: within reach of where it is, or near where it costs least.
    fn draw(&mut self, [columns, rows]: [u16; 2], reach: [u16; 2]) -> Option<(usize, NpId, Change)> {
        let numbers = &mut self.numbers;
        let slice = self.seats.movable[numbers.below(self.seats.movable.len())];
        let at = self.landscape.node(slice);
        let (around, reach) =
            if numbers.one_in(3) { (self.landscape.wish(slice), [1, 1]) } else { (at, reach) };
        let mut near = |at: u16, reach: u16, side: u16| {
            let low = at.saturating_sub(reach);
            let high = at.saturating_add(reach).min(side - 1);
            low + numbers.below(usize::from(high - low) + 1) as u16
        };
        let to = NodeCoord { x: near(around.x, reach[0], columns), y: near(around.y, reach[1], rows) };
        let seats = self.seats.at(to);
        if to == at || seats.is_empty() {
            return None;
        }
        let np = seats[self.numbers.below(seats.len())];
        self.change(slice, np, to)
    }

    fn change(&self, slice: usize, np: NpId, to: NodeCoord) -> Option<(usize, NpId, Change)> {
        let other = self.seats.sitting(np);
        let makes_sense =
            other.is_none_or(|other| self.demand.class_of[other] != self.demand.class_of[slice]);
        (makes_sense && self.seats.may_swap(self.demand, slice, np)).then_some((
            slice,
            np,
            Change { slice, to, other },
        ))
    }

    /// Takes every change that saves something, until there is none or as many were looked at as cooling took.
    fn descend(
        &mut self,
        task: &PlacementTask<'_>,
        [columns, rows]: [u16; 2],
        most: u64,
    ) -> Result<(), Stopped> {
        let mut left = most;
        loop {
            let mut is_better = false;
            for index in 0..self.seats.movable.len() {
                task.stop.check()?;
                let slice = self.seats.movable[index];
                for node in 0..usize::from(columns) * usize::from(rows) {
                    let to = NodeCoord {
                        x: (node % usize::from(columns)) as u16,
                        y: (node / usize::from(columns)) as u16,
                    };
                    for seat in 0..self.seats.at(to).len() {
                        let np = self.seats.at(to)[seat];
                        if to == self.landscape.node(slice) {
                            break;
                        }
                        let Some((.., change)) = self.change(slice, np, to) else { continue };
                        self.moves.tried += 1;
                        left = left.saturating_sub(1);
                        if self.landscape.propose(change) < 0 {
                            self.landscape.accept();
                            self.seats.swap(slice, np);
                            self.moves.taken += 1;
                            is_better = true;
                        } else {
                            self.landscape.reject();
                        }
                    }
                }
                if left == 0 {
                    return Ok(());
                }
            }
            if !is_better {
                return Ok(());
            }
        }
    }
}
