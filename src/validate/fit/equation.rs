//! Published rows as equations in the constants of a device.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::charge::{self, Charges};
use super::solve::Equation;
use crate::mesh::Device;
use crate::mesh::device::{Calibration, Case};
use crate::validate::layer::{Layer, all};
use crate::validate::micro::{Micro, Quantity};
use crate::validate::model::{ModelRow, chain};
use crate::validate::report::LONG_LAYER;
use crate::validate::trial::Trial;
use crate::validate::{Error, Published};

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

/// Layers and microbenchmarks as equations in times. `reading` is how far published clocks may be off.
///
/// # Errors
/// Rows that the simulator refuses.
pub fn layers(
    layers: &[Layer],
    micro: &[Micro],
    device: &Device,
    reading: f64,
    published: &Published,
) -> Result<Rows, Vec<Error>> {
    let refused = |file: &str, line: usize| {
        let file = file.to_owned();
        move |cause: String| Error::Row { file: file.clone(), line, cause }
    };
    let of_layers = layers.par_iter().map(|layer| {
        let trial = Trial { shape: layer.shape, splits: layer.splits, events: layer.events, alike: false };
        let wrong = refused(&published.layers.name, layer.line);
        let charges = Charges::count(&trial, device).map_err(wrong)?;
        let measured = layer.measured as f64;
        Ok(Some(Row {
            model: Some(layer.model.clone()),
            what: layer.name.clone(),
            equation: Equation {
                units: charges.units,
                beside: if layer.pass > 1 { charges.load } else { Vec::new() },
                measured,
                tolerance: SPREAD.hypot(reading / measured),
            },
            case: Some(layer.case(device)),
            counted: layer.measured > LONG_LAYER,
        }))
    });
    let of_micro = micro.par_iter().map(|micro| {
        let wrong = refused(&published.micro.name, micro.line);
        let Some(equation) = microbenchmark(micro, device).map_err(wrong)? else { return Ok(None) };
        Ok(Some(Row { model: None, what: micro.what.clone(), equation, case: None, counted: false }))
    });
    let rows: Vec<Option<Row>> = all(of_layers.chain(of_micro).collect())?;
    Ok(Rows { rows: rows.into_iter().flatten().collect() })
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
            let filters =
                if quantity == Quantity::PerEvent { 1.0 } else { f64::from(shape.filters) };
            (terms.filter(|(_, count)| *count > 0.0).collect(), micro.value * filters)
        }
        Quantity::Intercept | Quantity::Energy => return Ok(None),
    };
    Ok(Some(Equation { units: vec![terms], beside: Vec::new(), measured, tolerance: SPREAD }))
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
            let trials = chain(row, layers, device).ok()?.into_iter().map(|(trial, _)| trial).collect();
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
                units: vec![terms],
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
