//! Random networks in which one fault is seeded, to see whether `explain` names it: a slow link, a slow NP, a starved FIFO, a slow load, a long walk.

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::network::{Endpoint, Topology};
use spikemesh::device::{Device, Setting};
use spikemesh::engine::Input;
use spikemesh::mesh::{COMPUTE_STATES, Outcome, ReasonCounts, ReasonProbe, Simulator, UnitState};
use spikemesh::model::Model;
use spikemesh::run::{CauseRow, Explained, Job, explain, frames};
use spikemesh_oracle::random::fill;

use crate::case::Case;
use crate::choices::Choices;
use crate::{device, layers};

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `overrides.NODE.SIDE.delay` of a link that flits pass.
    Link,
    /// `overrides.NODE.NP.clock_scale` of an NP in use.
    Clock,
    /// `overrides.NODE.NP.fifo_events` of an NP in use, or `np.fifo_events` of all.
    Fifo,
    /// The time of a byte of a load, or of its start, between passes.
    Load,
    /// The clocks of a kind of steps.
    Walk,
}

impl Kind {
    /// All kinds: seeds take them in turn.
    pub const ALL: [Kind; 5] = [Kind::Link, Kind::Clock, Kind::Fifo, Kind::Load, Kind::Walk];

    /// A fault makes the makespan longer by at least this share of it, if nothing else is said: then it is the bottleneck. Events take no time beside
    /// computing in most networks, so less is asked of what is about them.
    pub fn least(self) -> f64 {
        match self {
            Kind::Link | Kind::Fifo => 0.25,
            Kind::Clock | Kind::Load | Kind::Walk => 1.0,
        }
    }
}

/// Networks and faults that are drawn for one that counts.
const DRAWS: u64 = 2000;

/// A network with a fault that counts, and what was said of it.
#[derive(Clone, Debug)]
pub struct Bottleneck {
    /// What was seeded.
    pub kind: Kind,
    /// The settings that are the fault.
    pub settings: Vec<String>,
    /// Networks and faults that were drawn before: no fault of that kind was possible, or it did not change the makespan enough.
    pub drawn_again: u64,
    /// Clocks with the fault and without.
    pub makespans: [u64; 2],
    /// Units of the largest pass.
    pub units: usize,
    /// Passes of the program.
    pub passes: usize,
    /// The causes that were named.
    pub causes: Vec<CauseRow>,
    /// The first cause is the fault.
    pub is_found: bool,
}

impl Bottleneck {
    /// The network of a seed, with a fault that makes the makespan longer by at least a share of it; none is [`Kind::least`].
    ///
    /// # Errors
    /// None of the networks that were drawn has a fault that counts, or a run did not come to its end.
    pub fn new(seed: u64, least: Option<f64>) -> Result<Bottleneck, String> {
        let kind = Kind::ALL[(seed % Kind::ALL.len() as u64) as usize];
        let least = least.unwrap_or(kind.least());
        for draw in 0..DRAWS {
            let mut choices = Choices::seeded(seed * DRAWS + draw);
            let Some(network) = Network::new(kind, &mut choices) else { continue };
            let Some(mut found) = network.with_fault(kind, least, &mut choices)? else { continue };
            found.drawn_again = draw;
            return Ok(found);
        }
        Err(format!("{DRAWS} networks without a fault of kind {kind:?} that counts"))
    }

    /// The first cause with its simulated makespan.
    fn first(&self) -> Option<(&CauseRow, u64)> {
        let first = self.causes.first()?;
        Some((first, first.simulated?.makespan))
    }

    /// The makespan that was predicted without the first cause is within `share` of the simulated one.
    pub fn is_predicted(&self, share: f64) -> bool {
        self.first()
            .is_some_and(|(row, _)| row.difference.is_some_and(|difference| difference.abs() <= share))
    }

    /// The clocks that the first cause was predicted to save are within `share` of those that it saves; none where it saves too little of the makespan.
    pub fn is_gain_predicted(&self, share: f64, least: f64) -> Option<bool> {
        let (row, simulated) = self.first()?;
        let saved = |makespan: u64| self.makespans[0] as f64 - makespan as f64;
        let (predicted, simulated) = (saved(row.predicted?.makespan), saved(simulated));
        (simulated > least * self.makespans[0] as f64)
            .then(|| (predicted - simulated).abs() <= share * simulated)
    }
}

/// A healthy network with what it does.
struct Network {
    model: Model,
    device: Device,
    mode: Mode,
    input: Input,
    simulator: Simulator,
    outcome: Outcome,
    counts: ReasonCounts,
}

impl Network {
    /// A random model on a random device: none if it cannot be mapped.
    fn new(kind: Kind, choices: &mut Choices) -> Option<Network> {
        let mut device = device::device(choices);
        suit(kind, choices, &mut device);
        let mut model = layers::model(choices);
        let mode = device::mode(choices, &device);
        let density = choices.pick(&[3, 8, 5, 7]);
        fill(&mut model, choices.seed());
        let input = Case::samples(&model, density, choices.chance(50), choices.seed());
        let program = compile(&model, &device, &mode.into()).ok()?.program;
        if kind == Kind::Load && program.passes.len() < 2 {
            return None;
        }
        let simulator = Simulator::new(program, device.clone()).ok()?;
        let (outcome, counts) = run(&simulator, &input).ok()?;
        Some(Network { model, device, mode, input, simulator, outcome, counts })
    }

    /// The same network with a fault: none if it makes too little difference.
    fn with_fault(
        &self,
        kind: Kind,
        least: f64,
        choices: &mut Choices,
    ) -> Result<Option<Bottleneck>, String> {
        let Some(Fault { settings, unit, state }) = self.fault(kind, choices) else { return Ok(None) };
        let parsed: Result<Vec<Setting>, String> = settings.iter().map(|setting| setting.parse()).collect();
        let Ok(device) = self.device.with(&parsed?) else { return Ok(None) };
        let Ok(compiled) = compile(&self.model, &device, &self.mode.into()) else { return Ok(None) };
        let simulator = Simulator::new(compiled.program, device)
            .map_err(|errors| format!("a program that its device refuses: {errors:?}"))?;
        let faulty = makespan(&run(&simulator, &self.input)?.0);
        let healthy = makespan(&self.outcome);
        if (faulty as f64) < (1.0 + least) * healthy as f64 {
            return Ok(None);
        }
        let causes = explained(&simulator, &self.input)?.causes;
        let is_found = causes.first().is_some_and(|first| match kind {
            Kind::Link => first.cause == "packets",
            Kind::Clock => first.cause == "clock" && first.unit == unit,
            Kind::Fifo => first.cause == "fifo",
            Kind::Load => first.cause == "load",
            Kind::Walk => first.cause == "steps" && first.step == state.map(UnitState::name),
        });
        Ok(Some(Bottleneck {
            kind,
            settings,
            drawn_again: 0,
            makespans: [faulty, healthy],
            units: simulator.passes().iter().map(|pass| pass.names.len()).max().unwrap_or(0),
            passes: simulator.passes().len(),
            causes,
            is_found,
        }))
    }

    /// A fault that this network can have.
    fn fault(&self, kind: Kind, choices: &mut Choices) -> Option<Fault> {
        let nps: Vec<&str> = self
            .simulator
            .passes()
            .iter()
            .flat_map(|pass| pass.names.iter().map(String::as_str).filter(|name| name.contains(".np")))
            .collect();
        let np = (*nps.get(choices.below(nps.len() as u32) as usize)?).to_owned();
        let plain = |settings| Fault { settings, unit: None, state: None };
        Some(match kind {
            Kind::Link => {
                let links = self.used_links();
                if links.is_empty() {
                    return None;
                }
                let link = &links[choices.below(links.len() as u32) as usize];
                plain(vec![format!("overrides.{link}.delay={}", choices.range(8..=16))])
            }
            Kind::Clock => {
                let scale = choices.pick(&[3, 4, 6, 8]);
                let settings = vec![format!("overrides.{np}.clock_scale={scale}")];
                Fault { settings, unit: Some(np), state: None }
            }
            Kind::Fifo => {
                let events = choices.range(16..=32);
                plain(vec![match choices.chance(50) {
                    true => format!("np.fifo_events={events}"),
                    false => format!("overrides.{np}.fifo_events={events}"),
                }])
            }
            Kind::Load => {
                let constant = match *self.device.multi_pass {
                    true => "timing.load.pass_byte",
                    false => "timing.load.first_microseconds",
                };
                plain(self.times(&[constant], choices.pick(&[10.0, 30.0, 100.0])))
            }
            Kind::Walk => {
                let states = self.states();
                let state = *states.get(choices.below(states.len() as u32) as usize)?;
                let factor = choices.pick(&[5.0, 10.0, 20.0]);
                Fault { settings: self.times(constants(state), factor), unit: None, state: Some(state) }
            }
        })
    }

    /// Links between routers that flits pass.
    fn used_links(&self) -> Vec<String> {
        let topology = Topology::new(&self.device.network_config());
        let passes = &self.outcome.passes;
        let is_used = |link: usize| passes.iter().any(|pass| pass.links[link].flits > 0);
        let between = |endpoint: Endpoint| matches!(endpoint, Endpoint::Port { .. });
        let links = topology.links().iter().enumerate();
        links
            .filter(|(index, link)| between(link.from) && between(link.to) && is_used(*index))
            .map(|(_, link)| link.name.clone())
            .collect()
    }

    /// The kinds of steps that take time.
    fn states(&self) -> Vec<UnitState> {
        let mut sums = [0; COMPUTE_STATES.len()];
        for unit in self.counts.passes.iter().flatten() {
            sums.iter_mut().zip(unit.states).for_each(|(sum, clocks)| *sum += clocks);
        }
        COMPUTE_STATES
            .into_iter()
            .zip(sums)
            .filter(|(_, clocks)| *clocks > 0)
            .map(|(state, _)| state)
            .collect()
    }

    /// Settings that multiply constants, or all constants of a list.
    fn times(&self, paths: &[&str], factor: f64) -> Vec<String> {
        let is_named = |of: &str| paths.iter().any(|path| of == *path || of.starts_with(&format!("{path}[")));
        let lines = self.device.constant_lines().into_iter();
        lines
            .filter(|line| line.basis.is_some() && is_named(&line.path))
            .filter_map(|line| multiplied(&line.path, &line.value, factor))
            .collect()
    }
}

/// Steps of these take a share of their clocks where a fault of the network or a FIFO is seeded.
const STEPS: [&str; 8] = [
    "timing.np.accumulate",
    "timing.np.convolution",
    "timing.np.separable",
    "timing.np.single_position",
    "timing.np.fully_connected.on_chip",
    "timing.np.fully_connected.external_unit",
    "timing.hrc.position",
    "timing.hrc.per_filters",
];

/// Makes a device on which a fault of a kind can matter at all: most random networks compute for so long that their events are nothing beside it.
fn suit(kind: Kind, choices: &mut Choices, device: &mut Device) {
    if !matches!(kind, Kind::Link | Kind::Fifo) {
        return;
    }
    let factor = choices.pick(&[0.1, 0.05, 0.02]);
    let is_step = |path: &str| STEPS.iter().any(|steps| path.starts_with(steps));
    let lines = device.constant_lines().into_iter();
    let settings: Vec<Setting> = lines
        .filter(|line| line.basis.is_some() && is_step(&line.path))
        .filter_map(|line| multiplied(&line.path, &line.value, factor)?.parse().ok())
        .collect();
    if let Ok(fast) = device.with(&settings) {
        *device = fast;
    }
    if kind == Kind::Fifo {
        (device.np.fifo_events.0, device.network.vc_buf_size.0) = (1024, 8);
    } else {
        device.network.vc_buf_size.0 = choices.range(1..=2) as u16;
    }
}

/// The setting that multiplies a constant.
fn multiplied(path: &str, value: &str, factor: f64) -> Option<String> {
    let value: f64 = value.parse().ok()?;
    Some(format!("{path}={}", (value * factor * 1000.0).round() / 1000.0))
}

/// A fault: what is set, and what shall be found.
struct Fault {
    settings: Vec<String>,
    unit: Option<String>,
    state: Option<UnitState>,
}

/// The constants that steps of a kind take their time from.
fn constants(state: UnitState) -> &'static [&'static str] {
    match state {
        UnitState::Unpack => &[
            "timing.np.convolution.unpack",
            "timing.np.convolution.unpack_strided",
            "timing.np.separable.unpack",
            "timing.np.separable.unpack_strided",
        ],
        UnitState::Fetch => &["timing.np.convolution.fetch", "timing.np.separable.fetch"],
        UnitState::Accumulate => &["timing.np.accumulate"],
        UnitState::Scan => {
            &["timing.np.convolution.position", "timing.np.separable.position", "timing.np.single_position"]
        }
        UnitState::Walk => &[
            "timing.np.fully_connected.on_chip_input",
            "timing.np.fully_connected.on_chip_start",
            "timing.np.fully_connected.external_byte",
            "timing.np.fully_connected.external_unit",
        ],
        UnitState::Convolve => &["timing.hrc.position", "timing.hrc.per_filters"],
        _ => &[],
    }
}

fn makespan(outcome: &Outcome) -> u64 {
    outcome.frames.last().map_or(0, |frame| frame.end)
}

fn run(simulator: &Simulator, input: &Input) -> Result<(Outcome, ReasonCounts), String> {
    let frames = frames(simulator.program(), input).map_err(|error| error.to_string())?;
    let mut probe = ReasonProbe::new(simulator);
    let ended = simulator.run(&frames, 0, &Default::default(), &mut probe);
    let outcome = ended.into_finished().map_err(|_| "a run did not come to its end".to_owned())?;
    Ok((outcome, probe.into_counts()))
}

fn explained(simulator: &Simulator, input: &Input) -> Result<Explained, String> {
    let ended =
        explain(&Job::new(simulator, input).batch(Case::FRAMES)).map_err(|errors| format!("{errors:?}"))?;
    ended.into_finished().ok().flatten().ok_or_else(|| "a run did not come to its end".to_owned())
}
