//! One random case: a model with weights on a device, with an input.

use std::path::Path;

use spikemesh::compiler::{Compilation, Error, Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::Input;
use spikemesh::model::{LayerKind, Model, file};
use spikemesh_oracle::random::{events, fill, images, samples};

use crate::choices::Choices;
use crate::limit::Limit;
use crate::{device, layers};

/// A model with weights, the device and the mode that it is compiled for, and samples.
#[derive(Clone, Debug)]
pub struct Case {
    /// The model; every layer has weights.
    pub model: Model,
    /// The device.
    pub device: Device,
    /// The mode.
    pub mode: Mode,
    /// As many samples as [`Case::FRAMES`].
    pub input: Input,
    /// The limit that it lies within one of, if it was made for one.
    pub limit: Option<Limit>,
}

impl Case {
    /// Samples of a case.
    pub const FRAMES: usize = 3;

    /// A case. Any choices give one.
    pub fn new(choices: &mut Choices) -> Case {
        // Sizes at their limits take much longer than other cases.
        let (limit, mut model, mut device) = if choices.chance(4) {
            let (limit, model, device) = Limit::of_sizes(choices);
            (Some(limit), model, device)
        } else {
            let mut device = device::device(choices);
            let model = layers::model(choices);
            let limit =
                if choices.chance(16) { Limit::of_device(choices, &model, &mut device) } else { None };
            (limit, model, device)
        };
        let mode = device::mode(choices, &device);
        let density = choices.pick(&[3, 8, 1, 0, 5, 7]);
        let as_images = choices.chance(50);
        fill(&mut model, choices.seed());
        let input = Case::samples(&model, density, as_images, choices.seed());
        // Drawn last, so that they change nothing else; a device at a limit stays there.
        if limit.is_none() && device.name == "mesh" && choices.chance(30) {
            device::overrides(choices, &mut device);
        }
        if limit.is_none() && device.name == "mesh" && choices.chance(25) {
            device.np.input_maps.0 = 2;
        }
        Case { model, device, mode, input, limit }
    }

    /// The same on a device whose routers fork packets.
    pub fn with_trees(mut self) -> Case {
        device::fork(&mut self.device);
        self
    }

    /// A case of a model that has weights, on a device, with random samples.
    pub fn of_model(model: Model, device: Device, mode: Mode, seed: u64) -> Case {
        let input = Case::samples(&model, 4, false, seed);
        Case { model, device, mode, input, limit: None }
    }

    /// Samples of a model; where events may be images, `as_images` decides.
    pub(crate) fn samples(model: &Model, density: u32, as_images: bool, seed: u64) -> Input {
        let maps = samples(model, density, seed, Case::FRAMES);
        let first = &model.layers()[0];
        let takes_images = matches!(first.shape.input.channels, 1 | 3);
        let pixels = first.kind() == LayerKind::InputConvolutional;
        if takes_images && (pixels || as_images) {
            Input::Images(images(&maps))
        } else {
            Input::Events(events(&maps))
        }
    }

    /// Its program.
    ///
    /// # Errors
    /// Every reason why the model cannot be mapped.
    pub fn compile(&self) -> Result<Compilation, Vec<Error>> {
        compile(&self.model, &self.device, &self.mode.into())
    }

    /// Writes model, device and input into a folder, and says how to run them.
    ///
    /// # Errors
    /// What the file system says.
    pub fn save(&self, folder: &Path) -> Result<String, String> {
        let at = |name: &str| folder.join(name);
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        file::save(&self.model, &at("model.fbz")).map_err(|errors| format!("{errors:?}"))?;
        std::fs::write(at("device.ron"), device::text(&self.device)).map_err(|error| error.to_string())?;
        let input = match &self.input {
            Input::Images(images) => images.write_npy(&at("input.npy")),
            Input::Events(events) => {
                events.to_dense().map_err(|error| error.to_string())?.write_npy(&at("input.npy"))
            }
        };
        input.map_err(|error| error.to_string())?;
        let mode = match self.mode {
            Mode::Minimal => "minimal",
            Mode::AllNps => "all-nps",
            Mode::HwPr => "hw-pr",
        };
        let [model, device, input, out] =
            ["model.fbz", "device.ron", "input.npy", "run"].map(|name| at(name).display().to_string());
        Ok(format!(
            "spikemesh run {model} -d {device} -m {mode} -i {input} --batch {} -o {out}",
            Case::FRAMES
        ))
    }
}
