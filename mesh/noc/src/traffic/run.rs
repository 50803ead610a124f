//! The loop of a run: create, step, count, until the sampling plan has enough.

use super::destinations::Destinations;
use super::error::TrafficError;
use super::generator::{CreatedPacket, PacketGenerator};
use super::injection_process::InjectionProcess;
use super::load::TrafficLoad;
use super::measurement::Measurement;
use super::options::TrafficOptions;
use super::random::Random;
use super::sampling::{Aim, Next, Sampling, SamplingPlan};
use super::tracker::PacketTracker;
use crate::end::{EarlyEnd, End, Ended};
use crate::lookout::Lookout;
use crate::{Config, Cycle, Network, NoProbe, PacketRequest, Probe, TerminalId};

/// Steps between two audits of the network in builds with debug assertions.
const DEBUG_CHECK: u64 = 251;

/// Cycles of the drain between two looks at the latency threshold.
const DRAIN_CHECK: Cycle = 1000;

/// Runs a load on an empty network: for latency, and once more for throughput if the network is saturated. The seed counts modulo
/// [`SEEDS`](super::SEEDS).
///
/// # Errors
/// A network that cannot be built, a load or a plan that makes no sense. A deadlock and an audit that fails end the run early.
pub fn run(
    config: &Config,
    load: &TrafficLoad,
    plan: SamplingPlan,
    seed: u64,
    options: TrafficOptions,
) -> Result<Ended<Measurement, TrafficError>, TrafficError> {
    run_watched(config, load, plan, seed, options, &mut NoProbe)
}

/// As [`run`], with a probe that watches the network while latency is measured.
///
/// # Errors
/// As [`run`].
pub fn run_watched<P: Probe>(
    config: &Config,
    load: &TrafficLoad,
    plan: SamplingPlan,
    seed: u64,
    options: TrafficOptions,
    watch: &mut P,
) -> Result<Ended<Measurement, TrafficError>, TrafficError> {
    let latency = Run::new(config, load, plan, seed, options.clone(), watch)?.simulate(Aim::Latency);
    let (latency, end): (Measurement, _) = latency.into_parts();
    if latency.stable || !end.is_finished() {
        return Ok(Ended::new(latency, end));
    }
    Ok(Run::new(config, load, plan, seed, options, &mut NoProbe)?.simulate(Aim::Throughput))
}

struct Run<'a, P> {
    network: Network,
    generator: PacketGenerator,
    tracker: PacketTracker,
    flits: u32,
    plan: SamplingPlan,
    options: TrafficOptions,
    lookout: Lookout,
    /// The next cycle.
    now: Cycle,
    /// Packets that are created in a cycle.
    created: Vec<CreatedPacket>,
    watch: &'a mut P,
}

impl<'a, P: Probe> Run<'a, P> {
    fn new(
        config: &Config,
        load: &TrafficLoad,
        plan: SamplingPlan,
        seed: u64,
        options: TrafficOptions,
        watch: &'a mut P,
    ) -> Result<Run<'a, P>, TrafficError> {
        plan.check()?;
        if !(1..=Config::MAX_FLITS).contains(&load.flits) {
            return Err(TrafficError::Size { flits: load.flits, limit: Config::MAX_FLITS });
        }
        let network = Network::new(config)?;
        let terminals = network.terminals();
        let process = InjectionProcess::new(load.injection, load.rate, load.flits, terminals)?;
        let destinations = Destinations::new(&load.pattern, config)?;
        Ok(Run {
            generator: PacketGenerator::new(process, destinations, Random::new(seed), terminals),
            tracker: PacketTracker::new(&network),
            flits: load.flits,
            plan,
            lookout: Lookout::new(options.stop.clone(), options.max_cycles, network.nodes()).counting(),
            options,
            now: 0,
            created: Vec::new(),
            watch,
            network,
        })
    }

    /// Follows the sampling plan. A run that ends early leaves what it has measured, without a verdict.
    fn simulate(mut self, aim: Aim) -> Ended<Measurement, TrafficError> {
        let (progress, expected) = (self.options.stop.progress().clone(), self.plan.most_cycles());
        progress.expect(expected);
        let (stable, end) = match self.follow(aim) {
            Ok(stable) => (stable, End::Finished),
            Err(end) => (false, End::Early(end)),
        };
        // What was counted at the last look, and what a run that ends early has saved.
        progress.add(expected.saturating_sub(self.lookout.counted()));
        Ended::new(self.tracker.close(stable), end)
    }

    /// Samples, then a drain or an empty network, whichever the aim asks for. True if the network kept up.
    fn follow(&mut self, aim: Aim) -> Result<bool, EarlyEnd<TrafficError>> {
        let mut sampling = Sampling::new(self.plan, aim);
        let next = loop {
            for _ in 0..self.plan.sample_period {
                self.cycle()?;
            }
            let next = sampling.end(&self.tracker.sample(&self.network, self.now));
            if sampling.is_warm() {
                self.generator.measure();
                self.tracker.is_warming_up = false;
            }
            match next {
                Next::Sample { clear: true } => self.tracker.clear(&self.network, self.now),
                Next::Sample { clear: false } => {}
                next => break next,
            }
        };
        self.tracker.end_window(&self.network, self.now);
        let stable = match (next, aim) {
            (Next::Drain, Aim::Latency) => self.drain()?,
            (Next::Drain, Aim::Throughput) => self.empty()?,
            _ => false,
        };
        self.check()?;
        Ok(stable)
    }

    /// Goes on until nothing measured is under way or can still be created. False if latency exceeds the threshold meanwhile.
    fn drain(&mut self) -> Result<bool, EarlyEnd<TrafficError>> {
        let start = self.now;
        self.generator.drain(start);
        loop {
            self.cycle()?;
            let is_due = (self.now - start).is_multiple_of(DRAIN_CHECK);
            if is_due && self.plan.is_exceeded(self.tracker.sample(&self.network, self.now).with_ages) {
                return Ok(false);
            }
            if !self.tracker.is_missing() && !self.generator.is_undrained() {
                return Ok(true);
            }
        }
    }

    /// Creates no more packets and goes on until the network is empty. A network that needed this was not stable.
    fn empty(&mut self) -> Result<bool, EarlyEnd<TrafficError>> {
        while !self.tracker.is_empty() {
            self.step()?;
        }
        Ok(false)
    }

    /// A cycle with its creations.
    fn cycle(&mut self) -> Result<(), EarlyEnd<TrafficError>> {
        self.generator.draw(self.now, &mut self.created);
        self.step()
    }

    /// A cycle of the network, unless it is beyond the limit.
    fn step(&mut self) -> Result<(), EarlyEnd<TrafficError>> {
        let now = self.now;
        if self.lookout.is_due(now) {
            self.lookout.check(now)?;
        }
        self.now += 1;
        Ok(self.step_network(now)?)
    }

    fn check(&self) -> Result<(), TrafficError> {
        Ok(self.network.check_conservation()?)
    }

    /// A cycle of the network, if anything happens in it.
    fn step_network(&mut self, now: Cycle) -> Result<(), TrafficError> {
        self.options.watchdog.check(&self.network, Some(now), |tag| self.tracker.name(tag))?;
        if self.created.is_empty() && self.network.next_active().is_none_or(|next| next > now) {
            return Ok(());
        }
        for created in self.created.drain(..) {
            let tag = self.tracker.create(&created);
            let (source, target) = (TerminalId(created.source), TerminalId(created.target));
            self.network.offer(now, PacketRequest { source, target, flits: self.flits, class: 0, tag })?;
        }
        self.network.step(now, self.watch);
        self.network.injected().iter().for_each(|injected| self.generator.inject(injected.terminal.0, now));
        self.network.delivered().iter().for_each(|delivered| self.tracker.deliver(delivered));
        let steps = self.network.counters().steps;
        if self.options.check || (cfg!(debug_assertions) && steps.is_multiple_of(DEBUG_CHECK)) {
            self.network.check_conservation()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::injection_process::Injection;
    use super::super::pattern::Pattern;
    use super::*;
    use crate::PortOrder;

    fn start(rate: f64, watch: &mut NoProbe) -> Run<'_, NoProbe> {
        let config = Config::r3(4, 4, 1, 4, PortOrder::LocalFirst);
        let load = TrafficLoad { pattern: Pattern::Uniform, injection: Injection::Bernoulli, rate, flits: 1 };
        let options = TrafficOptions::default();
        Run::new(&config, &load, SamplingPlan::default(), 1, options, watch).unwrap()
    }

    #[test]
    fn memory_does_not_grow_where_more_is_offered_than_accepted() {
        let mut watch = NoProbe;
        let mut run = start(1.0, &mut watch);
        let capacity = [2_000, 40_000].map(|cycles| {
            (run.now..cycles).for_each(|_| run.cycle().unwrap());
            run.network.capacity() + run.tracker.capacity() + run.created.capacity()
        });
        assert_eq!(capacity[0], capacity[1]);
        // Packets wait all the same: clocks are far behind.
        assert!(run.tracker.sample(&run.network, run.now).latency > 10_000.0);
    }

    #[test]
    fn a_network_with_nothing_in_it_is_not_stepped() {
        let mut watch = NoProbe;
        let mut run = start(0.001, &mut watch);
        (0..10_000).for_each(|_| run.cycle().unwrap());
        let steps = run.network.counters().steps;
        assert!((100..5_000).contains(&steps), "{steps}");
        run.empty().unwrap();
        assert!(run.tracker.is_empty() && !run.tracker.is_missing());
    }
}
