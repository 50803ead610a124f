//! Synthetic traffic: a pattern offered at a rate, and what the network makes of it.
//!
//! A run goes by its [plan](Plan): samples that warm the network up, samples that are measured, and a drain that lasts until all
//! measured packets have arrived, while the load goes on. A network whose packets take longer and longer is saturated: more is offered
//! than it accepts, and latency means nothing. What it accepts is then measured by a second run, which does not look at latency.
//!
//! Random numbers, creations and the end of a run follow BookSim2's rules, so that the same seed and settings give the same packets in
//! the same cycles, and the same means to the last digit. O1TURN is the exception: BookSim2 draws the way of a packet from the same
//! streams, here it is a [property of the packet](crate::Routing::O1Turn).
//!
//! A terminal tests its injection in every cycle, so cost follows terminals and cycles: two to four nanoseconds for each that has
//! nothing to send. Cycles in which nothing is under way cost nothing else. Memory follows the terminals, even where far more is
//! offered than accepted.

mod books;
mod error;
mod injection;
mod latency;
mod pattern;
mod point;
mod random;
mod sampling;
mod sources;

pub use books::Measured;
pub use error::Error;
pub use injection::Injection;
pub use latency::Latencies;
pub use pattern::Pattern;
pub use point::{Point, rates};
pub use sampling::Plan;

use crate::Cycle;
use crate::{Config, Network, NoProbe, PacketRequest, TerminalId, Watchdog};
use books::Books;
use injection::Process;
use pattern::Targets;
use random::Random;
use sampling::{Aim, Next, Sampling};
use sources::{Created, Sources};

/// What is offered.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// Who sends to whom.
    pub pattern: Pattern,
    /// When packets are created.
    pub injection: Injection,
    /// Flits per terminal and cycle, more than 0 and at most 1.
    pub rate: f64,
    /// Length of all packets in flits.
    pub flits: u32,
}

/// What a run watches.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Count flits, credits and owners again after every cycle.
    pub check: bool,
    /// When the run stops because nothing moves any more.
    pub watchdog: Watchdog,
}

/// Steps between two looks into the books in builds with debug assertions.
const DEBUG_CHECK: u64 = 251;

/// Cycles of the drain between two looks at the latency threshold.
const DRAIN_CHECK: Cycle = 1000;

/// Seeds count modulo this number.
pub const SEEDS: u64 = 1 << 30;

/// The seed that BookSim2's curves in `mesh/tests/data` were made with.
pub const SEED: u64 = 12_345;

/// Runs a load on an empty network: for latency, and once more for throughput if the network is saturated. The seed counts modulo
/// [`SEEDS`].
///
/// # Errors
/// A network that cannot be built, a load or a plan that makes no sense, a deadlock, or broken books.
pub fn run(config: &Config, load: &Load, plan: Plan, seed: u64, options: Options) -> Result<Measured, Error> {
    let run = |aim| Run::new(config, load, plan, seed, options)?.simulate(aim);
    let latency = run(Aim::Latency)?;
    if latency.stable { Ok(latency) } else { run(Aim::Throughput) }
}

struct Run {
    network: Network,
    sources: Sources,
    books: Books,
    flits: u32,
    plan: Plan,
    options: Options,
    /// The next cycle.
    now: Cycle,
    /// Packets that are created in a cycle.
    created: Vec<Created>,
}

impl Run {
    fn new(config: &Config, load: &Load, plan: Plan, seed: u64, options: Options) -> Result<Run, Error> {
        plan.check()?;
        if !(1..=Config::MAX_FLITS).contains(&load.flits) {
            return Err(Error::Size { flits: load.flits, limit: Config::MAX_FLITS });
        }
        let network = Network::new(config)?;
        let terminals = network.terminals();
        let process = Process::new(load.injection, load.rate, load.flits, terminals)?;
        let targets = Targets::new(&load.pattern, config)?;
        Ok(Run {
            sources: Sources::new(process, targets, Random::new(seed), terminals),
            books: Books::new(&network),
            flits: load.flits,
            plan,
            options,
            now: 0,
            created: Vec::new(),
            network,
        })
    }

    fn simulate(mut self, aim: Aim) -> Result<Measured, Error> {
        let mut sampling = Sampling::new(self.plan, aim);
        let next = loop {
            for _ in 0..self.plan.sample_period {
                self.cycle()?;
            }
            let next = sampling.end(&self.books.sample(&self.network, self.now));
            if sampling.is_warm() {
                self.sources.measure();
                self.books.is_warming_up = false;
            }
            match next {
                Next::Sample { clear: true } => self.books.clear(&self.network, self.now),
                Next::Sample { clear: false } => {}
                next => break next,
            }
        };
        self.books.end_window(&self.network, self.now);
        let stable = match (next, aim) {
            (Next::Drain, Aim::Latency) => self.drain()?,
            (Next::Drain, Aim::Throughput) => self.empty()?,
            _ => false,
        };
        self.network.check_conservation()?;
        Ok(self.books.close(stable))
    }

    /// Goes on until nothing measured is under way or can still be created. False if latency exceeds the threshold meanwhile.
    fn drain(&mut self) -> Result<bool, Error> {
        let start = self.now;
        self.sources.drain(start);
        loop {
            self.cycle()?;
            let is_due = (self.now - start).is_multiple_of(DRAIN_CHECK);
            if is_due && self.plan.is_exceeded(self.books.sample(&self.network, self.now).with_ages) {
                return Ok(false);
            }
            if !self.books.is_missing() && !self.sources.is_owing() {
                return Ok(true);
            }
        }
    }

    /// Creates no more packets and goes on until the network is empty. A network that needed this was not stable.
    fn empty(&mut self) -> Result<bool, Error> {
        while !self.books.is_empty() {
            self.step()?;
        }
        Ok(false)
    }

    /// A cycle with its creations.
    fn cycle(&mut self) -> Result<(), Error> {
        self.sources.draw(self.now, &mut self.created);
        self.step()
    }

    /// A cycle of the network, if anything happens in it.
    fn step(&mut self) -> Result<(), Error> {
        let now = self.now;
        self.now += 1;
        self.options.watchdog.check(&self.network, Some(now), |tag| self.books.name(tag))?;
        if self.created.is_empty() && self.network.next_active().is_none_or(|next| next > now) {
            return Ok(());
        }
        for created in self.created.drain(..) {
            let tag = self.books.create(&created);
            let (source, target) = (TerminalId(created.source), TerminalId(created.target));
            self.network.offer(now, PacketRequest { source, target, flits: self.flits, class: 0, tag })?;
        }
        self.network.step(now, &mut NoProbe);
        self.network.injected().iter().for_each(|sent| self.sources.sent(sent.terminal.0, now));
        self.network.delivered().iter().for_each(|arrived| self.books.arrive(arrived));
        let steps = self.network.counters().steps;
        if self.options.check || (cfg!(debug_assertions) && steps.is_multiple_of(DEBUG_CHECK)) {
            self.network.check_conservation()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PortOrder;

    fn start(rate: f64) -> Run {
        let config = Config::r3(4, 4, 1, 4, PortOrder::LocalFirst);
        let load = Load { pattern: Pattern::Uniform, injection: Injection::Bernoulli, rate, flits: 1 };
        let options = Options { check: false, watchdog: Watchdog::default() };
        Run::new(&config, &load, Plan::default(), 1, options).unwrap()
    }

    #[test]
    fn memory_does_not_grow_where_more_is_offered_than_accepted() {
        let mut run = start(1.0);
        let room = [2_000, 40_000].map(|cycles| {
            (run.now..cycles).for_each(|_| run.cycle().unwrap());
            run.network.capacity() + run.books.capacity() + run.created.capacity()
        });
        assert_eq!(room[0], room[1]);
        // Packets wait all the same: clocks are far behind.
        assert!(run.books.sample(&run.network, run.now).latency > 10_000.0);
    }

    #[test]
    fn a_network_with_nothing_in_it_is_not_stepped() {
        let mut run = start(0.001);
        (0..10_000).for_each(|_| run.cycle().unwrap());
        let steps = run.network.counters().steps;
        assert!((100..5_000).contains(&steps), "{steps}");
        run.empty().unwrap();
        assert!(run.books.is_empty() && !run.books.is_missing());
    }
}
