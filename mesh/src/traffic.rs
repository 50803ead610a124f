//! Synthetic traffic: a pattern offered at a rate, and what the network makes of it.
//!
//! A run has three phases. In the first the network fills; packets created in the second are measured; the third lasts until all of
//! those have arrived, while the load goes on. If they have not when its cycles are over, or if far less arrived than was created while
//! it was measured, the network is saturated: more is offered than it accepts, and latency means nothing.
//!
//! Every terminal has random numbers of its own, so the packets that it creates depend on the seed and the terminal only. Creations
//! are drawn as they are needed: memory follows the terminals even where far more is offered than accepted.

mod error;
mod injection;
mod latency;
mod pattern;
mod point;
mod random;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

pub use error::Error;
pub use injection::Injection;
pub use latency::Latencies;
pub use pattern::Pattern;
pub use point::{Point, rates};

use crate::kernel::Cycle;
use crate::network::{Config, FlitEvent, Network, NoProbe, Probe, Send, TerminalId};
use injection::Process;
use pattern::Targets;
use random::Random;

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

/// Cycles of the phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phases {
    /// Before anything is measured.
    pub warmup: Cycle,
    /// In which measured packets are created.
    pub measure: Cycle,
    /// After which the network counts as saturated if measured packets have not arrived.
    pub drain: Cycle,
}

impl Phases {
    /// Longest phase.
    pub const MAX: Cycle = 1 << 32;

    fn check(&self) -> Result<(), Error> {
        let phases = [("warmup", self.warmup, 0), ("measure", self.measure, 1), ("drain", self.drain, 0)];
        for (phase, cycles, least) in phases {
            if !(least..=Self::MAX).contains(&cycles) {
                return Err(Error::Phase { phase, cycles, least, most: Self::MAX });
            }
        }
        Ok(())
    }
}

impl Default for Phases {
    fn default() -> Phases {
        Phases { warmup: 5_000, measure: 20_000, drain: 40_000 }
    }
}

/// How a run goes about it.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Count flits, credits and owners again after every cycle.
    pub check: bool,
    /// Cycles without a moving flit after which packets count as deadlocked.
    pub watchdog: Cycle,
    /// Count the flits of every link.
    pub links: bool,
}

/// What a run has measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// Creation to arrival of the tail, of measured packets that arrived.
    pub latencies: Latencies,
    /// Head leaving the source to arrival of the tail, of the same packets.
    pub network_latencies: Latencies,
    /// Routers that these packets passed.
    pub routers: u64,
    /// Flits that arrived during the measurement, per terminal and cycle.
    pub accepted: f64,
    /// All measured packets arrived, and arrivals kept up with creations.
    pub stable: bool,
    /// Flits over each link during the measurement, by [`Network::links`]; empty unless asked for.
    pub links: Vec<u64>,
    /// Cycles that were simulated.
    pub cycles: Cycle,
    /// Flits that were sent over a link between routers.
    pub flit_hops: u64,
}

/// Steps between two looks into the books in builds with debug assertions.
const DEBUG_CHECK: u64 = 251;

/// Share of the measured flits by which arrivals may lag behind creations in a stable network, beyond one packet per terminal.
const BACKLOG: f64 = 0.04;

/// Packets that a source holds in the network's queue: the one being sent and the next, so that it never has to wait.
const QUEUED: u8 = 2;

/// Runs a load on an empty network.
///
/// # Errors
/// A network that cannot be built, a load that makes no sense, a deadlock, or broken books.
pub fn run(
    config: &Config,
    load: &Load,
    phases: Phases,
    seed: u64,
    options: Options,
) -> Result<Measured, Error> {
    phases.check()?;
    if !(1..=Config::MAX_FLITS).contains(&load.flits) {
        return Err(Error::Size { flits: load.flits, limit: Config::MAX_FLITS });
    }
    let process = Process::new(load.injection, load.rate, load.flits)?;
    let network = Network::new(config)?;
    let window = (phases.warmup, phases.warmup + phases.measure);
    let mut run = Run {
        targets: Targets::new(&load.pattern, config)?,
        process,
        flits: load.flits,
        window,
        end: window.1 + phases.drain,
        sources: (0..network.terminals()).map(|terminal| Source::new(seed, terminal)).collect(),
        due: BinaryHeap::new(),
        packets: Vec::new(),
        free: Vec::new(),
        missing: 0,
        created: 0,
        links: LinkCounts { window, flits: vec![0; if options.links { network.links().len() } else { 0 }] },
        measured: Measured::default(),
        network,
    };
    run.start();
    run.simulate(options)?;
    Ok(run.measured)
}

/// A terminal's creations.
#[derive(Clone, Debug)]
struct Source {
    random: Random,
    /// In a burst.
    on: bool,
    /// When its next packet is created, and for whom; `None` if not before the end of the run.
    next: Option<(Cycle, u32)>,
    /// Packets in the network's queue.
    queued: u8,
    /// Its next packet has been created and finds the network's queue full.
    stalled: bool,
}

impl Source {
    fn new(seed: u64, terminal: u32) -> Source {
        Source { random: Random::new(seed, terminal), on: false, next: None, queued: 0, stalled: false }
    }
}

struct Run {
    network: Network,
    targets: Targets,
    process: Process,
    flits: u32,
    /// Cycles in which measured packets are created.
    window: (Cycle, Cycle),
    end: Cycle,
    sources: Vec<Source>,
    /// Terminals by the cycle in which their next packet can be offered.
    due: BinaryHeap<Reverse<(Cycle, u32)>>,
    /// Creation and source of packets in the network, by tag.
    packets: Vec<(Cycle, u32)>,
    free: Vec<u32>,
    /// Measured packets that have not arrived, and sources whose next packet is measured.
    missing: u64,
    /// Measured packets drawn so far.
    created: u64,
    links: LinkCounts,
    measured: Measured,
}

impl Run {
    fn start(&mut self) {
        (0..self.sources.len() as u32).for_each(|terminal| self.draw(terminal, 0));
    }

    /// Draws the next packet of a terminal, created in cycle `from` or later.
    fn draw(&mut self, terminal: u32, from: Cycle) {
        let source = &mut self.sources[terminal as usize];
        let at = self.process.next(from, self.end, &mut source.on, &mut source.random);
        source.next = at.map(|at| (at, self.targets.draw(terminal, &mut source.random)));
        if let Some(at) = at {
            self.due.push(Reverse((at, terminal)));
            self.missing += self.is_measured(at) as u64;
            self.created += self.is_measured(at) as u64;
        }
    }

    fn is_measured(&self, created: Cycle) -> bool {
        (self.window.0..self.window.1).contains(&created)
    }

    fn simulate(&mut self, options: Options) -> Result<(), Error> {
        let (mut before, mut after) = (None, None);
        let mut now = 0;
        loop {
            let due = self.due.peek().map(|&Reverse((at, _))| at);
            let next = [due, self.network.next_active()].into_iter().flatten().min();
            let name = |tag: u32| {
                let (created, source) = self.packets[tag as usize];
                format!("the packet of cycle {created} from {source}")
            };
            self.network.watch(next, options.watchdog, name)?;
            // Nothing more is created: what is left of the phases is empty.
            now = next.map_or(self.end, |next| next.max(now));
            let ejected = self.network.counters().ejected;
            if now >= self.window.0 {
                before.get_or_insert(ejected);
            }
            if now >= self.window.1 {
                after.get_or_insert(ejected);
            }
            if now >= self.end || (now >= self.window.1 && self.missing == 0) {
                break;
            }
            self.offer(now)?;
            if options.links {
                self.network.step(now, &mut self.links);
            } else {
                self.network.step(now, &mut NoProbe);
            }
            self.collect(now);
            let steps = self.network.counters().steps;
            if options.check || (cfg!(debug_assertions) && steps.is_multiple_of(DEBUG_CHECK)) {
                self.network.check_conservation()?;
            }
            now += 1;
        }
        self.network.check_conservation()?;
        let flits = after.unwrap_or(0) - before.unwrap_or(0);
        let cycles = self.window.1 - self.window.0;
        self.measured.accepted = flits as f64 / cycles as f64 / f64::from(self.network.terminals());
        // Even a short backlog that is served in time is no steady state if it grew all along.
        let created = self.created * u64::from(self.flits);
        let slack = created as f64 * BACKLOG + f64::from(self.network.terminals() * self.flits);
        self.measured.stable = self.missing == 0 && (created.saturating_sub(flits) as f64) <= slack;
        self.measured.links = std::mem::take(&mut self.links.flits);
        self.measured.cycles = now;
        self.measured.flit_hops = self.network.counters().flit_hops;
        Ok(())
    }

    /// Hands the packets that are created by now to the network, as far as its queues have room.
    fn offer(&mut self, now: Cycle) -> Result<(), Error> {
        while let Some(&Reverse((at, terminal))) = self.due.peek() {
            if at > now {
                break;
            }
            self.due.pop();
            let source = &mut self.sources[terminal as usize];
            let Some((created, target)) = source.next else { continue };
            if source.queued == QUEUED {
                source.stalled = true;
                continue;
            }
            source.queued += 1;
            let tag = match self.free.pop() {
                Some(tag) => tag,
                None => {
                    self.packets.push((0, 0));
                    self.packets.len() as u32 - 1
                }
            };
            self.packets[tag as usize] = (created, terminal);
            let (source, target) = (TerminalId(terminal), TerminalId(target));
            self.network.offer(now, Send { source, target, flits: self.flits, class: 0, tag })?;
            // One packet per cycle at most; a measured one is missing until it arrives.
            self.draw(terminal, created + 1);
        }
        Ok(())
    }

    fn collect(&mut self, now: Cycle) {
        for sent in self.network.sent() {
            let terminal = sent.terminal.0;
            let source = &mut self.sources[terminal as usize];
            source.queued -= 1;
            if std::mem::take(&mut source.stalled) {
                self.due.push(Reverse((now + 1, terminal)));
            }
        }
        for arrived in self.network.arrived() {
            let (created, _) = self.packets[arrived.tag as usize];
            self.free.push(arrived.tag);
            if (self.window.0..self.window.1).contains(&created) {
                self.missing -= 1;
                self.measured.latencies.add(arrived.cycle - created);
                self.measured.network_latencies.add(arrived.cycle - arrived.injected);
                self.measured.routers += u64::from(arrived.routers);
            }
        }
    }
}

/// Flits over each link in a window of time.
struct LinkCounts {
    window: (Cycle, Cycle),
    flits: Vec<u64>,
}

impl Probe for LinkCounts {
    fn flit(&mut self, event: FlitEvent) {
        if (self.window.0..self.window.1).contains(&event.cycle) {
            self.flits[event.link.0 as usize] += 1;
        }
    }
}
