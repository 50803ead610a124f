//! Constants of a device fitted to published rows, and what may be claimed of the result.
//!
//! Clocks of layers are linear in the times of a device, energy is linear in its energies. [`charge`] counts on the simulator how often each
//! constant is charged; [`solve`] finds the constants that come closest. Each model in turn is then left out, and predicted by constants that
//! have not seen it: that error, not the one on the rows themselves, says what to expect of other models.
//!
//! | file | holds |
//! |---|---|
//! | [`charge`] | how often a layer charges each constant |
//! | [`equation`] | rows as equations |
//! | [`mod@solve`] | robust least squares |
//! | [`file`] | a device as the text of a device file |

pub mod charge;
pub mod equation;
pub mod file;
pub mod solve;

use serde::Serialize;

use super::report::{LONG_LAYER, Summary, error};
use super::{Error, Published, layer, micro, model};
use equation::{Row, Rows};
use solve::{Equation, Solution, Start, UNDETERMINED, solve};
use spikemesh_device::Device;
use spikemesh_device::{Basis, Calibration, Clocks, Constant, claim};

/// What to fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Constants that may move: paths in the device file, or beginnings of them. Without any, those that are `fitted` already.
    pub free: Vec<String>,
    /// How far published times may be off, in milliseconds: they are read off bars.
    pub reading_ms: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options { free: Vec::new(), reading_ms: 0.005 }
    }
}

/// A constant and what it was fitted to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fitted {
    /// Its path in the device file.
    pub name: String,
    /// Its value in the device.
    pub present: f64,
    /// The value that fits.
    pub fitted: f64,
    /// One standard deviation of it.
    pub deviation: f64,
    /// Rows that charge it; where there is none it stays as it is.
    pub rows: usize,
}

/// Errors of a model that was left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftOut {
    /// The model.
    pub model: String,
    /// Errors of its rows that lie within what the others cover.
    #[serde(flatten)]
    pub errors: Summary,
    /// Its other rows: no error is claimed for such.
    pub outside: usize,
}

/// A row beside what was fitted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FittedRow {
    /// The model.
    pub model: String,
    /// The layer, or for energy the mapping.
    pub what: String,
    /// As published: clocks, or picojoules.
    pub published: f64,
    /// By the fitted constants.
    pub predicted: f64,
    /// (predicted - published) / published.
    pub error: f64,
    /// The same by constants fitted to the other models; `null` where those do not cover the row.
    pub left_out: Option<f64>,
    /// Why they do not.
    pub outside: Option<String>,
    /// The same where they do not cover it: what an extrapolation comes to.
    pub extrapolated: Option<f64>,
    /// It is a layer, long enough to count in the summaries.
    pub counted: bool,
    /// It is a whole model.
    pub whole: bool,
}

/// Constants that were fitted to one kind of rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// Every constant that was free.
    pub constants: Vec<Fitted>,
    /// Errors of the constants as they were, on the rows that count.
    pub present: Summary,
    /// Errors of the fitted constants on the rows that they were fitted to.
    pub in_sample: Summary,
    /// Errors on rows of models that were left out, within what the other models cover. This is what may be claimed.
    pub left_out: Summary,
    /// Errors of the fitted constants on whole models that they were fitted to.
    pub whole_in_sample: Summary,
    /// The same of models that were left out, all of whose layers the others cover.
    pub whole_left_out: Summary,
    /// Model by model.
    pub models: Vec<LeftOut>,
    /// Row by row.
    pub rows: Vec<FittedRow>,
}

/// What came out.
#[derive(Clone, Debug, Serialize)]
pub struct Fit {
    /// The device.
    pub device: String,
    /// What fitted constants rest on.
    pub basis: &'static str,
    /// Times, fitted to layers and microbenchmarks.
    pub clocks: Part,
    /// Energies, fitted to models.
    pub energy: Part,
    /// Layers that times were held against, kind by kind: the range within which an error is claimed.
    pub calibration: Vec<Calibration>,
    /// Rows of other devices, which were left aside.
    pub skipped: usize,
    /// The device with the fitted constants.
    #[serde(skip)]
    pub fitted: Device,
}

/// Fits a device to its rows.
///
/// # Errors
/// Everything that is wrong with the files; constants that do not exist, or that nothing determines.
pub fn fit(published: &Published, device: &Device, options: &Options) -> Result<Fit, Vec<Error>> {
    let mut errors = Vec::new();
    let layers = super::collect(layer::read(&published.layers), &mut errors);
    let models = super::collect(model::read(&published.models), &mut errors);
    let micro = super::collect(micro::read(&published.micro), &mut errors);
    let free = Free::new(device, options, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let of_device = |name: &str| name == device.name;
    let total = layers.len() + micro.len();
    let layers: Vec<_> = layers.into_iter().filter(|row| of_device(&row.device.name)).collect();
    let micro: Vec<_> = micro.into_iter().filter(|row| of_device(&row.device.name)).collect();
    let models: Vec<_> = models.into_iter().filter(|row| of_device(&row.device.name)).collect();
    let skipped = total - layers.len() - micro.len();

    let reading = options.reading_ms * 1e-3 * *device.clock_hz as f64;
    if layers.is_empty() {
        return Err(vec![Error::NoRows { device: device.name.clone(), file: published.layers.name.clone() }]);
    }
    let rows = equation::clocks(&layers, &models, &micro, device, reading, published)?;
    let times: Vec<(String, f64)> =
        device.timing.clocks().into_iter().map(|(name, c)| (name, c.0.as_f64())).collect();
    let clocks = part(&rows, &times, &free)?;
    let mut fitted = device.clone();
    for (name, constant) in fitted.timing.clocks_mut() {
        if let Some(found) = clocks.constants.iter().find(|c| c.name == name) {
            *constant = Constant(Clocks::rounded(found.fitted), Basis::Fitted, source(&clocks, found));
        }
    }
    // Energy is what the fitted times take.
    let rows = equation::models(&models, &layers, &fitted, &published.models.name)?;
    let energies: Vec<(String, f64)> =
        device.energy.picojoules().into_iter().map(|(name, c)| (name, c.0)).collect();
    let energy = part(&rows, &energies, &free)?;
    for (name, constant) in fitted.energy.picojoules_mut() {
        if let Some(found) = energy.constants.iter().find(|c| c.name == name) {
            *constant =
                Constant((found.fitted * 1000.0).round() / 1000.0, Basis::Fitted, source(&energy, found));
        }
    }
    fitted.calibration = calibration(&clocks, &layers, device);
    let calibration = fitted.calibration.clone();
    Ok(Fit { device: device.name.clone(), basis: "calibrated", clocks, energy, calibration, skipped, fitted })
}

/// Constants that may move.
struct Free<'a> {
    names: &'a [String],
    fitted: Vec<String>,
}

impl<'a> Free<'a> {
    fn new(device: &Device, options: &'a Options, errors: &mut Vec<Error>) -> Free<'a> {
        let (mut known, mut fitted) = (Vec::new(), Vec::new());
        let bases = device.timing.clocks().into_iter().map(|(name, c)| (name, c.basis()));
        let energies = device.energy.picojoules().into_iter().map(|(name, c)| (name, c.basis()));
        for (name, basis) in bases.chain(energies) {
            if basis == Basis::Fitted {
                fitted.push(name.clone());
            }
            known.push(name);
        }
        let unknown = options.free.iter().filter(|free| !known.iter().any(|name| name.starts_with(*free)));
        errors
            .extend(unknown.map(|name| Error::Constant { name: name.clone(), device: device.name.clone() }));
        Free { names: &options.free, fitted }
    }

    fn is(&self, name: &str) -> bool {
        if self.names.is_empty() {
            self.fitted.iter().any(|fitted| fitted == name)
        } else {
            self.asked_for(name)
        }
    }

    fn asked_for(&self, name: &str) -> bool {
        self.names.iter().any(|free| name.starts_with(free.as_str()))
    }
}

/// Fits one kind of constants to one kind of rows, as a whole and without each model.
fn part(rows: &Rows, constants: &[(String, f64)], free: &Free) -> Result<Part, Vec<Error>> {
    let start: Vec<Start> =
        constants.iter().map(|(name, value)| Start { value: *value, free: free.is(name) }).collect();
    let present: Vec<f64> = start.iter().map(|s| s.value).collect();
    let equations = |keep: &dyn Fn(&Row) -> bool| -> Vec<Equation> {
        rows.rows.iter().filter(|row| keep(row)).map(|row| row.equation.clone()).collect()
    };
    let all = equations(&|_| true);
    let Solution { values, deviations } = solve(&all, &start);
    let mut errors = Vec::new();
    let mut fitted = Vec::new();
    for (index, (name, value)) in constants.iter().enumerate().filter(|(index, _)| start[*index].free) {
        let charged = all.iter().filter(|equation| equation.charges(index)).count();
        if free.asked_for(name) && !all.is_empty() && deviations[index] > 0.5 * UNDETERMINED {
            errors.push(Error::Undetermined { name: name.clone(), rows: charged });
        }
        fitted.push(Fitted {
            name: name.clone(),
            present: *value,
            fitted: values[index],
            deviation: deviations[index] * start[index].scale(),
            rows: charged,
        });
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut names: Vec<&str> = rows.rows.iter().filter_map(|row| row.model.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    let mut fitted_rows = Vec::new();
    let mut models = Vec::new();
    for name in &names {
        let of_model = |row: &Row| row.model.as_deref() == Some(*name);
        let others: Vec<&Row> = rows.rows.iter().filter(|row| !of_model(row)).collect();
        let seen = equation::ranges(&others);
        // One model has no others.
        let alone = names.len() == 1;
        let without = (!alone).then(|| solve(&equations(&|row| !of_model(row)), &start).values);
        let mut left = Vec::new();
        let mut outside = 0;
        // A model is covered where its layers are.
        let uncovered =
            |row: &&Row| of_model(row) && row.case.is_some_and(|case| claim(&seen, &case).is_err());
        let uncovered = rows.rows.iter().find(uncovered).map(|row| format!("`{}` is not covered", row.what));
        for row in rows.rows.iter().filter(|row| of_model(row)) {
            let Row { equation, case, what, counted, .. } = row;
            let charged = (0..start.len()).find(|&c| {
                start[c].free && equation.charges(c) && !others.iter().any(|other| other.equation.charges(c))
            });
            let refusal = match (&without, charged, case) {
                (None, _, _) => Some("there is no other model".to_owned()),
                (_, Some(constant), _) => Some(format!("no other model charges {}", constants[constant].0)),
                (_, None, Some(case)) => claim(&seen, case).err(),
                (_, None, None) => uncovered.clone(),
            };
            let measured = equation.measured;
            let predicted = equation.predict(&values);
            let by_others = without.as_ref().map(|values| error(equation.predict(values), measured));
            let whole = case.is_none();
            let left_out = by_others.filter(|_| refusal.is_none());
            if *counted {
                left.extend(left_out);
                outside += usize::from(refusal.is_some());
            }
            fitted_rows.push(FittedRow {
                model: (*name).to_owned(),
                what: what.clone(),
                published: measured,
                predicted,
                error: error(predicted, measured),
                left_out,
                extrapolated: by_others.filter(|_| refusal.is_some()),
                outside: refusal,
                counted: *counted,
                whole,
            });
        }
        models.push(LeftOut { model: (*name).to_owned(), errors: Summary::of(left), outside });
    }
    let of = |values: &[f64]| {
        let counted = rows.rows.iter().filter(|row| row.counted && row.model.is_some());
        Summary::of(counted.map(|row| error(row.equation.predict(values), row.equation.measured)))
    };
    let counted = fitted_rows.iter().filter(|row| row.counted);
    let whole = || fitted_rows.iter().filter(|row| row.whole);
    let whole_in_sample = Summary::of(whole().map(|row| row.error));
    let whole_left_out = Summary::of(whole().filter_map(|row| row.left_out));
    Ok(Part {
        constants: fitted,
        present: of(&present),
        in_sample: of(&values),
        left_out: Summary::of(counted.filter_map(|row| row.left_out)),
        whole_in_sample,
        whole_left_out,
        models,
        rows: fitted_rows,
    })
}

/// What a fitted constant's source says in the device file.
fn source(part: &Part, constant: &Fitted) -> String {
    if constant.rows == 0 {
        return "charged by no published row: as it was".to_owned();
    }
    let percent = |value: Option<f64>| value.map_or("unknown".to_owned(), |v| format!("{:.1} %", 100.0 * v));
    format!(
        "spikemesh fit to {} published rows; models left out: median {}, worst {}",
        constant.rows,
        percent(part.left_out.median),
        percent(part.left_out.worst)
    )
}

/// Ranges of the layers that count, with their errors by the fitted constants.
fn calibration(clocks: &Part, layers: &[layer::Layer], device: &Device) -> Vec<Calibration> {
    let mut cases = Vec::new();
    for layer in layers.iter().filter(|layer| layer.measured > LONG_LAYER) {
        let row = clocks.rows.iter().find(|row| row.model == layer.model && row.what == layer.name);
        cases.extend(row.map(|row| (layer.case(device), row.error)));
    }
    equation::grouped(&cases)
}
