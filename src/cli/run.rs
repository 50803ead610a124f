//! `spikemesh run`: simulates a model or a program and compares it with the engine.

use std::path::{Path, PathBuf};

use super::console::Console;
use super::error::{CliError, VerbError};
use super::exit::Exit;
use super::inputs::{self, OrderWarning};
use super::mode::ModeArg;
use super::profile::ProfileArg;
use super::run_command::RunCommand;
use super::run_summary::RunSummary;
use crate::compat::Profile;
use crate::compiler::compile;
use crate::device_rules::DeviceRules;
use crate::engine::InputOrder;
use crate::files::read_limited;
use crate::model;
use crate::run::{ClassRule, InputFile, LabelOptions, Labels, sha256};
use crate::tensor::npy;

pub(super) const EXAMPLE: &str =
    "Example:\n  spikemesh run model.fbz -d akd1000 -i images.npy -o out/ --labels labels.npy\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A model (.fb, .fbz, or a YAML template with --random-weights) or a program (.npx)
    pub model: PathBuf,
    /// A device by name, or a device file (.ron)
    #[arg(short, long, default_value = "akd1000")]
    pub device: String,
    /// How many neural processors to use, of a model [default: minimal]
    #[arg(short, long, value_enum)]
    pub mode: Option<ModeArg>,
    /// Inputs, uint8 .npy: images (n, h, w, c) with 1 or 3 channels, otherwise events (n, w, h, c)
    #[arg(short, long, value_name = "FILE")]
    pub input: PathBuf,
    /// The order of the axes, whatever the number of channels: images (n, h, w, c) or events (n, w, h, c)
    #[arg(long, value_name = "images|events")]
    pub order: Option<InputOrder>,
    /// The run directory, for run.json, stats.json, outputs.npy, program.npx, waves.vcd and trace.spt
    #[arg(short, long, default_value = "spikemesh-run", value_name = "DIR")]
    pub output: PathBuf,
    /// The class of every sample, int32 .npy (n): prints the accuracy
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
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
    /// Write waves of the first batch
    #[arg(long)]
    pub waves: bool,
    /// Write the packets of the first batch as a trace for `spikemesh replay`
    #[arg(long)]
    pub trace: bool,
    /// The limits that the model has to keep, or a warning is given [default: those that the device names, otherwise current]
    #[arg(long, value_enum)]
    pub profile: Option<ProfileArg>,
    /// Draw random weights for layers that have none
    #[arg(long, value_name = "SEED")]
    pub random_weights: Option<u64>,
    /// End with an error if a batch exceeds this cycle
    #[arg(long, default_value_t = 1 << 40, value_name = "CYCLES")]
    pub max_cycles: u64,
}

impl Args {
    /// Refuses options that would have no effect.
    fn check(&self, is_program: bool) -> Result<(), VerbError> {
        let refuse = |option: &str, why: &str| {
            let message = format!("{option} has no effect: {why}");
            Err(VerbError::one(Exit::Usage, CliError::Usage { message }))
        };
        let file = self.model.display();
        if is_program && self.mode.is_some() {
            return refuse("--mode", &format!("{file} is a program, whose units are fixed"));
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
}

/// Runs.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let is_program = inputs::is_program(&args.model)?;
    args.check(is_program)?;
    let device = inputs::device(&args.device)?;
    let read = |path: &Path, limit: u64| {
        read_limited(path, limit).map_err(|error| VerbError::io("read", path, error.into()))
    };
    let file = InputFile::read(&args.input).map_err(|e| VerbError::one(Exit::Error, e))?;
    let labels = args.labels.as_deref().map(read_labels).transpose()?;
    let (model, program, plan) = if is_program {
        let golden =
            args.golden.as_deref().map(|path| inputs::model(path, args.random_weights)).transpose()?;
        (golden, inputs::program(&args.model, &device)?, None)
    } else {
        let model = inputs::model(&args.model, args.random_weights)?;
        let compiled = compile(&model, &device, &args.mode.unwrap_or_default().into())
            .map_err(|e| VerbError::all(Exit::Unmappable, e))?;
        (Some(model), compiled.program, Some(compiled.report))
    };
    let profile = args.profile.map(Profile::from);
    let rules = model.as_ref().map(|model| DeviceRules::check(model, Some(&device), profile));
    rules.iter().filter_map(DeviceRules::warning).for_each(|warning| console.warn(warning));
    let model_file = if is_program { args.golden.as_deref() } else { Some(args.model.as_path()) };
    let labels = labels.map(|labels| {
        let classes = args.num_classes.map(|classes| classes as usize);
        let options = LabelOptions { classes, rule: args.class_by };
        Labels::new(labels, file.samples(), options, model.as_ref(), &program)
    });
    let labels = labels.transpose().map_err(|e| VerbError::one(Exit::Error, e))?;
    let input_sha256 = Some(file.sha256.clone());
    let input = file.ordered(&program, args.order).map_err(|e| VerbError::one(Exit::Error, e))?;
    if input.ambiguous {
        console.warn(OrderWarning);
    }
    let hash = |path: &Path| read(path, model::file::MAX_RAW).map(|bytes| sha256(&bytes));
    let summary = RunCommand {
        device: &device,
        program: &program,
        model: model.as_ref(),
        model_sha256: model_file.map(hash).transpose()?,
        random_weights: args.random_weights,
        input: &input.input,
        input_sha256,
        input_order: input.order,
        labels: labels.as_ref(),
        batch: args.batch as usize,
        waves: args.waves,
        trace: args.trace,
        max_cycles: args.max_cycles,
        directory: &args.output,
        on_purpose: false,
        plan: plan.as_ref(),
        rules: rules.as_ref(),
    }
    .execute(console)?;
    console.data(&summary, RunSummary::text)
}

fn read_labels(path: &Path) -> Result<Vec<i32>, VerbError> {
    npy::read::<i32>(path).map(|array| array.data).map_err(|e| VerbError::one(Exit::Error, e))
}
