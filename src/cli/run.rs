//! `spikemesh run`: simulates a model or a program and compares it with the engine.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::console::Console;
use super::error::{CliError, VerbError};
use super::exit::Exit;
use super::inputs::{self, OrderWarning};
use super::label_arg::LabelArg;
use super::mode::ModeArg;
use super::outputs;
use super::placer_args::PlacerArgs;
use super::profile::ProfileArg;
use super::run_command::{KeptInput, RunCommand};
use super::run_summary::RunSummary;
use super::set::SetArgs;
use super::wave_args::WaveArgs;
use crate::compat::Profile;
use crate::device::Device;
use crate::device_rules::DeviceRules;
use crate::engine::InputOrder;
use crate::run::{ClassRule, InputFile, LabelFile, LabelOptions, Labels, command_of, sha256};
use crate::tensor::npy;

pub(super) const EXAMPLE: &str = "\
Example:
  spikemesh run model.fbz -d akd1000 -i images.npy -o out/ --labels labels.npy
  spikemesh run model.fbz -d akd1000 -i images.npy --set network.depth=4 --set overrides.n1_0.east.delay=8\n";

/// Arguments.
#[derive(Debug, PartialEq, clap::Args)]
pub struct Args {
    /// A model (.fb, .fbz, or a YAML template with --random-weights) or a program (.npx)
    #[arg(required_unless_present = "resume")]
    pub model: Option<PathBuf>,
    /// A device by name, or a device file (.ron)
    #[arg(short, long, default_value = "akd1000")]
    pub device: String,
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
    #[arg(short, long, value_name = "FILE", required_unless_present = "resume")]
    pub input: Option<PathBuf>,
    /// The order of the axes, whatever the number of channels: images (n, h, w, c) or events (n, w, h, c)
    #[arg(long, value_name = "images|events")]
    pub order: Option<InputOrder>,
    /// The run directory, for run.json, stats.json, outputs.npy of the last layer, outputs/NAME.npy of every output,
    /// program.npx, plan.json of a model; waves.vcd and trace.spt if they are asked for
    #[arg(short, long, default_value = "spikemesh-run", value_name = "DIR")]
    pub output: PathBuf,
    /// Go on with the run of this directory, which was cut off; alone, or with all that the run was started with
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    pub resume: Option<PathBuf>,
    /// The class of every sample, int32 .npy (n), of the last layer or of the output of layer NAME; prints the accuracy. Several are
    /// allowed
    #[arg(long, value_name = "[NAME=]FILE")]
    pub labels: Vec<LabelArg>,
    /// Classes that the neurons of the last layer are divided into, in order [default: those of a model that has learned, or one
    /// for each neuron]
    #[arg(long, value_name = "N", requires = "labels", value_parser = clap::value_parser!(u32).range(1..))]
    pub num_classes: Option<u32>,
    /// What gives the class: predict takes the largest output, evaluate applies thresholds and steps first [default: evaluate with a
    /// model whose last layer yields potentials, otherwise predict]
    #[arg(long, value_name = "predict|evaluate", requires = "labels")]
    pub class_by: Option<ClassRule>,
    /// Frames that enter the mesh one after another, without a reset in between
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub batch: u32,
    /// The model that a program was compiled from: every layer is compared with the engine
    #[arg(long, value_name = "MODEL")]
    pub golden: Option<PathBuf>,
    /// Keep the inputs in the run directory: of any size, or of at most so many megabytes
    #[arg(long, value_name = "MB", num_args = 0..=1, require_equals = true, default_value = "64", default_missing_value = "all", value_parser = megabytes)]
    pub keep_inputs: u64,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub waves: WaveArgs,
    /// Write the packets of the same batch as waves, or of the first, as a trace for `spikemesh replay`
    #[arg(long)]
    pub trace: bool,
    /// The limits that the model has to keep, or a warning is given [default: those that the device names, otherwise current]
    #[arg(long, value_enum)]
    pub profile: Option<ProfileArg>,
    /// Draw random weights for layers that have none
    #[arg(long, value_name = "SEED")]
    pub random_weights: Option<u64>,
    /// End with exit code 8 before a batch exceeds this cycle; what is finished is written, marked partial
    #[arg(long, default_value_t = 1 << 40, value_name = "CYCLES")]
    pub max_cycles: u64,
}

impl Args {
    /// Refuses options that would have no effect.
    fn check(&self, model: &Path, is_program: bool) -> Result<(), VerbError> {
        let refuse = |option: &str, why: &str| {
            let message = format!("{option} has no effect: {why}");
            Err(VerbError::one(Exit::Usage, CliError::Usage { message }))
        };
        let file = model.display();
        if is_program && self.mode.is_some() {
            return refuse("--mode", &format!("{file} is a program, whose units are fixed"));
        }
        if let Some(option) = self.placer.given().filter(|_| is_program) {
            return refuse(option, &format!("{file} is a program, whose units are fixed"));
        }
        if is_program && self.golden.is_none() && self.random_weights.is_some() {
            return refuse("--random-weights", &format!("{file} is a program, which holds its weights"));
        }
        if is_program && self.golden.is_none() && self.profile.is_some() {
            return refuse("--profile", &format!("{file} is a program, and rules are about models"));
        }
        if !is_program && self.golden.is_some() {
            return refuse("--golden", &format!("{file} is a model, which the engine computes itself"));
        }
        Ok(())
    }

    /// The same arguments, with paths as they are meant in `folder`.
    fn at(self, folder: &Path) -> Args {
        let there = |path: Option<PathBuf>| path.map(|path| folder.join(path));
        let device_file = folder.join(&self.device);
        let is_file = Device::text(&self.device).is_none() && device_file.is_file();
        Args {
            model: there(self.model),
            input: there(self.input),
            labels: self.labels.into_iter().map(|labels| labels.at(folder)).collect(),
            golden: there(self.golden),
            placer: self.placer.at(folder),
            device: if is_file { device_file.to_string_lossy().into_owned() } else { self.device },
            ..self
        }
    }
}

/// Runs. `command` are the arguments of the command line, without the name of the program; `parse` reads those of an earlier run.
pub fn run(
    args: &Args,
    command: &[String],
    parse: impl Fn(&[OsString]) -> Option<Args>,
    console: &Console,
) -> Result<(), VerbError> {
    match (&args.resume, &args.model, &args.input) {
        (Some(directory), None, None) => {
            let (folder, earlier) =
                command_of(directory).map_err(|error| VerbError::one(Exit::Error, error))?;
            let usage =
                |message: &str| VerbError::one(Exit::Usage, CliError::Usage { message: message.to_owned() });
            let alone = parse(&["run".into(), "--resume".into(), directory.into()]);
            if alone.as_ref() != Some(args) {
                return Err(usage(
                    "--resume stands alone, or with the model, the input and all options of the run",
                ));
            }
            let earlier = parse(&earlier).ok_or_else(|| {
                usage("the command in run.json is none of this version: give the model and the input")
            })?;
            let args = Args { resume: Some(directory.clone()), ..earlier.at(&folder) };
            run_model(&args, command, console)
        }
        _ => run_model(args, command, console),
    }
}

fn run_model(args: &Args, command: &[String], console: &Console) -> Result<(), VerbError> {
    let (Some(model_path), Some(input_path)) = (&args.model, &args.input) else {
        let message = "give both, the model and the input, or neither of them".to_owned();
        return Err(VerbError::one(Exit::Usage, CliError::Usage { message }));
    };
    let is_program = inputs::is_program(model_path)?;
    args.check(model_path, is_program)?;
    args.waves.check()?;
    let settings = args.set.set.as_slice();
    let device = inputs::device_of(is_program, &args.device, settings)?;
    let (file, bytes) =
        InputFile::read_and_keep(input_path, args.keep_inputs).map_err(|e| VerbError::one(Exit::Error, e))?;
    let label_files: Vec<LabelFile> =
        args.labels.iter().map(|labels| read_labels(&labels.file)).collect::<Result<_, _>>()?;
    let model_file = if is_program { args.golden.as_deref() } else { Some(model_path.as_path()) };
    let model = model_file.map(|path| inputs::hashed_model(path, args.random_weights)).transpose()?;
    let (model, model_sha256) = model.unzip();
    let (program, plan) = match &model {
        Some(model) if !is_program => {
            let compiled =
                inputs::compiled(model, &device, &args.placer.options(args.mode.unwrap_or_default())?)?;
            (compiled.program, Some(compiled.report))
        }
        _ => (inputs::program_on(model_path, &device, settings)?, None),
    };
    let profile = args.profile.map(Profile::from);
    let rules = model.as_ref().map(|model| DeviceRules::check(model, Some(&device), profile));
    rules.iter().filter_map(DeviceRules::warning).for_each(|warning| console.warn(warning));
    let mut labels: Vec<Labels> = Vec::new();
    let last = program.outputs.len() - 1;
    for (arg, label_file) in args.labels.iter().zip(label_files) {
        let is_last = arg.layer.as_ref().is_none_or(|layer| program.output_index(layer) == Some(last));
        let classes = args.num_classes.filter(|_| is_last).map(|classes| classes as usize);
        let options = LabelOptions { layer: arg.layer.clone(), classes, rule: args.class_by };
        let more = Labels::new(label_file, file.samples(), &options, model.as_ref(), &program)
            .map_err(|e| VerbError::one(Exit::Error, e))?;
        if labels.iter().any(|labels| labels.output == more.output) {
            let name = &program.output_map(&program.outputs[more.output]).name;
            return Err(usage(format!("--labels gives `{name}` labels twice")));
        }
        labels.push(more);
    }
    if args.num_classes.is_some() && labels.iter().all(|labels| labels.output != last) {
        return Err(usage("--num-classes has no effect: the last layer has no labels".to_owned()));
    }
    let input_sha256 = Some(file.sha256.clone());
    let input = file.ordered(&program, args.order).map_err(|e| VerbError::one(Exit::Error, e))?;
    if input.ambiguous {
        console.warn(OrderWarning);
    }
    tracing::info!(samples = input.input.samples(), order = input.order.name(), "input read");
    let device_file = outputs::device_file(Some(&args.device));
    let reads = [
        Some(model_path.as_path()),
        Some(input_path),
        args.golden.as_deref(),
        device_file,
        args.placer.place.as_deref(),
    ];
    let label_files = args.labels.iter().map(|labels| labels.file.as_path());
    let summary = RunCommand {
        device: &device,
        settings: device.in_force(settings),
        program: &program,
        model: model.as_ref(),
        model_sha256,
        random_weights: args.random_weights,
        input: &input.input,
        input_sha256,
        kept: bytes.map_or(KeptInput::No, |bytes| KeptInput::Bytes(bytes.into())),
        input_path: Some(input_path),
        input_order: input.order,
        labels: &labels,
        batch: args.batch as usize,
        waves: &args.waves,
        trace: args.trace,
        max_cycles: args.max_cycles,
        directory: args.resume.as_deref().unwrap_or(&args.output),
        reads: reads.into_iter().flatten().chain(label_files).collect(),
        extra: &[],
        resume: args.resume.is_some(),
        command: command.to_vec(),
        plan: plan.as_ref(),
        rules: rules.as_ref(),
    }
    .execute(console)?;
    summary.map_or(Ok(()), |summary| console.data(&summary, RunSummary::text))
}

/// A number of megabytes, or `all`, in bytes.
fn megabytes(text: &str) -> Result<u64, String> {
    match (text, text.parse::<u64>()) {
        ("all", _) => Ok(u64::MAX),
        (_, Ok(megabytes)) => Ok(megabytes.saturating_mul(1_000_000)),
        (_, Err(_)) => Err("give a whole number of megabytes, or nothing for inputs of any size".to_owned()),
    }
}

fn usage(message: String) -> VerbError {
    VerbError::one(Exit::Usage, CliError::Usage { message })
}

/// The labels of a file, with the hash of its bytes.
fn read_labels(path: &Path) -> Result<LabelFile, VerbError> {
    let bytes = npy::read_bytes(path).map_err(|error| VerbError::one(Exit::Error, error))?;
    let array = npy::parse::<i32>(&path.display().to_string(), &bytes);
    let array = array.map_err(|e| VerbError::one(Exit::Error, e))?;
    Ok(LabelFile { labels: array.data, sha256: sha256(&bytes) })
}
