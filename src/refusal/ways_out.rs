//! What was tried for a model that does not fit: each way is mapped, and what it costs is read from the mapping.

use crate::compat::{self, Profile};
use crate::compiler::misfit::{Misfit, Size};
use crate::compiler::{Compilation, CompileOptions, Mode, compile};
use crate::device::Device;
use crate::model::{LayerId, LayerKind, Model, Parameters};
use crate::words::plural;

/// Most layers that one is split into.
const MOST_PARTS: u32 = 16;

/// What was tried.
#[derive(Debug, Default)]
pub(super) struct WaysOut {
    /// What maps, with its cost.
    maps: Vec<String>,
    /// What does not.
    vain: Vec<String>,
}

impl WaysOut {
    /// Tries other modes, other devices, fewer bits, and exact rewrites.
    pub fn try_all(
        model: &Model,
        device: &Device,
        options: &CompileOptions,
        misfits: &[&Misfit],
        overflows: bool,
    ) -> WaysOut {
        let mut ways = WaysOut::default();
        for mode in [Mode::Minimal, Mode::AllNps, Mode::HwPr].into_iter().filter(|&mode| mode != options.mode)
        {
            let mapped = compile(model, device, &options.clone().with_mode(mode));
            ways.add(format!("mode {}", name(mode)), mapped.ok());
        }
        for name in Device::names().filter(|&name| name != device.name) {
            let mapped = Device::load(name).ok().and_then(|other| compile(model, &other, options).ok());
            ways.add(format!("device {name}"), mapped);
        }
        if overflows {
            // Changed models have no weights, of which it depends.
            return ways;
        }
        let map = |changed: &Model| compile(changed, device, options).ok();
        if let Some((changed, what)) = fewer_bits(model, misfits) {
            ways.add(format!("other results, to be trained again: {what}"), map(&changed));
        }
        for rewrite in [repaired, fully_connected, split] {
            if let Some((changed, what)) = rewrite(model, misfits, &map) {
                ways.add(format!("exact: {what}"), map(&changed));
            }
        }
        ways
    }

    fn add(&mut self, what: String, mapped: Option<Compilation>) {
        match mapped {
            Some(compiled) => {
                let report = &compiled.report;
                let nps = plural(report.total_nps, "NP", "NPs");
                let passes = plural(report.passes, "pass", "passes");
                let load = if report.passes > 1 && !report.multi_pass {
                    ", which the host loads in turn"
                } else {
                    ""
                };
                self.maps.push(format!("{what}: {nps} in {passes}{load}"));
            }
            None => self.vain.push(what),
        }
    }

    /// The lines of the advice.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let maps = self.maps.iter().map(|way| format!("maps with {way}"));
        let vain = (!self.vain.is_empty()).then(|| format!("tried in vain: {}", self.vain.join("; ")));
        maps.chain(vain)
    }
}

fn name(mode: Mode) -> &'static str {
    match mode {
        Mode::Minimal => "minimal",
        Mode::AllNps => "all-nps",
        Mode::HwPr => "hw-pr",
    }
}

/// A changed model, and what was changed.
type Changed = Option<(Model, String)>;
/// Maps a model.
type Map<'a> = &'a dyn Fn(&Model) -> Option<Compilation>;

/// Fewer bits of the activations before each layer that does not fit, and of its weights where that is nearer.
fn fewer_bits(model: &Model, misfits: &[&Misfit]) -> Changed {
    let mut changes: Vec<(LayerId, Size, u8)> = Vec::new();
    for misfit in misfits {
        let id = model.layer_by_name(&misfit.layer)?;
        let bits = |size| misfit.nearest.iter().find(|nearest| nearest.size == size);
        if let Some(nearest) = bits(Size::ActivationBits) {
            // The bits of what comes in are those that the inbound layers give out; an input gives four always.
            let inbound = &model.layer(id).inbound;
            if inbound.iter().any(|&id| model.layer(id).kind() == LayerKind::InputData) {
                return None;
            }
            changes.extend(inbound.iter().map(|&id| (id, Size::ActivationBits, nearest.value as u8)));
        } else {
            changes.push((id, Size::WeightBits, bits(Size::WeightBits)?.value as u8));
        }
    }
    let mut what = Vec::new();
    let changed = rebuilt(model, |id, parameters| {
        for &(_, size, bits) in changes.iter().filter(|(changed, ..)| *changed == id) {
            let name = &model.layer(id).name;
            match size {
                Size::ActivationBits => {
                    if let Some(activation) = parameters.activation_mut() {
                        activation.threshold_fire_bits = activation.threshold_fire_bits.min(bits);
                        what.push(format!("{bits}-bit activations of `{name}`"));
                    }
                }
                _ => {
                    if let Some(weights) = parameters.weights_bits_mut() {
                        *weights = bits;
                    }
                    what.push(format!("{bits}-bit weights of `{name}`"));
                }
            }
        }
    })?;
    (!what.is_empty()).then(|| (changed, what.join(", ")))
}

/// The model with other parameters and without weights: what maps does not depend on them.
fn rebuilt(model: &Model, mut change: impl FnMut(LayerId, &mut Parameters)) -> Option<Model> {
    let mut changed = Model::new(&model.name);
    for (id, layer) in model.iter() {
        let mut parameters = layer.parameters;
        change(id, &mut parameters);
        changed.add(&layer.name, parameters, &layer.inbound).ok()?;
    }
    Some(changed)
}

/// The exact repairs of the newest profile: zeros around kernels, identities, geometry.
fn repaired(model: &Model, _: &[&Misfit], _: Map<'_>) -> Changed {
    let repaired = compat::repair(model, Profile::Current);
    let done: Vec<String> = repaired.done.iter().map(ToString::to_string).collect();
    (!done.is_empty()).then(|| (repaired.model, done.join("; ")))
}

/// Convolutions over a map of one position as fully connected layers.
fn fully_connected(model: &Model, misfits: &[&Misfit], _: Map<'_>) -> Changed {
    let mut what = Vec::new();
    let changed = rebuilt(model, |id, parameters| {
        let layer = model.layer(id);
        let one = layer.shape.input.width == 1 && layer.shape.input.height == 1;
        let plain =
            layer.shape.pooling.is_none() && layer.shape.output.width == 1 && layer.shape.output.height == 1;
        if let Parameters::Convolutional(p) = *parameters
            && one
            && plain
            && misfits.iter().any(|misfit| misfit.layer == layer.name)
        {
            *parameters = Parameters::FullyConnected(crate::model::FullyConnected {
                num_neurons: p.convolution.num_neurons,
                weights_bits: p.convolution.weights_bits,
                activation: p.activation,
            });
            what.push(format!("`{}`, over one position, as a fully connected layer", layer.name));
        }
    })?;
    (!what.is_empty()).then(|| (changed, what.join("; ")))
}

/// Each layer that does not fit as several with a part of the filters each, the first number of them that maps.
fn split(model: &Model, misfits: &[&Misfit], map: Map<'_>) -> Changed {
    let divisible = |misfit: &&Misfit| {
        let id = model.layer_by_name(&misfit.layer);
        id.is_some_and(|id| model.layer(id).parameters.num_neurons().is_some_and(|filters| filters > 1))
    };
    if misfits.is_empty() || !misfits.iter().all(divisible) {
        return None;
    }
    let mut last = None;
    for parts in 2..=MOST_PARTS {
        let Some(changed) = in_parts(model, misfits, parts) else { break };
        let names: Vec<String> = misfits.iter().map(|misfit| format!("`{}`", misfit.layer)).collect();
        let layers = plural(parts, "layer", "layers");
        let read = |misfit: &&Misfit| {
            model.layer_by_name(&misfit.layer).is_some_and(|id| model.consumers(id).next().is_some())
        };
        let outputs = if misfits.iter().all(read) { "" } else { ", each an output" };
        let what = format!("the filters of {} split over {layers}{outputs}", names.join(", "));
        let fits = map(&changed).is_some();
        last = Some((changed, what));
        if fits {
            break;
        }
    }
    last
}

/// The model with layers split over their filters. Whoever reads such a layer reads its parts, in their order.
fn in_parts(model: &Model, misfits: &[&Misfit], parts: u32) -> Option<Model> {
    let mut changed = Model::new(&model.name);
    let mut now: Vec<Vec<LayerId>> = Vec::new();
    for (_, layer) in model.iter() {
        let inbound: Vec<LayerId> = layer.inbound.iter().flat_map(|id| now[id.0].clone()).collect();
        let filters = layer.parameters.num_neurons().unwrap_or(0);
        let is_split = misfits.iter().any(|misfit| misfit.layer == layer.name);
        if !is_split {
            now.push(vec![changed.add(&layer.name, layer.parameters, &inbound).ok()?]);
            continue;
        }
        if filters < parts {
            return None;
        }
        let mut ids = Vec::new();
        for part in 0..parts {
            let mut parameters = layer.parameters;
            let own = (part + 1) * filters / parts - part * filters / parts;
            set_filters(&mut parameters, own);
            ids.push(changed.add(&format!("{}_{part}", layer.name), parameters, &inbound).ok()?);
        }
        now.push(ids);
    }
    Some(changed)
}

fn set_filters(parameters: &mut Parameters, filters: u32) {
    if let Parameters::FullyConnected(fc) = parameters {
        fc.num_neurons = filters;
    } else if let Some(convolution) = parameters.convolution_mut() {
        convolution.num_neurons = filters;
    }
}
