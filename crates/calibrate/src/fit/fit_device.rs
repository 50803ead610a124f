//! The fit of a device: times first, then energies with the fitted times.

use super::equation::{self, Observation};
use super::free::{FitOptions, FreeConstants};
use super::leave_out::fit_part;
use super::summary::{Fit, FitPart, Fitted, FittedRow};
use crate::accuracy::{LONG_LAYER, Summary};
use crate::error::Error;
use crate::network_bound::{MeasuredMapping, NetworkRecord};
use crate::published::Published;
use crate::results::{collect, unless_stopped};
use crate::{layer, micro, model};
use spikemesh_device::{Basis, Calibration, Clocks, Constant, Device, GroupCalibration};
use spikemesh_words::plural;

/// Fits a device to its rows.
///
/// # Errors
/// Everything that is wrong with the files; constants that do not exist, or that nothing determines; the stop flag is set.
pub fn fit(published: &Published, device: &Device, options: &FitOptions) -> Result<Fit, Vec<Error>> {
    unless_stopped(&options.stop, fit_rows(published, device, options))
}

fn fit_rows(published: &Published, device: &Device, options: &FitOptions) -> Result<Fit, Vec<Error>> {
    let mut errors = Vec::new();
    let layers = collect(layer::read(&published.layers), &mut errors);
    let models = collect(model::read(&published.models), &mut errors);
    let micro = collect(micro::read(&published.micro), &mut errors);
    let free = FreeConstants::new(device, options, &mut errors);
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
    let rows = equation::clocks(&layers, &models, &micro, device, reading, &options.stop)?;
    let times: Vec<(String, f64)> =
        device.timing.clocks().into_iter().map(|(name, c)| (name, c.0.as_f64())).collect();
    let clocks = fit_part(&rows, &times, &free, &options.stop)?;
    let mut fitted = device.clone();
    for (name, constant) in fitted.timing.clocks_mut() {
        if let Some(found) = clocks.constants.iter().find(|c| c.name == name) {
            *constant = Constant(Clocks::rounded(found.fitted), Basis::Fitted, source(&clocks, found));
        }
    }
    // Energy is what the fitted times take.
    let rows = equation::models(&models, &layers, &fitted, &options.stop)?;
    let energies: Vec<(String, f64)> =
        device.energy.picojoules().into_iter().map(|(name, c)| (name, c.0)).collect();
    let energy = fit_part(&rows, &energies, &free, &options.stop)?;
    for (name, constant) in fitted.energy.picojoules_mut() {
        if let Some(found) = energy.constants.iter().find(|c| c.name == name) {
            *constant =
                Constant((found.fitted * 1000.0).round() / 1000.0, Basis::Fitted, source(&energy, found));
        }
    }
    fitted.calibration = calibration(&clocks, &layers, device);
    let later: Vec<_> = layers.iter().filter(|layer| layer.pass > 1).cloned().collect();
    let loads = Summary::of(long_rows(&clocks, &later).map(|(_, row)| row.error));
    fitted.load_calibration = group(&loads);
    fitted.energy_calibration = group(&energy.left_out);
    // Energies that a row charges whose model was left out, and predicted by the others.
    let left_out = |row: &Observation| {
        let of_row =
            |fitted: &&FittedRow| Some(&fitted.model) == row.model.as_ref() && fitted.what == row.what;
        energy.rows.iter().find(of_row).is_some_and(|fitted| fitted.left_out.is_some())
    };
    let charged = |index: &usize| rows.iter().any(|row| row.equation.charges(*index) && left_out(row));
    let charged: Vec<String> =
        (0..energies.len()).filter(charged).map(|index| energies[index].0.clone()).collect();
    fitted.list_constants(&charged);
    let network = NetworkRecord::of(rows.iter().filter_map(|row| {
        Some(MeasuredMapping {
            model: (row.model.clone()?, device.name.clone()),
            published: row.equation.measured,
            network: equation::network(&row.equation, &fitted),
        })
    }));
    fitted.network_energy_bound = network.bound(&fitted);
    Ok(Fit {
        device: device.name.clone(),
        basis: "calibrated",
        clocks,
        energy,
        calibration: fitted.calibration.clone(),
        load_calibration: fitted.load_calibration.clone(),
        energy_calibration: fitted.energy_calibration.clone(),
        network,
        skipped,
        fitted,
    })
}

/// What a fitted constant's source says in the device file.
fn source(part: &FitPart, constant: &Fitted) -> String {
    if constant.rows == 0 {
        return "charged by no published row: as it was".to_owned();
    }
    let percent = |value: Option<f64>| value.map_or("unknown".to_owned(), |v| format!("{:.1} %", 100.0 * v));
    format!(
        "spikemesh fit to {}; models left out: median {}, worst {}",
        plural(constant.rows, "published row", "published rows"),
        percent(part.left_out.median),
        percent(part.left_out.worst)
    )
}

/// Ranges of the layers that count, with their errors by the fitted constants.
fn calibration(clocks: &FitPart, layers: &[layer::PublishedLayer], device: &Device) -> Vec<Calibration> {
    let points = long_rows(clocks, layers)
        .map(|(layer, row)| (layer.single_layer().operating_point(device), row.error));
    equation::grouped(&points.collect::<Vec<_>>())
}

/// Layers that are long enough to count, with what the fit predicts for them.
fn long_rows<'a>(
    clocks: &'a FitPart,
    layers: &'a [layer::PublishedLayer],
) -> impl Iterator<Item = (&'a layer::PublishedLayer, &'a FittedRow)> {
    layers.iter().filter(|layer| layer.measured > LONG_LAYER).filter_map(|layer| {
        let row = clocks.rows.iter().find(|row| row.model == layer.model && row.what == layer.name);
        Some((layer, row?))
    })
}

/// Errors of rows as a whole; nothing if there are none. Their constants are still to be listed.
fn group(errors: &Summary) -> Option<GroupCalibration> {
    let (median, worst) = errors.median.zip(errors.worst)?;
    Some(GroupCalibration { rows: errors.n, median, worst, constants: Vec::new() })
}
