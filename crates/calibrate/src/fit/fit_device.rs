//! The fit of a device: times first, then energies with the fitted times.

use super::equation;
use super::free::{FitOptions, FreeConstants};
use super::leave_out::fit_part;
use super::summary::{Fit, FitPart, Fitted};
use crate::accuracy::LONG_LAYER;
use crate::error::Error;
use crate::published::Published;
use crate::results::collect;
use crate::{layer, micro, model};
use spikemesh_device::{Basis, Calibration, Clocks, Constant, Device};

/// Fits a device to its rows.
///
/// # Errors
/// Everything that is wrong with the files; constants that do not exist, or that nothing determines.
pub fn fit(published: &Published, device: &Device, options: &FitOptions) -> Result<Fit, Vec<Error>> {
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
    let rows = equation::clocks(&layers, &models, &micro, device, reading, published)?;
    let times: Vec<(String, f64)> =
        device.timing.clocks().into_iter().map(|(name, c)| (name, c.0.as_f64())).collect();
    let clocks = fit_part(&rows, &times, &free)?;
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
    let energy = fit_part(&rows, &energies, &free)?;
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

/// What a fitted constant's source says in the device file.
fn source(part: &FitPart, constant: &Fitted) -> String {
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
fn calibration(clocks: &FitPart, layers: &[layer::PublishedLayer], device: &Device) -> Vec<Calibration> {
    let mut points = Vec::new();
    for layer in layers.iter().filter(|layer| layer.measured > LONG_LAYER) {
        let row = clocks.rows.iter().find(|row| row.model == layer.model && row.what == layer.name);
        points.extend(row.map(|row| (layer.operating_point(device), row.error)));
    }
    equation::grouped(&points)
}
