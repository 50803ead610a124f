//! Rows of bounds: a published wall time that an image takes at most, beside the least and the most time that is predicted.
//!
//! How many events a model sends depends on weights and images that are not published. So two frames are simulated: one in which no neuron fires, and
//! one in which all do. A bound that even the first one exceeds is missed, whatever the events.

use rayon::prelude::*;
use serde::Serialize;

use crate::count::Templates;
use crate::error::Error;
use crate::full_frame::FullFrame;
use crate::published::PublishedFile;
use crate::results::{all, joined};
use crate::table::{Row, Table};
use spikemesh_compiler::{CompileOptions, compile};
use spikemesh_device::Device;
use spikemesh_mesh::{SimulationOptions, Simulator};
use spikemesh_model::Model;
use spikemesh_noc::NoProbe;
use spikemesh_stop::Stop;
use spikemesh_words::SourceLine;

/// Columns that must be there.
pub const COLUMNS: &[&str] = &["model_file", "device", "what", "upper_bound", "unit"];

/// Units of time, and how many seconds they are.
const UNITS: [(&str, f64); 4] = [("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6)];

/// Words of what no inference simulates.
const NOT_SIMULATED: [&str; 3] = ["learning", "training", "loading"];

/// A row, read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PublishedBound {
    /// Its line.
    #[serde(skip)]
    pub line: SourceLine,
    /// The template, if the row names one.
    #[serde(rename = "model_file")]
    pub template: Option<String>,
    /// The device, as the row writes it.
    pub device: String,
    /// What was measured, as text.
    pub what: String,
    /// The largest value that it can have had.
    pub upper_bound: f64,
    /// The unit, as text.
    pub unit: String,
    /// Where it comes from.
    pub source: String,
    /// How far to trust it.
    pub strength: String,
}

/// What a prediction says about a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BoundVerdict {
    /// Also the most time is within it.
    Holds,
    /// The least time is within it, the most is not: events decide.
    DependsOnEvents,
    /// Also the least time exceeds it.
    Missed,
    /// Nothing is predicted.
    NotComparable,
}

impl std::fmt::Display for BoundVerdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            BoundVerdict::Holds => "holds",
            BoundVerdict::DependsOnEvents => "depends on events",
            BoundVerdict::Missed => "missed",
            BoundVerdict::NotComparable => "not comparable",
        })
    }
}

/// A row with its prediction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BoundResult {
    /// The row.
    #[serde(flatten)]
    pub bound: PublishedBound,
    /// The prediction without any event, and with all events, in the unit of the bound.
    pub least: Option<f64>,
    /// See `least`.
    pub most: Option<f64>,
    /// The layer that takes longest without any event.
    pub slowest_layer: Option<String>,
    /// Its clocks.
    pub slowest_layer_clocks: Option<u64>,
    /// What this says about the bound.
    pub verdict: BoundVerdict,
    /// Why nothing is predicted.
    pub reason: Option<String>,
}

/// The published bounds and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BoundSummary {
    /// Rows.
    pub n: usize,
    /// Bounds that hold whatever the events.
    pub hold: usize,
    /// Bounds that hold or not by the events.
    pub depend_on_events: usize,
    /// Bounds that are missed whatever the events.
    pub missed: usize,
    /// Rows of which nothing is predicted.
    pub not_comparable: usize,
}

impl BoundSummary {
    pub(crate) fn of(rows: &[BoundResult]) -> BoundSummary {
        let count = |verdict| rows.iter().filter(|row| row.verdict == verdict).count();
        BoundSummary {
            n: rows.len(),
            hold: count(BoundVerdict::Holds),
            depend_on_events: count(BoundVerdict::DependsOnEvents),
            missed: count(BoundVerdict::Missed),
            not_comparable: count(BoundVerdict::NotComparable),
        }
    }
}

/// Reads all rows.
///
/// # Errors
/// Everything that makes no sense. A device, a unit or a quantity that is not known makes a row that cannot be compared.
pub fn read(source: &PublishedFile) -> Result<Vec<PublishedBound>, Vec<Error>> {
    Table::parse(source, COLUMNS)?.read(|row: &mut Row| {
        let upper_bound = row.positive("upper_bound");
        let (device, what, unit) = (row.name("device"), row.name("what"), row.name("unit"));
        let text = |column: &str| row.text(column).to_owned();
        let template = Some(text("model_file")).filter(|name| !name.is_empty());
        let (source, strength) = (text("source"), text("strength"));
        Some(PublishedBound {
            line: row.line.clone(),
            template,
            device: device?,
            what: what?,
            upper_bound: upper_bound?,
            unit: unit?,
            source,
            strength,
        })
    })
}

/// Predicts every row that can be.
///
/// # Errors
/// Templates that cannot be read.
pub fn run(
    bounds: &[PublishedBound],
    templates: &Templates,
    stand_in: Option<&Device>,
    stop: &Stop,
) -> Result<Vec<BoundResult>, Vec<Error>> {
    let results = bounds.par_iter().map(|bound| {
        let model = bound.template.as_ref().map(|name| {
            templates.model(name).map_err(|cause| Error::Template {
                line: bound.line.clone(),
                template: name.clone(),
                cause,
            })
        });
        Ok(result(bound, model.transpose()?.as_ref(), stand_in, stop))
    });
    all(results.collect())
}

fn result(
    bound: &PublishedBound,
    model: Option<&Model>,
    stand_in: Option<&Device>,
    stop: &Stop,
) -> BoundResult {
    let (prediction, reason) = match predict(bound, model, stand_in, stop) {
        Ok(prediction) => (Some(prediction), None),
        Err(reason) => (None, Some(reason)),
    };
    let verdict = match &prediction {
        None => BoundVerdict::NotComparable,
        Some(p) if p.most <= bound.upper_bound => BoundVerdict::Holds,
        Some(p) if p.least <= bound.upper_bound => BoundVerdict::DependsOnEvents,
        Some(_) => BoundVerdict::Missed,
    };
    BoundResult {
        bound: bound.clone(),
        least: prediction.as_ref().map(|p| p.least),
        most: prediction.as_ref().map(|p| p.most),
        slowest_layer_clocks: prediction.as_ref().map(|p| p.slowest.1),
        slowest_layer: prediction.map(|p| p.slowest.0),
        verdict,
        reason,
    }
}

struct Prediction {
    /// In the unit of the bound.
    least: f64,
    most: f64,
    /// Without any event: layer and clocks.
    slowest: (String, u64),
}

fn predict(
    bound: &PublishedBound,
    model: Option<&Model>,
    stand_in: Option<&Device>,
    stop: &Stop,
) -> Result<Prediction, String> {
    let model = model.ok_or("the row names no model")?;
    if let Some(word) = NOT_SIMULATED.iter().find(|word| bound.what.to_lowercase().contains(**word)) {
        return Err(format!("{word} is not simulated"));
    }
    let unit = bound.unit.to_lowercase();
    let known = UNITS.iter().find(|(name, _)| *name == unit);
    let (_, seconds) = known.ok_or_else(|| format!("{} is no unit of time", bound.unit))?;
    let name = bound.device.to_lowercase();
    let device = match stand_in.filter(|device| device.name == name) {
        Some(device) => device.clone(),
        None => Device::load(&name).map_err(|_| format!("there is no device {}", bound.device))?,
    };
    let [least, most] = [false, true].map(|fires| frame(model, &device, fires, stop));
    let (least, most) = (least?, most?);
    let in_unit = |clocks: u64| clocks as f64 / *device.clock_hz as f64 / seconds;
    Ok(Prediction { least: in_unit(least.0), most: in_unit(most.0), slowest: least.1 })
}

/// Clocks of a frame in which every position fires, or none, and its slowest layer.
fn frame(model: &Model, device: &Device, fires: bool, stop: &Stop) -> Result<(u64, (String, u64)), String> {
    let FullFrame { model, input } = FullFrame::of(model, fires)?;
    let program =
        compile(&model, device, &CompileOptions::default().with_stop(stop)).map_err(joined)?.program;
    let names: Vec<String> = program.output_maps.iter().map(|map| map.name.clone()).collect();
    let simulator = Simulator::new(program, device.clone()).map_err(joined)?;
    let options =
        SimulationOptions { record_output_maps: false, stop: stop.clone(), ..SimulationOptions::default() };
    let ended = simulator.run(&[input], 0, &options, &mut NoProbe).into_finished();
    let outcome = ended.map_err(|early| early.end.to_string())?;
    let clocks = outcome.frames.iter().map(|frame| frame.end - frame.start).sum();
    let units = outcome.passes.iter().flat_map(|pass| &pass.units);
    let slowest = units
        .filter_map(|unit| {
            let map = usize::from(unit.output_map?.0);
            Some((unit.frames.first()?.clocks(), map))
        })
        .max_by_key(|(clocks, map)| (*clocks, std::cmp::Reverse(*map)));
    let slowest = slowest.map(|(clocks, map)| (names.get(map).cloned().unwrap_or_default(), clocks));
    Ok((clocks, slowest.ok_or("no unit computes")?))
}
