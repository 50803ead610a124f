//! When frames would end with a change: the longest way to each event, with other delays. No simulator runs.

use super::graph::{BEGIN, Delay, Graph, PassGraph, StepClocks, When};
use crate::change::Change;
use crate::reason::{COMPUTE_STATES, compute_state};
use spikemesh_device::Scale;
use spikemesh_noc::Cycle;

/// When frames would end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// When each frame of the run would end: the last word of its last output arrives.
    pub ends: Vec<Cycle>,
}

impl Forecast {
    /// From the first cycle to the end of the last frame.
    pub fn makespan(&self) -> Cycle {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Between the ends of the last two frames; none of a single one.
    pub fn interval(&self) -> Option<Cycle> {
        let [.., before, last] = self.ends[..] else { return None };
        Some(last - before)
    }
}

impl Graph {
    /// When frames would end with a change, or without one.
    ///
    /// Events keep their order: each is evaluated once, in linear time. What a packet waited for others it keeps waiting, unless all packets take
    /// their zero-load times; so a forecast is exact where waits in the network do not change.
    pub fn forecast(&self, change: Option<Change>) -> Forecast {
        let mut forecast = Forecast { ends: vec![0; self.frames] };
        let (mut now, mut times) = (0, Vec::new());
        for pass in &self.passes {
            let load = match change {
                Some(Change::Load(scale)) => {
                    (pass.load * u64::from(scale.0)).div_ceil(u64::from(Scale::PARTS))
                }
                _ => pass.load,
            };
            pass.evaluate(now + load, change, &mut times);
            for &(frame, node) in &pass.ends {
                let end = &mut forecast.ends[frame];
                *end = (*end).max(times[node as usize]);
            }
            now = times.iter().max().copied().unwrap_or(now) + pass.settle;
        }
        forecast
    }

    /// True if every event comes out when it was: what the graph says is why the run took its time.
    pub fn is_exact(&self) -> bool {
        let mut times = Vec::new();
        self.passes.iter().all(|pass| {
            pass.evaluate(pass.times[BEGIN as usize], None, &mut times);
            times == pass.times
        })
    }
}

impl PassGraph {
    /// When each event is, if the pass begins in cycle `start`.
    fn evaluate(&self, start: Cycle, change: Option<Change>, times: &mut Vec<Cycle>) {
        times.clear();
        times.reserve(self.times.len());
        times.push(start);
        let other = if change == Some(Change::Fifo) { When::Bound } else { When::Unbound };
        let (mut sums, mut taken) = (StepSums::new(self, change), Vec::new());
        for node in 1..self.times.len() {
            let mut time = start;
            taken.clear();
            for edge in self.edges(node).iter().filter(|edge| edge.when != other) {
                let delay = match (edge.delay, change) {
                    (Delay::Fixed(clocks), _) => clocks,
                    (Delay::Steps { unit, first, end, begins }, _) => {
                        sums.add(unit, &self.steps[first as usize..end as usize], begins)
                    }
                    (Delay::Packet { alone, .. }, Some(Change::ZeroLoad)) => alone,
                    (Delay::Packet { clocks, .. }, _) => clocks,
                    (Delay::Behind(_), Some(Change::ZeroLoad)) | (Delay::Room(_), Some(Change::Fifo)) => {
                        continue;
                    }
                    (Delay::Behind(clocks) | Delay::Room(clocks), _) => clocks,
                    (Delay::Taken { clocks, flits }, Some(Change::Fifo)) => {
                        taken.push((times[edge.from as usize], u64::from(flits), clocks));
                        clocks
                    }
                    (Delay::Taken { clocks, .. }, _) => clocks,
                    (Delay::BehindWhole { clocks, flits, waits }, _) => {
                        let (flits, waits) = (u64::from(flits), self.waits[waits as usize]);
                        clocks + (waits.terminal * flits).checked_div(waits.flits).unwrap_or(0)
                    }
                    (Delay::WayWhole { alone, waits }, _) => {
                        let waits = self.waits[waits as usize];
                        alone + waits.network.checked_div(waits.packets).unwrap_or(0)
                    }
                };
                time = time.max(times[edge.from as usize] + delay);
            }
            times.push(time.max(taken_in(&mut taken)));
        }
    }
}

/// When the last of some packets has been taken in, a flit a clock, whichever comes first: each has the time at which its tail arrives if the unit is free,
/// its flits, and clocks that pass afterwards.
fn taken_in(packets: &mut [(Cycle, u64, Cycle)]) -> Cycle {
    packets.sort_unstable();
    let free = packets.iter().fold(0, |free, &(tail, flits, _)| tail.max(free + flits));
    packets.first().map_or(0, |(.., after)| free + after)
}

/// Clocks of steps with a change, summed up as sequencers do: a step ends in the first cycle that covers the sum of its frame so far.
struct StepSums {
    /// By unit and kind: parts that a clock becomes.
    parts: Vec<[u64; COMPUTE_STATES.len()]>,
    /// Parts of a clock.
    whole: u64,
    /// By unit: the sum of the frame, in parts.
    sums: Vec<u64>,
}

impl StepSums {
    fn new(pass: &PassGraph, change: Option<Change>) -> StepSums {
        let mut whole = u64::from(Scale::PARTS);
        if let Some(Change::Clock { terminal, .. }) = change
            && let Some(scale) = pass.units.iter().find(|u| u.terminal == terminal).and_then(|u| u.scale)
        {
            whole = u64::from(scale.all.0);
        }
        let parts = pass.units.iter().map(|unit| {
            let mut parts = [whole; COMPUTE_STATES.len()];
            match change {
                Some(Change::Clock { terminal, scale })
                    if unit.scale.is_some() && unit.terminal == terminal =>
                {
                    parts = [u64::from(scale.0); COMPUTE_STATES.len()];
                }
                Some(Change::Steps { output_map, state }) if unit.output_map == Some(output_map) => {
                    compute_state(state).into_iter().for_each(|kind| parts[kind] = u64::from(Change::HALF.0));
                }
                _ => {}
            }
            parts
        });
        StepSums { parts: parts.collect(), whole, sums: vec![0; pass.units.len()] }
    }

    /// Clocks from the end of what was before to the end of these steps.
    fn add(&mut self, unit: u32, steps: &[StepClocks], begins: bool) -> Cycle {
        let (parts, sum) = (&self.parts[unit as usize], &mut self.sums[unit as usize]);
        if begins {
            *sum = 0;
        }
        let before = sum.div_ceil(self.whole);
        *sum += steps.iter().map(|step| step.clocks * parts[usize::from(step.state)]).sum::<u64>();
        sum.div_ceil(self.whole) - before
    }
}
