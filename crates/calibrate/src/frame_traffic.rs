//! What the network does for a frame of a whole model: its program is simulated, with random weights.
//!
//! Rows give how many events the input map of each layer holds, not which. So thresholds are raised or lowered until about as many neurons fire,
//! and the traffic of each layer is scaled by what is left between the events of the row and those that were simulated.

use crate::chain::chain_model;
use crate::events::{Channels, events};
use crate::layer::PublishedLayer;
use crate::results::joined;
use crate::single_layer::Kind;
use spikemesh_compiler::{Mode, compile};
use spikemesh_device::{Action, Device};
use spikemesh_isa::OutputMapId;
use spikemesh_mesh::{Frame, SimulationOptions, Simulator};
use spikemesh_model::{LayerId, Model, VariableName};
use spikemesh_noc::NoProbe;
use spikemesh_stop::Stop;

/// How often the network did each of [`Action::NETWORK`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FrameTraffic(pub [f64; Action::NETWORK.len()]);

impl FrameTraffic {
    /// What it costs on a device, in picojoules.
    pub fn picojoules(&self, device: &Device) -> f64 {
        let costs = device.energy.unit(None, 1);
        self.0.iter().zip(Action::NETWORK).map(|(count, action)| count * costs.cost(action)).sum()
    }
}

/// Weights are drawn from this seed.
const SEED: u64 = 1;

/// Steps of a threshold that are a standard deviation of the potentials of a random model.
const STEPS_PER_DEVIATION: f64 = 8.0;

/// Of a model's frame, by the rows of its layers.
///
/// # Errors
/// Why the model cannot be mapped or simulated; the stop flag is set.
pub fn frame_traffic(
    name: &str,
    mode: Mode,
    layers: &[PublishedLayer],
    device: &Device,
    stop: &Stop,
) -> Result<FrameTraffic, String> {
    let (mut model, rows) = chain_model(name, mode, layers)?;
    let first = rows.first().ok_or("no layer rows")?;
    model.randomise(SEED);
    // The layer before each row but the first: its events are the row's.
    let computed = model.layers().len() - rows.len();
    for (position, row) in rows.iter().enumerate().skip(1) {
        shift(&mut model, LayerId(computed + position - 1), density(row))?;
    }
    let program = compile(&model, device, &mode.into()).map_err(joined)?.program;
    let input = first.shape.input();
    let frame = match (first.shape.kind, program.input) {
        (Kind::Hrc, _) | (_, None) => Frame::Image((0..input.len()).map(|i| (i * 89 % 251) as u8).collect()),
        (_, Some(buffer)) => {
            Frame::Events(events(program.buffers[usize::from(buffer.0)].map, first.events, Channels::Spread))
        }
    };
    let simulator = Simulator::new(program, device.clone()).map_err(joined)?;
    let options =
        SimulationOptions { record_output_maps: false, stop: stop.clone(), ..SimulationOptions::default() };
    let ended = simulator.run(&[frame], 0, &options, &mut NoProbe).into_finished();
    let outcome = ended.map_err(|early| early.end.to_string())?;

    let mut emitted = vec![0; rows.len()];
    let units = || outcome.passes.iter().flat_map(|pass| &pass.units);
    for unit in units() {
        if let Some(OutputMapId(map)) = unit.output_map {
            emitted[usize::from(map)] += unit.frames.iter().map(|record| record.emitted).sum::<u64>();
        }
    }
    let scale = |map: usize| match rows.get(map + 1) {
        Some(next) if emitted[map] > 0 => next.events as f64 / emitted[map] as f64,
        _ => 1.0,
    };
    let mut traffic = FrameTraffic::default();
    for pass in &outcome.passes {
        // What the event DMA sends in a later pass is what the last layer before it gave.
        let first = pass.units.iter().filter_map(|unit| unit.output_map).map(|OutputMapId(map)| map).min();
        let before = first.and_then(|map| usize::from(map).checked_sub(1));
        for unit in &pass.units {
            let scale = match unit.output_map {
                Some(OutputMapId(map)) => scale(usize::from(map)),
                None => before.map_or(1.0, scale),
            };
            for record in &unit.frames {
                let counts = record.actions(None);
                for (sum, action) in traffic.0.iter_mut().zip(Action::NETWORK) {
                    *sum += scale * counts.of(action);
                }
            }
        }
    }
    Ok(traffic)
}

/// The share of a row's input map that holds events.
fn density(row: &PublishedLayer) -> f64 {
    (row.events as f64 / row.shape.input().len().max(1) as f64).clamp(0.001, 0.999)
}

/// Moves the thresholds of a layer, half of whose values are events, to another share. The logistic function is near enough to the normal one.
fn shift(model: &mut Model, layer: LayerId, density: f64) -> Result<(), String> {
    let deviations = ((1.0 - density) / density).ln() / 1.702;
    let variables = &model.layer(layer).variables;
    let pairs = variables.threshold_fire.iter().zip(&variables.threshold_fire_step);
    let moved: Vec<i32> = pairs
        .map(|(&threshold, &step)| threshold + (deviations * STEPS_PER_DEVIATION * f64::from(step)) as i32)
        .collect();
    if moved.is_empty() {
        return Ok(());
    }
    model.set_variable(layer, VariableName::ThresholdFire, &moved[..]).map_err(|error| error.to_string())
}
