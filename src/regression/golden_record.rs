//! What a case gave, as its golden file would have it.

use super::golden_file::{Golden, GoldenLayer, GoldenLayerFrame, GoldenModelLayer, GoldenOutput};
use crate::compiler::Mode;
use crate::device::Device;
use crate::isa::{self, Program};
use crate::model::{Layer, Model};
use crate::run::{FrameResult, LayerFrame, output_arrays, sha256};

/// Levels that a golden file keeps, of all layers and frames together.
const KEPT_LEVELS: usize = 1 << 18;
/// Hexadecimal digits of a digest.
const DIGITS: usize = 32;

/// What a case runs.
pub(super) struct Subject<'a> {
    pub model: &'a Model,
    pub program: &'a Program,
    pub device: &'a Device,
    pub mode: Mode,
    pub batch: usize,
    pub inputs_sha256: String,
}

impl Subject<'_> {
    /// The golden file of these frames.
    pub fn golden(&self, frames: &[FrameResult]) -> Golden {
        let outputs =
            output_arrays(self.program).into_iter().enumerate().map(|(index, array)| GoldenOutput {
                name: array.name.clone(),
                shape: array.shape(0)[1..].try_into().unwrap_or_default(),
                frames: frames.iter().map(|frame| frame.outputs[index].clone()).collect(),
            });
        let kept = kept_frames(self.program, frames.len());
        let layers = self.program.output_maps.iter().enumerate().map(|(index, output_map)| GoldenLayer {
            name: output_map.name.clone(),
            shape: [output_map.map.width, output_map.map.height, output_map.map.channels]
                .map(|side| side as usize),
            frames: frames.iter().filter_map(|frame| frame.layers.get(index)).map(layer_frame).collect(),
            levels: match output_map.potentials {
                true => Vec::new(),
                false => frames
                    .iter()
                    .take(kept)
                    .map_while(|frame| frame.maps.get(index))
                    .map(|map| levels(map))
                    .collect(),
            },
        });
        Golden {
            spikemesh: env!("CARGO_PKG_VERSION").to_owned(),
            model: self.model.layers().iter().map(|layer| model_layer(self.model, layer)).collect(),
            program_sha256: isa::encode(self.program).map_or_else(|_| String::new(), |bytes| sha256(&bytes)),
            inputs_sha256: self.inputs_sha256.clone(),
            mode: self.mode,
            batch: self.batch,
            device: self.device.name.clone(),
            device_sha256: self.device.sha256(),
            constants: self.device.constant_lines(),
            cycles: frames.iter().map(|frame| frame.cycles).collect(),
            layers: layers.collect(),
            outputs: outputs.collect(),
        }
    }
}

/// The frames whose levels are kept: from the first, as many as there is room for.
fn kept_frames(program: &Program, frames: usize) -> usize {
    let maps = program.output_maps.iter().filter(|map| !map.potentials);
    let levels: usize = maps.map(|map| map.map.len()).sum();
    KEPT_LEVELS.checked_div(levels).unwrap_or(0).min(frames)
}

fn layer_frame(LayerFrame { map, events, clocks, end }: &LayerFrame) -> GoldenLayerFrame {
    GoldenLayerFrame { map: map.clone(), events: *events, clocks: *clocks, end: *end }
}

fn levels(map: &[i32]) -> String {
    // Levels have at most 4 bits.
    map.iter().map(|level| char::from_digit(*level as u32 & 15, 16).unwrap_or('0')).collect()
}

fn model_layer(model: &Model, layer: &Layer) -> GoldenModelLayer {
    let inbound = layer.inbound.iter().map(|&id| format!("from={}", model.layer(id).name));
    let kind = layer.kind();
    let parameters = kind.parameters().filter_map(|parameter| {
        parameter.get(&layer.parameters).map(|value| format!("{}={value}", parameter.name))
    });
    let words: Vec<String> = [format!("{kind:?}")].into_iter().chain(inbound).chain(parameters).collect();
    let variables = &layer.variables;
    let bytes = |values: &[i8]| values.iter().map(|&value| value as u8).collect::<Vec<u8>>();
    let weights = [bytes(&variables.weights), bytes(&variables.weights_pw)].concat();
    let fire = variables.threshold_fire.iter().flat_map(|value| value.to_le_bytes());
    let step = variables.threshold_fire_step.iter().flat_map(|value| value.to_le_bytes());
    let digest = |bytes: &[u8]| sha256(bytes)[..DIGITS].to_owned();
    GoldenModelLayer {
        name: layer.name.clone(),
        parameters: words.join(" "),
        weights: digest(&weights),
        thresholds: digest(&fire.chain(step).collect::<Vec<u8>>()),
    }
}
