//! Published rows as equations in the constants of a device.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::charge::{self, Charges};
use super::solve::Equation;
use crate::layer::{Layer, all};
use crate::micro::{Micro, Quantity};
use crate::model::{Mapping, ModelRow};
use crate::report::LONG_LAYER;
use crate::trial::Trial;
use crate::{Error, Published};
use spikemesh_compiler::LayerPartition;
use spikemesh_device::Device;
use spikemesh_device::{Calibration, Case};

/// How far a prediction may be off a row that is known exactly: what no constant can mend.
const SPREAD: f64 = 0.01;

/// The same of an energy.
const ENERGY_SPREAD: f64 = 0.03;

/// A row.
#[derive(Clone, Debug)]
pub struct Row {
    /// The model; a microbenchmark has none, and is never left out.
    pub model: Option<String>,
    /// The layer, or for energy the mapping.
    pub what: String,
    /// What it says.
    pub equation: Equation,
    /// What its time depends on.
    pub case: Option<Case>,
    /// It counts in summaries.
    pub counted: bool,
}

/// Rows of one quantity.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// The rows.
    pub rows: Vec<Row>,
}

/// Layers, whole models and microbenchmarks as equations in times. `reading` is how far published clocks of layers may be off; those of models
/// are counted by the chip.
///
/// # Errors
/// Rows that the simulator refuses.
pub fn clocks(
    layers: &[Layer],
    models: &[ModelRow],
    micro: &[Micro],
    device: &Device,
    reading: f64,
    published: &Published,
) -> Result<Rows, Vec<Error>> {
    let refused = |file: &str, line: usize, cause: String| Error::Row { file: file.to_owned(), line, cause };
    let chains: Vec<(&ModelRow, Vec<(Trial, LayerPartition)>)> = models
        .iter()
        .filter_map(|row| {
            let chain = row.chain(layers, device).ok()?;
            // A model that is divided in another way says nothing of this one.
            Mapping::of(&chain).is_as_published(row).then_some((row, chain))
        })
        .collect();
    // Rows share many cuts: each is counted once.
    let mut trials: BTreeMap<Trial, (&str, usize)> = BTreeMap::new();
    for (row, chain) in &chains {
        for (trial, _) in chain {
            trials.entry(*trial).or_insert((&published.models.name, row.line));
        }
    }
    trials.extend(layers.iter().map(|layer| (layer.trial(), (published.layers.name.as_str(), layer.line))));
    let counted = trials.into_par_iter().map(|(trial, (file, line))| {
        Ok((trial, Charges::count(&trial, device).map_err(|cause| refused(file, line, cause))?))
    });
    let charges: BTreeMap<Trial, Charges> = all(counted.collect())?.into_iter().collect();
    let of = |trial: &Trial| charges.get(trial).cloned().unwrap_or_default();

    let mut rows: Vec<Row> = Vec::new();
    for layer in layers {
        let charges = of(&layer.trial());
        let measured = layer.measured as f64;
        rows.push(Row {
            model: Some(layer.model.clone()),
            what: layer.name.clone(),
            equation: Equation {
                stages: vec![charges.units],
                beside: if layer.pass > 1 { charges.load } else { Vec::new() },
                measured,
                tolerance: SPREAD.hypot(reading / measured),
            },
            case: Some(layer.case(device)),
            counted: layer.measured > LONG_LAYER,
        });
    }
    for (row, chain) in chains {
        let mut equation = Equation {
            stages: Vec::new(),
            beside: Vec::new(),
            measured: row.cycles as f64,
            tolerance: SPREAD,
        };
        for (trial, divided) in &chain {
            let charges = of(trial);
            equation.stages.push(charges.units);
            if divided.pass > 0 {
                equation.beside.extend(charges.load);
            }
        }
        let (model, what) = (Some(row.model.clone()), format!("{:?}", row.mode));
        rows.push(Row { model, what, equation, case: None, counted: false });
    }
    let of_micro = micro.par_iter().map(|micro| {
        let equation = microbenchmark(micro, device);
        let equation = equation.map_err(|cause| refused(&published.micro.name, micro.line, cause))?;
        Ok(equation.map(|equation| Row {
            model: None,
            what: micro.what.clone(),
            equation,
            case: None,
            counted: false,
        }))
    });
    let of_micro: Vec<Option<Row>> = all(of_micro.collect())?;
    rows.extend(of_micro.into_iter().flatten());
    Ok(Rows { rows })
}

/// A microbenchmark: the clocks that each event adds where every column holds events, or the clocks of one layer. What a line leaves without
/// events is not used: it is no measurement.
fn microbenchmark(micro: &Micro, device: &Device) -> Result<Option<Equation>, String> {
    let Some((shape, quantity)) = micro.benchmark else { return Ok(None) };
    let full = shape.input().len() as u64;
    let count = |events: u64| {
        Charges::count(&Trial { shape, splits: [1, 1], events, alike: true }, device)
            .map(|charges| charges.units.into_iter().next().unwrap_or_default())
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
    Ok(Some(Equation { stages: vec![vec![terms]], beside: Vec::new(), measured, tolerance: SPREAD }))
}

/// Models with a published energy as equations in energies.
///
/// # Errors
/// Layers that the simulator refuses.
pub fn models(
    models: &[ModelRow],
    layers: &[Layer],
    device: &Device,
    file: &str,
) -> Result<Rows, Vec<Error>> {
    let chains: Vec<(&ModelRow, f64, Vec<Trial>)> = models
        .iter()
        .filter_map(|row| {
            let trials = row.chain(layers, device).ok()?.into_iter().map(|(trial, _)| trial).collect();
            Some((row, row.energy_mj?, trials))
        })
        .collect();
    // Mappings of a model share many cuts: each is counted once.
    let mut trials: BTreeMap<Trial, usize> = BTreeMap::new();
    for (row, _, chain) in &chains {
        chain.iter().for_each(|trial| *trials.entry(*trial).or_insert(row.line) = row.line);
    }
    let counted = trials.into_par_iter().map(|(trial, line)| {
        let counts = charge::energy(&trial, device);
        Ok((trial, counts.map_err(|cause| Error::Row { file: file.to_owned(), line, cause })?))
    });
    let counts: BTreeMap<Trial, Vec<f64>> = all(counted.collect())?.into_iter().collect();
    let rows = chains.into_iter().map(|(row, energy, chain)| {
        let of_chain = || chain.iter().filter_map(|trial| counts.get(trial));
        let terms = (0..device.energy.picojoules().len())
            .map(|constant| (constant, of_chain().map(|counts| counts[constant]).sum::<f64>()))
            .filter(|(_, count)| *count > 0.0)
            .collect();
        // Published to a microjoule.
        let (measured, reading) = (energy * 1e9, 0.5e6);
        Row {
            model: Some(row.model.clone()),
            what: format!("{:?}", row.mode),
            equation: Equation {
                stages: vec![vec![terms]],
                beside: Vec::new(),
                measured,
                tolerance: ENERGY_SPREAD.hypot(reading / measured),
            },
            case: None,
            counted: true,
        }
    });
    Ok(Rows { rows: rows.collect() })
}

/// What rows cover, kind by kind.
pub fn ranges(rows: &[&Row]) -> Vec<Calibration> {
    let cases: Vec<(Case, f64)> = rows.iter().filter_map(|row| Some((row.case?, 0.0))).collect();
    grouped(&cases)
}

/// Cases with their errors, kind by kind.
pub fn grouped(cases: &[(Case, f64)]) -> Vec<Calibration> {
    let kind = |case: &Case| (case.work, case.kernel, case.weight_bits);
    let mut kinds: Vec<_> = cases.iter().map(|(case, _)| kind(case)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let of = |wanted| cases.iter().filter(|(case, _)| kind(case) == wanted).copied().collect::<Vec<_>>();
    kinds.into_iter().filter_map(|wanted| Calibration::of(&of(wanted))).collect()
}
