//! `spikemesh explain`: where the time of a batch goes, what sets its period, and what would help.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::ValueEnum;

use super::console::Console;
use super::error::{CliError, VerbError};
use super::exit::Exit;
use super::inputs::{self, OrderWarning};
use super::interrupt;
use super::mode::ModeArg;
use super::placer_args::PlacerArgs;
use super::set::SetArgs;
use super::table::{Align, Table};
use crate::Stop;
use crate::compiler::Placer;
use crate::engine::InputOrder;
use crate::mapping::{PlacerName, map_plainly};
use crate::mesh::{End, Simulator};
use crate::model::Model;
use crate::run::{
    CauseRow, CauseTimes, Explained, InputFile, Job, MergedRow, OtherMapping, PeriodRow, Rerun, ResourceRow,
    RunDirectory, explain,
};
use crate::words::{fixed, plural, thousands};

pub(super) const EXAMPLE: &str = "\
Example:
  spikemesh explain model.fbz -d akd1000 -i images.npy --batch 4
  spikemesh explain model.fbz -d akd1000 -i images.npy --set overrides.n1_0.np0.clock_scale=2
  spikemesh explain out\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A model (.fb, .fbz, or a YAML template with --random-weights), a program (.npx), or the directory of a run
    pub model: PathBuf,
    /// A device by name, or a device file (.ron) [default: akd1000, of a run its own]
    #[arg(short, long)]
    pub device: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub set: SetArgs,
    /// How many neural processors to use, of a model [default: minimal]
    #[arg(short, long, value_enum)]
    pub mode: Option<ModeArg>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub placer: PlacerArgs,
    /// Inputs, uint8 .npy: images (n, h, w, c) with 1 or 3 channels, otherwise events (n, w, h, c)
    #[arg(short, long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// The order of the axes, whatever the number of channels: images (n, h, w, c) or events (n, w, h, c)
    #[arg(long, value_name = "images|events")]
    pub order: Option<InputOrder>,
    /// Frames that enter the mesh one after another: the first so many of the input are explained [default: 1, of a run its batch]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub batch: Option<u32>,
    /// Draw random weights for layers that have none
    #[arg(long, value_name = "SEED")]
    pub random_weights: Option<u64>,
    /// End with an error if the batch exceeds this cycle [default: 1099511627776, of a run its limit]
    #[arg(long, value_name = "CYCLES")]
    pub max_cycles: Option<u64>,
}

/// Changes of a program with trees are not foretold.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error(
    "what would help is not foretold of a program with trees: only two input maps and other mappings are run"
)]
#[diagnostic(
    code(explain::trees),
    severity(warning),
    help("explain it with `--set network.multicast=source`: what helps there mostly helps here")
)]
struct TreesWarning;

/// Explains.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let (what, model) = if args.model.is_dir() { (of_run(args)?, None) } else { of_file(args, console)? };
    if what.simulator.has_trees() {
        console.warn(TreesWarning);
    }
    let stop = interrupt::stop();
    let ended = explain(&what.job().stop(&stop)).map_err(|errors| VerbError::all(Exit::Error, errors))?;
    let (mut explained, end) = ended.into_parts();
    if let (Some(explained), Some(model), End::Finished) = (&mut explained, model, &end) {
        add_mappings(explained, &what, &model, args, &stop)?;
    }
    if let Some(explained) = &explained {
        console.data(explained, text)?;
    }
    match end {
        End::Finished => Ok(()),
        End::Early(early) => Err(VerbError::ended_early(early, |_| false)),
    }
}

fn usage(message: String) -> VerbError {
    VerbError::one(Exit::Usage, CliError::Usage { message })
}

/// A run as it was, from its directory.
fn of_run(args: &Args) -> Result<Rerun, VerbError> {
    for (option, is_given) in [
        ("--device", args.device.is_some()),
        ("--set", !args.set.set.is_empty()),
        ("--mode", args.mode.is_some()),
        (args.placer.given().unwrap_or_default(), args.placer.given().is_some()),
        ("--input", args.input.is_some()),
        ("--order", args.order.is_some()),
        ("--random-weights", args.random_weights.is_some()),
    ] {
        if is_given {
            let run = args.model.display();
            return Err(usage(format!(
                "{option} has no effect: {run} is a run, which holds all that it ran"
            )));
        }
    }
    let directory = RunDirectory::open(&args.model).map_err(|error| VerbError::one(Exit::Error, error))?;
    let mut run = directory.rerun().map_err(|errors| VerbError::all(Exit::Error, errors))?;
    run.batch = args.batch.map_or(run.batch, |batch| batch as usize);
    run.max_cycles = args.max_cycles.unwrap_or(run.max_cycles);
    Ok(run)
}

/// Runs the batch again in other mappings: the other modes, placed in the same way; another placer; neural processors that hold larger input maps.
/// Modes that the device does not have are left out, and room that nothing needs.
fn add_mappings(
    explained: &mut Explained,
    what: &Rerun,
    model: &Model,
    args: &Args,
    stop: &Stop,
) -> Result<(), VerbError> {
    let (device, mode) = (what.simulator.device(), args.mode.unwrap_or_default());
    let options = args.placer.options(mode)?;
    let mut others = Vec::new();
    for &other in ModeArg::value_variants().iter().filter(|other| **other != mode) {
        let name = ModeArg::name(other.into());
        others.push((OtherMapping::Mode(name), device.clone(), args.placer.options(other)?));
    }
    let anneals = matches!(options.compile.placer, Placer::Annealed(_));
    let placer = if anneals { PlacerName::Best } else { PlacerName::Annealed };
    let placed = PlacerArgs { placer: Some(placer), ..PlacerArgs::default() };
    others.push((OtherMapping::Placement(placer.name()), device.clone(), placed.options(mode)?));
    others.extend(device.with_larger_maps().map(|device| (OtherMapping::Capacity, device, options)));
    for (mapping, device, options) in others {
        let Ok(compiled) = map_plainly(model, &device, &options) else { continue };
        if mapping == OtherMapping::Capacity && compiled.program == *what.simulator.program() {
            continue;
        }
        let Ok(simulator) = Simulator::new(compiled.program, device) else { continue };
        let job = Job::new(&simulator, &what.input).batch(what.batch).max_cycles(what.max_cycles).stop(stop);
        explained.add_mapping(&mapping, &job).map_err(|error| VerbError::one(Exit::Error, error))?;
    }
    Ok(())
}

/// A model or a program with an input; and the model.
fn of_file(args: &Args, console: &Console) -> Result<(Rerun, Option<Model>), VerbError> {
    let is_program = inputs::is_program(&args.model)?;
    for (option, is_given, why) in [
        ("--mode", args.mode.is_some(), "whose units are fixed"),
        ("--random-weights", args.random_weights.is_some(), "which holds its weights"),
    ] {
        if is_program && is_given {
            let program = args.model.display();
            return Err(usage(format!("{option} has no effect: {program} is a program, {why}")));
        }
    }
    let Some(input) = &args.input else {
        return Err(usage(
            "--input is missing: give the inputs of the model or program, or a run".to_owned(),
        ));
    };
    let settings = args.set.set.as_slice();
    let device = inputs::device_of(is_program, args.device.as_deref().unwrap_or("akd1000"), settings)?;
    let file = InputFile::read(input).map_err(|error| VerbError::one(Exit::Error, error))?;
    let (program, model) = if is_program {
        (inputs::program_on(&args.model, &device, settings)?, None)
    } else {
        let model = inputs::model(&args.model, args.random_weights)?;
        (
            inputs::compiled(&model, &device, &args.placer.options(args.mode.unwrap_or_default())?)?.program,
            Some(model),
        )
    };
    let input = file.ordered(&program, args.order).map_err(|error| VerbError::one(Exit::Error, error))?;
    if input.ambiguous {
        console.warn(OrderWarning);
    }
    let simulator = Simulator::new(program, device).map_err(|errors| VerbError::all(Exit::Error, errors))?;
    let batch = args.batch.unwrap_or(1) as usize;
    let max_cycles = args.max_cycles.unwrap_or(1 << 40);
    Ok((Rerun { simulator, input: input.input, batch, max_cycles }, model))
}

/// Lines of the merged path that people see.
const LINES: usize = 15;

fn text(explained: &Explained) -> String {
    let Explained { frame, end, merged, path, period, causes, .. } = explained;
    let mut text = format!(
        "critical path to the end of frame {frame}: {} in {}\n",
        of_clocks(*end),
        plural(path.len(), "part", "parts")
    );
    let mut table = Table::new(&[
        ("where", Align::Left),
        ("layer", Align::Left),
        ("reason", Align::Left),
        ("clocks", Align::Right),
        ("share", Align::Right),
        ("alone, clocks", Align::Right),
        ("waiting, clocks", Align::Right),
    ]);
    for MergedRow { resource, clocks, zero_load, wait, share, .. } in merged.iter().take(LINES) {
        let ResourceRow { layer, reason, .. } = resource;
        let mut cells = vec![
            place(resource),
            layer.clone().unwrap_or_default(),
            reason.unwrap_or_default().to_owned(),
            thousands(clocks),
            crate::words::share(*share),
        ];
        if resource.resource == "packet" {
            cells.extend([thousands(zero_load), thousands(wait)]);
        }
        table.row(cells);
    }
    let _ = writeln!(text, "{table}");
    if merged.len() > LINES {
        let rest: u64 = merged[LINES..].iter().map(|row| row.clocks).sum();
        let _ = writeln!(
            text,
            "and {}: {}",
            plural(merged.len() - LINES, "line more", "lines more"),
            of_clocks(rest)
        );
    }
    if let Some(PeriodRow { set_by, clocks, interval, units, .. }) = period {
        let _ = writeln!(
            text,
            "\nperiod, in clocks: {} from frame to frame; the last two frames ended {} apart",
            fixed(*clocks, 1),
            of_clocks(*interval)
        );
        let what = match *set_by {
            "loop" => "set by a loop of units that wait for each other:",
            _ => "each frame runs all passes before the next begins:",
        };
        let _ = writeln!(text, "{what}");
        for row in units.iter().take(LINES) {
            let layer = row.layer.as_ref().map(|layer| format!(" ({layer})")).unwrap_or_default();
            let _ = writeln!(text, "  {}{layer}: {}", row.unit, of_clocks(row.clocks));
        }
    }
    if !causes.is_empty() {
        let _ = writeln!(text, "\n{}", causes_text(explained));
    }
    text.truncate(text.trim_end().len());
    text
}

/// What would help, the largest cause first.
fn causes_text(explained: &Explained) -> String {
    let has_interval = explained.period.is_some();
    let mut columns = vec![
        ("cause", Align::Left),
        ("where", Align::Left),
        ("change", Align::Left),
        ("makespan\npredicted", Align::Right),
        ("\nrun again", Align::Right),
        ("difference", Align::Right),
        ("saves", Align::Right),
    ];
    if has_interval {
        columns.extend([("interval\npredicted", Align::Right), ("\nrun again", Align::Right)]);
    }
    let mut table = Table::new(&columns);
    for row in &explained.causes {
        let CauseRow { cause, change, predicted, simulated, gain, difference, .. } = row;
        let again = |of: fn(&CauseTimes) -> Option<u64>| {
            simulated.as_ref().and_then(of).map_or("not ended".to_owned(), thousands)
        };
        let mut cells = vec![
            row.step.map_or((*cause).to_owned(), |step| format!("{step} {cause}")),
            whose(row),
            change.clone(),
            predicted.map(|times| thousands(times.makespan)).unwrap_or_default(),
            again(|times| Some(times.makespan)),
            difference.map(|share| format!("{:+.1} %", 100.0 * share)).unwrap_or_default(),
            crate::words::share(*gain),
        ];
        if has_interval {
            let interval = predicted.and_then(|times| times.interval).map(thousands).unwrap_or_default();
            cells.extend([interval, again(|times| times.interval)]);
        }
        table.row(cells);
    }
    format!(
        "what would help, in clocks; the makespan is {} now, and these are assumed\n{table}",
        thousands(explained.end)
    )
}

/// The part that a cause is about.
fn whose(row: &CauseRow) -> String {
    let layer = row.layer.as_ref().map(|layer| format!(" ({layer})")).unwrap_or_default();
    match (&row.unit, &row.target, &row.layer) {
        (Some(unit), Some(target), _) => format!("most {unit} to {target}"),
        (Some(unit), None, _) if row.cause == "fifo" => format!("most {unit}{layer}"),
        (Some(unit), None, _) => format!("{unit}{layer}"),
        (None, _, Some(layer)) => layer.clone(),
        (None, _, None) => row.everywhere().to_owned(),
    }
}

fn of_clocks(clocks: u64) -> String {
    format!("{} {}", thousands(clocks), if clocks == 1 { "clock" } else { "clocks" })
}

/// Where a part of the path is.
fn place(resource: &ResourceRow) -> String {
    match (&resource.unit, &resource.target) {
        (Some(unit), Some(target)) => format!("{unit} to {target}"),
        (Some(unit), None) => unit.clone(),
        (None, _) => format!("{} of pass {}", resource.resource, resource.pass),
    }
}
