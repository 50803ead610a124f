//! What a run shows about its model that figures alone do not say.

use serde::Serialize;

use super::activity::LayerActivity;
use crate::isa::{MapShape, Operation, Program};
use crate::words::plural;

/// From this many frames on, a neuron without any event is called dead.
const DEAD_FROM: u64 = 32;

/// Layers that a note names.
const NAMED: usize = 5;

/// The share of inputs with events below which the inputs of a layer are called sparse.
const SPARSE: f64 = 0.5;

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// Layers without an event in any frame.
    Silent,
    /// Layers whose every value is at the top level in every frame.
    Saturated,
    /// Neurons without an event in all of many frames.
    DeadNeurons,
    /// Layers whose time does not depend on events, where few of their inputs have one.
    ExternalWeights,
}

/// One line about some layers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// Names of the layers.
    pub layers: Vec<String>,
    /// The line.
    pub message: String,
}

/// A fully connected layer whose weights are external, over a map of several positions: over one position the times are measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ExternalLayer {
    output_map: usize,
    input: MapShape,
}

/// Those layers of a program.
pub(super) fn external_layers(program: &Program) -> Vec<ExternalLayer> {
    let mut layers: Vec<ExternalLayer> = Vec::new();
    for np in program.passes.iter().flat_map(|pass| &pass.nps) {
        let output_map = usize::from(np.output_map.0);
        let external = matches!(&np.operation, Operation::FullyConnected(fc) if fc.external);
        let several = np.input.map.width > 1 || np.input.map.height > 1;
        if external && several && layers.iter().all(|layer| layer.output_map != output_map) {
            layers.push(ExternalLayer { output_map, input: np.input.map });
        }
    }
    layers
}

/// Notes about `frames` frames; `received` are the events that each layer received.
pub(super) fn notes(
    activity: &[LayerActivity],
    external: &[ExternalLayer],
    received: impl Fn(usize) -> u64,
    frames: u64,
) -> Vec<Note> {
    if frames == 0 {
        return Vec::new();
    }
    let layers = || activity.iter().filter(|layer| layer.has_levels());
    let names = |which: &dyn Fn(&&LayerActivity) -> bool| -> Vec<String> {
        layers().filter(which).map(|layer| layer.name.clone()).collect()
    };
    let mut notes = Vec::new();
    let mut add = |kind, layers: Vec<String>, message: &dyn Fn(&str, bool) -> String| {
        if !layers.is_empty() {
            let message = message(&listed(&layers), layers.len() == 1);
            notes.push(Note { kind, layers, message });
        }
    };
    let over = plural(frames as usize, "frame", "frames");
    add(NoteKind::Silent, names(&|layer| layer.events == 0), &|layers, one| {
        format!("{layers} {} no event in {over}: silent", if one { "sends" } else { "send" })
    });
    add(NoteKind::Saturated, names(&|layer| layer.top_values == layer.values), &|layers, one| {
        let verb = if one { "sends" } else { "send" };
        format!("{layers} {verb} the top level from every position in {over}: saturated")
    });
    if frames >= DEAD_FROM {
        let dead: Vec<&LayerActivity> =
            layers().filter(|layer| layer.events > 0 && layer.silent_neurons > 0).collect();
        let names = dead.iter().map(|layer| layer.name.clone()).collect();
        let counts: Vec<String> = dead
            .iter()
            .take(NAMED)
            .map(|layer| format!("{} of {} in `{}`", layer.silent_neurons, layer.neurons, layer.name))
            .collect();
        let more = more(dead.len());
        add(NoteKind::DeadNeurons, names, &|_, _| {
            format!("neurons without an event in {over}: {}{more}", counts.join(", "))
        });
    }
    let share = |layer: &ExternalLayer| {
        received(layer.output_map) as f64 / (layer.input.len() as u64 * frames) as f64
    };
    let sparse: Vec<&ExternalLayer> = external.iter().filter(|layer| share(layer) < SPARSE).collect();
    let names =
        sparse.iter().filter_map(|layer| Some(activity.get(layer.output_map)?.name.clone())).collect();
    let shares: Vec<String> =
        sparse.iter().take(NAMED).map(|layer| format!("{:.0} %", 100.0 * share(layer))).collect();
    add(NoteKind::ExternalWeights, names, &|layers, one| {
        let (reads, inputs) = if one { ("reads", "its inputs") } else { ("read", "their inputs") };
        format!(
            "{layers} {reads} external weights for all inputs whatever the events, and {} of {inputs} have one: \
             a published bound contradicts such times, see docs/validation",
            shares.join(", ")
        )
    });
    notes
}

/// Names of layers, not too many.
fn listed(layers: &[String]) -> String {
    let named: Vec<String> = layers.iter().take(NAMED).map(|layer| format!("`{layer}`")).collect();
    format!("{}{}", named.join(", "), more(layers.len()))
}

/// How many of `count` layers are not named.
fn more(count: usize) -> String {
    if count > NAMED { format!(" and {} more", count - NAMED) } else { String::new() }
}
