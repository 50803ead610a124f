//! Published rows as equations in the constants of a device.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::coefficients::{self, Coefficients};
use super::solve::Equation;
use crate::accuracy::LONG_LAYER;
use crate::error::Error;
use crate::frame_traffic::{FrameTraffic, frame_traffic};
use crate::layer::PublishedLayer;
use crate::micro::{Microbenchmark, Quantity};
use crate::model::{MappingSummary, PublishedModel};
use crate::results::all;
use crate::single_layer::SingleLayer;
use spikemesh_compiler::LayerPartition;
use spikemesh_device::{Action, Calibration, Device, OperatingPoint};
use spikemesh_stop::Stop;
use spikemesh_words::SourceLine;

/// How far a prediction may be off a row that is known exactly: what no choice of constants can correct.
const SPREAD: f64 = 0.01;

/// The same of an energy.
const ENERGY_SPREAD: f64 = 0.03;

/// The layers of a model, each with how it is divided.
type Layers = Vec<(SingleLayer, LayerPartition)>;

/// A published row as an equation.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The model; a microbenchmark has none, and is never left out.
    pub model: Option<String>,
    /// The layer, or for energy the mapping.
    pub what: String,
    /// What was measured, and the constants that it is made of.
    pub equation: Equation,
    /// What its time depends on.
    pub point: Option<OperatingPoint>,
    /// It counts in summaries.
    pub counted: bool,
}

/// Layers, whole models and microbenchmarks as equations in times. `reading` is how far published clocks of layers may be off; those of models
/// are counted by the chip.
///
/// # Errors
/// Rows that the simulator refuses.
pub fn clocks(
    layers: &[PublishedLayer],
    models: &[PublishedModel],
    micro: &[Microbenchmark],
    device: &Device,
    reading: f64,
    stop: &Stop,
) -> Result<Vec<Observation>, Vec<Error>> {
    let refused = |line: &SourceLine, cause: String| Error::Row { line: line.clone(), cause };
    let chains: Vec<(&PublishedModel, Vec<(SingleLayer, LayerPartition)>)> = models
        .iter()
        .filter_map(|row| {
            let chain = row.chain(layers, device).ok()?;
            // A model that is divided in another way says nothing of this one.
            MappingSummary::of(&chain).is_as_published(row).then_some((row, chain))
        })
        .collect();
    // Rows share many cuts: each is counted once.
    let mut single_layers: BTreeMap<SingleLayer, &SourceLine> = BTreeMap::new();
    for (row, chain) in &chains {
        for (single_layer, _) in chain {
            single_layers.entry(*single_layer).or_insert(&row.line);
        }
    }
    single_layers.extend(layers.iter().map(|layer| (layer.single_layer(), &layer.line)));
    stop.progress().expect((single_layers.len() + micro.len()) as u64);
    let uncounted = stop.uncounted();
    let counted = single_layers.into_par_iter().map(|(single_layer, line)| {
        let coefficients = Coefficients::count(&single_layer, device, &uncounted);
        stop.progress().add(1);
        Ok((single_layer, coefficients.map_err(|cause| refused(line, cause))?))
    });
    let coefficients: BTreeMap<SingleLayer, Coefficients> = all(counted.collect())?.into_iter().collect();
    let of = |single_layer: &SingleLayer| coefficients.get(single_layer).cloned().unwrap_or_default();

    let mut rows: Vec<Observation> = Vec::new();
    for layer in layers {
        let coefficients = of(&layer.single_layer());
        let measured = layer.measured as f64;
        rows.push(Observation {
            model: Some(layer.model.clone()),
            what: layer.name.clone(),
            equation: Equation {
                stages: vec![coefficients.units],
                common: if layer.pass > 1 { coefficients.load } else { Vec::new() },
                measured,
                tolerance: SPREAD.hypot(reading / measured),
            },
            point: Some(layer.single_layer().operating_point(device)),
            counted: layer.measured > LONG_LAYER,
        });
    }
    for (row, chain) in chains {
        let mut equation = Equation {
            stages: Vec::new(),
            common: Vec::new(),
            measured: row.cycles as f64,
            tolerance: SPREAD,
        };
        for (single_layer, divided) in &chain {
            let coefficients = of(single_layer);
            equation.stages.push(coefficients.units);
            if divided.pass > 0 {
                equation.common.extend(coefficients.load);
            }
        }
        let (model, what) = (Some(row.model.clone()), format!("{:?}", row.mode));
        rows.push(Observation { model, what, equation, point: None, counted: false });
    }
    let of_micro = micro.par_iter().map(|micro| {
        let equation = microbenchmark(micro, device, &uncounted);
        stop.progress().add(1);
        let equation = equation.map_err(|cause| refused(&micro.line, cause))?;
        Ok(equation.map(|equation| Observation {
            model: None,
            what: micro.what.clone(),
            equation,
            point: None,
            counted: false,
        }))
    });
    let of_micro: Vec<Option<Observation>> = all(of_micro.collect())?;
    rows.extend(of_micro.into_iter().flatten());
    Ok(rows)
}

/// A microbenchmark: the clocks that each event adds where every column holds events, or the clocks of one layer. What a line leaves without
/// events is not used: it is no measurement.
fn microbenchmark(micro: &Microbenchmark, device: &Device, stop: &Stop) -> Result<Option<Equation>, String> {
    let Some((shape, quantity)) = micro.benchmark else { return Ok(None) };
    let full = shape.input().len() as u64;
    let count = |events: u64| {
        Coefficients::count(&SingleLayer { shape, splits: [1, 1], events, uniform: true }, device, stop)
            .map(|coefficients| coefficients.units.into_iter().next().unwrap_or_default())
    };
    let (terms, measured) = match quantity {
        Quantity::Clocks => (count(full / 2)?, micro.value),
        Quantity::PerEvent | Quantity::PerEventAndFilter => {
            let (low, high) = (count(full / 2)?, count(full)?);
            let added = (full - full / 2).max(1) as f64;
            let terms = high.iter().map(|&(constant, count)| {
                let before = low.iter().find(|(c, _)| *c == constant).map_or(0.0, |(_, count)| *count);
                (constant, (count - before) / added)
            });
            let filters = if quantity == Quantity::PerEvent { 1.0 } else { f64::from(shape.filters) };
            (terms.filter(|(_, count)| *count > 0.0).collect(), micro.value * filters)
        }
        Quantity::Intercept | Quantity::Energy => return Ok(None),
    };
    Ok(Some(Equation { stages: vec![vec![terms]], common: Vec::new(), measured, tolerance: SPREAD }))
}

/// Models with a published energy as equations in energies.
///
/// # Errors
/// Layers that the simulator refuses.
pub fn models(
    models: &[PublishedModel],
    layers: &[PublishedLayer],
    device: &Device,
    stop: &Stop,
) -> Result<Vec<Observation>, Vec<Error>> {
    let chains: Vec<(&PublishedModel, f64, Layers)> = models
        .iter()
        .filter_map(|row| Some((row, row.energy_mj?, row.chain(layers, device).ok()?)))
        .collect();
    // Mappings of a model share many cuts: each is counted once.
    let mut single_layers: BTreeMap<SingleLayer, &SourceLine> = BTreeMap::new();
    for (row, _, chain) in &chains {
        chain.iter().for_each(|(single_layer, _)| {
            *single_layers.entry(*single_layer).or_insert(&row.line) = &row.line;
        });
    }
    stop.progress().expect((single_layers.len() + chains.len()) as u64);
    let uncounted = stop.uncounted();
    let counted = single_layers.into_par_iter().map(|(single_layer, line)| {
        let counts = coefficients::energy(&single_layer, device, &uncounted);
        stop.progress().add(1);
        Ok((single_layer, counts.map_err(|cause| Error::Row { line: line.clone(), cause })?))
    });
    let counts: BTreeMap<SingleLayer, (Vec<f64>, u64)> = all(counted.collect())?.into_iter().collect();
    let traffic = chains.par_iter().map(|(row, ..)| {
        let traffic = frame_traffic(&row.model, row.mode, layers, device, &uncounted);
        stop.progress().add(1);
        traffic.map_err(|cause| Error::Row { line: row.line.clone(), cause })
    });
    let traffic: Vec<FrameTraffic> = all(traffic.collect())?;
    let names: Vec<String> = device.energy.picojoules().into_iter().map(|(name, _)| name).collect();
    let rows = chains.into_iter().zip(traffic).map(|((row, energy, chain), traffic)| {
        let mut sums = vec![0.0; names.len()];
        let position = |action: Action| names.iter().position(|name| *name == action.path());
        for (single_layer, divided) in &chain {
            let Some((counts, load)) = counts.get(single_layer) else { continue };
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            if let Some(at) = position(Action::LoadByte).filter(|_| divided.pass > 0) {
                sums[at] += *load as f64;
            }
        }
        for (action, count) in Action::NETWORK.into_iter().zip(traffic.0) {
            if let Some(at) = position(action) {
                sums[at] += count;
            }
        }
        let terms = sums.into_iter().enumerate().filter(|(_, count)| *count > 0.0).collect();
        // Published to a microjoule.
        let (measured, reading) = (energy * 1e9, 0.5e6);
        Observation {
            model: Some(row.model.clone()),
            what: format!("{:?}", row.mode),
            equation: Equation {
                stages: vec![vec![terms]],
                common: Vec::new(),
                measured,
                tolerance: ENERGY_SPREAD.hypot(reading / measured),
            },
            point: None,
            counted: true,
        }
    });
    Ok(rows.collect())
}

/// The energy of the network in a model's equation, in picojoules.
pub fn network(equation: &Equation, device: &Device) -> f64 {
    let constants = device.energy.picojoules();
    let is_network = |index: usize| Action::NETWORK.iter().any(|action| action.path() == constants[index].0);
    let terms = equation.stages.iter().flatten().flatten();
    terms.filter(|(index, _)| is_network(*index)).map(|&(index, count)| count * constants[index].1.0).sum()
}

/// What rows cover, kind by kind.
pub fn ranges(rows: &[&Observation]) -> Vec<Calibration> {
    let points: Vec<(OperatingPoint, f64)> = rows.iter().filter_map(|row| Some((row.point?, 0.0))).collect();
    grouped(&points)
}

/// Cases with their errors, kind by kind.
pub fn grouped(points: &[(OperatingPoint, f64)]) -> Vec<Calibration> {
    let kind = |point: &OperatingPoint| (point.work, point.kernel, point.weight_bits);
    let mut kinds: Vec<_> = points.iter().map(|(point, _)| kind(point)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let of = |wanted| points.iter().filter(|(point, _)| kind(point) == wanted).copied().collect::<Vec<_>>();
    kinds.into_iter().filter_map(|wanted| Calibration::of(&of(wanted))).collect()
}
