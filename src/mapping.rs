//! Models mapped onto devices: the compiler, and a choice among its placements by simulated clocks.

use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;

use crate::Stop;
use crate::calibrate::FullFrame;
use crate::compiler::{
    Annealed, Compilation, CompileOptions, Error, Greedy, MAX_PLACEMENT_BYTES, Mode, Objective, Pins,
    PlacementError, PlacementSummary, Placer, PlacerTry, Random, Snake, StageTime, compile,
};
use crate::device::Device;
use crate::document::{Document, Schema};
use crate::files::read_text;
use crate::mesh::{SimulationOptions, Simulator};
use crate::model::Model;
use crate::noc::NoProbe;
use crate::refusal::{Refusal, refusals};

/// What a placement is to be good for, of a frame in which every position fires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum MappingObjective {
    /// Links that its flits pass
    #[default]
    FlitHops,
    /// Flits over its busiest link
    BusiestLink,
    /// Its simulated clocks: placements of the other objectives are simulated, and the fastest is kept
    Cycles,
}

impl MappingObjective {
    /// The names.
    pub const NAMES: [&str; 3] = ["flit-hops", "busiest-link", "cycles"];

    /// The objective of this name.
    pub fn named(name: &str) -> Option<MappingObjective> {
        <MappingObjective as clap::ValueEnum>::from_str(name, false).ok()
    }

    /// What the compiler is asked for.
    pub fn of_the_compiler(self) -> Objective {
        match self {
            MappingObjective::FlitHops | MappingObjective::Cycles => Objective::FlitHops,
            MappingObjective::BusiestLink => Objective::BusiestLink,
        }
    }
}

/// A placer by its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum PlacerName {
    /// The one of snake and greedy with fewer event hops
    #[default]
    Best,
    /// Along a snake over the nodes, in layer order
    Snake,
    /// Each slice where its events travel least, in layer order
    Greedy,
    /// Each slice anywhere, by chance
    Random,
    /// Simulated annealing from the better one of snake and greedy
    Annealed,
}

impl PlacerName {
    /// The names.
    pub const NAMES: [&str; 5] = ["best", "snake", "greedy", "random", "annealed"];

    /// The placer of this name.
    pub fn named(name: &str) -> Option<PlacerName> {
        <PlacerName as clap::ValueEnum>::from_str(name, false).ok()
    }

    /// Its name.
    pub fn name(self) -> String {
        value_name(self)
    }
}

/// A placer as it is asked for, with what is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlacerChoice {
    /// Its name; [`PlacerName::Best`], or `Annealed` if an objective or an effort is given.
    pub placer: Option<PlacerName>,
    /// What annealing makes small.
    pub objective: Option<MappingObjective>,
    /// How long annealing tries.
    pub effort: Option<u32>,
    /// Where random numbers begin.
    pub seed: Option<u64>,
}

/// A part of a choice that has no effect with its placer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoEffect {
    /// Name of the part.
    pub option: &'static str,
    /// The placer.
    pub placer: String,
    /// Placers that it has an effect with.
    pub needs: &'static str,
}

impl PlacerChoice {
    /// How a model is mapped with it.
    ///
    /// # Errors
    /// A part has no effect.
    pub fn options(&self, mode: Mode) -> Result<MappingOptions, NoEffect> {
        let PlacerChoice { placer, objective, effort, seed } = *self;
        let anneals = objective.is_some() || effort.is_some();
        let name = placer.unwrap_or(if anneals { PlacerName::Annealed } else { PlacerName::Best });
        let needs = |option, needs| Err(NoEffect { option, placer: value_name(name), needs });
        if name != PlacerName::Annealed {
            if objective.is_some() {
                return needs("objective", "annealed");
            }
            if effort.is_some() {
                return needs("effort", "annealed");
            }
            if seed.is_some() && name != PlacerName::Random {
                return needs("seed", "annealed or random");
            }
        }
        let (seed, objective) = (seed.unwrap_or(0), objective.unwrap_or_default());
        let placer = match name {
            PlacerName::Best => Placer::Best,
            PlacerName::Snake => Placer::Snake(Snake),
            PlacerName::Greedy => Placer::Greedy(Greedy),
            PlacerName::Random => Placer::Random(Random { seed }),
            PlacerName::Annealed => Placer::Annealed(Annealed {
                objective: objective.of_the_compiler(),
                effort: effort.unwrap_or(Annealed::default().effort).clamp(1, Annealed::MAX_EFFORT),
                seed,
            }),
        };
        let compile = CompileOptions::from(mode).with_placer(placer);
        Ok(MappingOptions { compile, simulates: objective == MappingObjective::Cycles })
    }
}

/// The name of a value on the command line, in manifests and in Python.
fn value_name(value: impl clap::ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// How a model is mapped.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MappingOptions {
    /// What the compiler is told.
    pub compile: CompileOptions,
    /// Placements are simulated, and the fastest is kept: [`MappingObjective::Cycles`]. The placer is then [`Placer::Annealed`].
    pub simulates: bool,
}

impl MappingOptions {
    /// With the default placer.
    pub fn new(mode: Mode) -> MappingOptions {
        MappingOptions { compile: CompileOptions::from(mode), simulates: false }
    }

    /// With a flag that ends the work early.
    pub fn with_stop(mut self, stop: &Stop) -> MappingOptions {
        self.compile = self.compile.with_stop(stop);
        self
    }

    /// In another mode.
    pub fn with_mode(mut self, mode: Mode) -> MappingOptions {
        self.compile = self.compile.with_mode(mode);
        self
    }
}

/// What the compiler did, stage by stage.
#[derive(Clone, Debug, Serialize)]
pub struct CompileReport {
    /// Name of the model.
    pub model: String,
    /// Name of the device.
    pub device: String,
    /// How it was asked for.
    pub mode: Mode,
    /// The stages in their order.
    pub stages: Vec<StageTime>,
    /// How slices came to their places, with every placement that was tried.
    pub placement: PlacementSummary,
}

impl Document for CompileReport {
    const SCHEMA: Schema = Schema::Compile;
}

impl From<&Compilation> for CompileReport {
    fn from(compiled: &Compilation) -> CompileReport {
        let report = &compiled.report;
        CompileReport {
            model: report.model.clone(),
            device: report.device.clone(),
            mode: report.mode,
            stages: compiled.stages.0.clone(),
            placement: report.placement.clone(),
        }
    }
}

/// Pins of a placement file.
///
/// # Errors
/// The file cannot be read, or is none.
pub fn load_pins(path: &Path) -> Result<Pins, PlacementError> {
    let name = path.display().to_string();
    let text = read_text(path, MAX_PLACEMENT_BYTES)
        .map_err(|error| PlacementError::unreadable(&name, error.into()))?;
    Pins::parse(&name, &text)
}

/// Annealed placements that are simulated, each with a seed of its own; snake and greedy come before them.
const ANNEALED: u64 = 6;

/// Maps a model.
///
/// # Errors
/// All reasons why the model cannot be mapped, with what would fit and what was tried.
pub fn map_model(
    model: &Model,
    device: &Device,
    options: &MappingOptions,
) -> Result<Compilation, Vec<Refusal>> {
    let mapped = map_plainly(model, device, options);
    mapped.map_err(|errors| refusals(model, device, &options.compile, errors))
}

/// As [`map_model`], with the errors of the compiler as they are: for many mappings, of which some may fail.
///
/// # Errors
/// All reasons why the model cannot be mapped.
pub(crate) fn map_plainly(
    model: &Model,
    device: &Device,
    options: &MappingOptions,
) -> Result<Compilation, Vec<Error>> {
    match &options.compile.placer {
        Placer::Annealed(annealed) if options.simulates => fastest(model, device, options, *annealed),
        _ => compile(model, device, &options.compile),
    }
}

/// The placement whose frame takes the fewest clocks, and of several the one of fewest flit-hops. The same for any number of threads.
fn fastest(
    model: &Model,
    device: &Device,
    options: &MappingOptions,
    annealed: Annealed,
) -> Result<Compilation, Vec<Error>> {
    let with_seed = |number: u64| {
        let objective = if number.is_multiple_of(2) { Objective::FlitHops } else { Objective::BusiestLink };
        Placer::Annealed(Annealed { objective, seed: annealed.seed.wrapping_add(number / 2), ..annealed })
    };
    let constructive = [Placer::Snake(Snake), Placer::Greedy(Greedy)];
    let placers: Vec<Placer> = constructive.into_iter().chain((0..ANNEALED).map(with_seed)).collect();
    let of = |placer: &Placer| {
        let compile_options = options.compile.clone().with_placer(placer.clone());
        let compiled = compile(model, device, &compile_options)?;
        let clocks = clocks_of_full_frame(model, device, &compile_options);
        Ok((compiled, clocks))
    };
    let candidates: Result<Vec<(Compilation, Option<u64>)>, Vec<Error>> =
        placers.par_iter().map(of).collect();
    let candidates = candidates?;
    options.compile.stop.check().map_err(|stopped| vec![Error::from(stopped)])?;
    let tries: Vec<PlacerTry> = candidates
        .iter()
        .filter_map(|(compiled, clocks)| {
            Some(PlacerTry { clocks: *clocks, ..compiled.report.placement.tries.last()?.clone() })
        })
        .collect();
    let fastest = candidates
        .into_iter()
        .min_by_key(|(compiled, clocks)| (clocks.unwrap_or(u64::MAX), compiled.report.placement.flit_hops));
    let (mut compiled, _) = fastest.expect("snake and greedy are always tried");
    let placement = &mut compiled.report.placement;
    placement.objective = Some("cycles");
    (placement.placer, placement.effort, placement.seed) =
        ("annealed", Some(annealed.effort), Some(annealed.seed));
    placement.tries = tries;
    Ok(compiled)
}

/// A mapping that takes more neural processors and more clocks than that of [`Mode::Minimal`], for a frame in which every position fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MoreIsSlower {
    /// Neural processors of the mapping, and of minimal.
    pub nps: [u32; 2],
    /// Simulated clocks of both.
    pub clocks: [u64; 2],
}

/// Whether fewer neural processors are faster. Both mappings are simulated, so nothing is said of mappings that are not.
pub(crate) fn more_is_slower(
    model: &Model,
    device: &Device,
    options: &MappingOptions,
    compiled: &Compilation,
) -> Option<MoreIsSlower> {
    if !options.simulates || options.compile.mode == Mode::Minimal {
        return None;
    }
    let report = &compiled.report;
    let clocks = report.placement.tries.iter().filter_map(|tried| tried.clocks).min()?;
    let minimal = CompileOptions::from(Mode::Minimal).with_stop(&options.compile.stop);
    let nps = [report.total_nps, compile(model, device, &minimal).ok()?.report.total_nps];
    if nps[1] >= nps[0] {
        return None;
    }
    let clocks = [clocks, clocks_of_full_frame(model, device, &minimal)?];
    (clocks[1] < clocks[0]).then_some(MoreIsSlower { nps, clocks })
}

/// Clocks of a frame in which every position fires, whatever the weights of the model; `None` if it does not end.
pub(crate) fn clocks_of_full_frame(model: &Model, device: &Device, options: &CompileOptions) -> Option<u64> {
    let FullFrame { model, input } = FullFrame::of(model, true).ok()?;
    let program = compile(&model, device, options).ok()?.program;
    let simulator = Simulator::new(program, device.clone()).ok()?;
    let simulation = SimulationOptions {
        record_output_maps: false,
        stop: options.stop.clone(),
        ..SimulationOptions::default()
    };
    let outcome = simulator.run(&[input], 0, &simulation, &mut NoProbe).into_finished().ok()?;
    Some(outcome.frames.iter().map(|frame| frame.end - frame.start).sum())
}
