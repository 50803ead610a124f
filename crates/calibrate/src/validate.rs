//! Every published row with what the simulator predicts.

use crate::count::{self, Templates};
use crate::error::Error;
use crate::network_bound::{MeasuredMapping, NetworkRecord};
use crate::published::Published;
use crate::report::ValidationReport;
use crate::results::{collect, unless_stopped};
use crate::{bound, layer, micro, model};
use spikemesh_stop::Stop;

/// Runs every row of every file.
///
/// # Errors
/// Everything that is wrong with the files, all at once, each with its file and line; [`Error::Stopped`] if `stop` is set before the end.
pub fn validate(published: &Published, stop: &Stop) -> Result<ValidationReport, Vec<Error>> {
    unless_stopped(stop, predict(published, stop))
}

fn predict(published: &Published, stop: &Stop) -> Result<ValidationReport, Vec<Error>> {
    let mut errors = Vec::new();
    let mut layers = collect(layer::read(&published.layers), &mut errors);
    let mut models = collect(model::read(&published.models), &mut errors);
    let counts = collect(count::read(&published.np_counts), &mut errors);
    let mut micro = collect(micro::read(&published.micro), &mut errors);
    let bounds = collect(bound::read(&published.bounds), &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let rows = layers.len() + models.len() + counts.len() + micro.len() + bounds.len();
    if rows == 0 {
        return Err(vec![Error::NoPublishedRows]);
    }
    if let Some(device) = &published.device {
        let mut stands_in = false;
        let devices = layers.iter_mut().map(|row| &mut row.device);
        let devices = devices.chain(models.iter_mut().map(|row| &mut row.device));
        for other in devices.chain(micro.iter_mut().map(|row| &mut row.device)) {
            if other.name == device.name {
                *other = device.clone();
                stands_in = true;
            }
        }
        stands_in |= bounds.iter().any(|bound| bound.device.to_lowercase() == device.name);
        if !stands_in {
            return Err(vec![Error::Device { name: device.name.clone() }]);
        }
    }
    let templates = Templates { folder: published.np_counts.folder.clone() };
    stop.progress().expect((counts.len() + layers.len() + micro.len()) as u64);
    let counts = collect(count::run(&counts, &templates, stop), &mut errors);
    let layer_rows = collect(layer::run(&layers, stop), &mut errors);
    let model_rows = collect(model::run(&models, &layers, stop), &mut errors);
    let micro = collect(micro::run(&micro, &layers, stop), &mut errors);
    let bound_templates = Templates { folder: published.bounds.folder.clone() };
    let stand_in = published.device.as_ref();
    let bounds = bound::run(&bounds, &bound_templates, stand_in, stop);
    let bounds = collect(bounds, &mut errors);
    let clock_hz = layers.first().map_or(0, |layer| *layer.device.clock_hz);
    stop.check().map_err(|stopped| vec![Error::from(stopped)])?;
    if errors.is_empty() {
        let measured = models.iter().zip(&model_rows).filter_map(|(row, result)| {
            Some(MeasuredMapping {
                model: (row.model.clone(), row.device.name.clone()),
                published: row.energy_mj? * 1e9,
                network: result.network_mj? * 1e9,
            })
        });
        let network = NetworkRecord::of(measured);
        Ok(ValidationReport::new(layer_rows, (model_rows, network), counts, micro, bounds, clock_hz))
    } else {
        Err(errors)
    }
}
