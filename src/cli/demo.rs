//! `spikemesh demo`: a complete run on real images. The binary contains model and images.

use std::path::PathBuf;

use super::console::Console;
use super::error::VerbError;
use super::exit::Exit;
use super::inputs;
use super::mode::ModeArg;
use super::placer_args::PlacerArgs;
use super::run_command::{KeptInput, RunCommand};
use super::wave_args::WaveArgs;
use crate::device::Device;
use crate::device_rules::DeviceRules;
use crate::model::file;
use crate::run::{InputFile, LabelFile, LabelOptions, Labels, sha256};
use crate::tensor::npy;
use crate::words::plural;

pub(super) const EXAMPLE: &str = "Example:\n  spikemesh demo -o spikemesh-demo\n";

/// A network trained on Fashion-MNIST, and the first test images; traces/SOURCES.csv says where they come from.
const MODEL: &[u8] = include_bytes!("../../traces/fashion-mnist/model.fbz");
const IMAGES: &[u8] = include_bytes!("../../traces/fashion-mnist/images.npy");
const LABELS: &[u8] = include_bytes!("../../traces/fashion-mnist/labels.npy");
const DEVICE: &str = "akd1000";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run directory
    #[arg(short, long, default_value = "spikemesh-demo", value_name = "DIR")]
    pub output: PathBuf,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub waves: WaveArgs,
}

/// Runs.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let model = file::decode(MODEL).map_err(|e| VerbError::all(Exit::Error, e))?;
    let failed = |e| VerbError::one(Exit::Error, e);
    let images = InputFile::parse("images.npy", IMAGES).map_err(failed)?;
    let labels = npy::parse::<i32>("labels.npy", LABELS).map_err(failed)?.data;
    let device = Device::load(DEVICE).map_err(|e| VerbError::all(Exit::Error, e))?;

    console.note(format!(
        "1. `{}`: {}, {} of clothes",
        model.name,
        plural(model.layers().len(), "layer", "layers"),
        plural(labels.len(), "image", "images")
    ));
    let rules = DeviceRules::check(&model, Some(&device), None);
    if !rules.broken.is_empty() {
        return Err(VerbError::all(Exit::Incompatible, rules.broken));
    }
    console.note("2. checked: it keeps every limit of the production AKD1000");
    let compiled = inputs::compiled(&model, &device, &PlacerArgs::default().options(ModeArg::Minimal)?)?;
    console.note(format!("3. mapped onto {} neural processors of {DEVICE}", compiled.report.total_nps));
    console.note("4. simulating the mesh, and comparing every layer with the engine");
    let input_sha256 = Some(images.sha256.clone());
    let labels = LabelFile { labels, sha256: sha256(LABELS) };
    let labels =
        Labels::new(labels, images.samples(), &LabelOptions::default(), Some(&model), &compiled.program)
            .map_err(|e| VerbError::one(Exit::Error, e))?;
    let images = images.ordered(&compiled.program, None).map_err(|e| VerbError::one(Exit::Error, e))?;
    let summary = RunCommand {
        device: &device,
        settings: Vec::new(),
        program: &compiled.program,
        model: Some(&model),
        model_sha256: Some(sha256(MODEL)),
        random_weights: None,
        input: &images.input,
        input_sha256,
        kept: KeptInput::Extra("images.npy"),
        input_path: None,
        input_order: images.order,
        labels: std::slice::from_ref(&labels),
        batch: 1,
        waves: &WaveArgs { waves: true, ..args.waves.clone() },
        trace: false,
        max_cycles: 1 << 40,
        directory: &args.output,
        reads: Vec::new(),
        extra: &[("model.fbz", MODEL), ("images.npy", IMAGES), ("labels.npy", LABELS)],
        resume: false,
        command: Vec::new(),
        plan: Some(&compiled.report),
        rules: Some(&rules),
    }
    .execute(console)?;
    let Some(summary) = summary else { return Ok(()) };
    console.data(&summary, |summary| {
        let directory = &summary.directory;
        format!(
            "{}\n\nNext:\n  gtkwave {directory}/waves.vcd {directory}/waves.vcd.gtkw\n  spikemesh disasm {directory}/program.npx\n  \
             spikemesh map {directory}/model.fbz -d {DEVICE} -m all-nps\n  \
             spikemesh run {directory}/model.fbz -i {directory}/images.npy --labels {directory}/labels.npy --batch 10",
            summary.text()
        )
    })
}
