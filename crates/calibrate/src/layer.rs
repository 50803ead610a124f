//! Rows of layers: shape, cut, density, and the clocks that the silicon took.

use rayon::prelude::*;
use serde::Serialize;

use crate::accuracy::{LONG_LAYER, error};
use crate::error::Error;
use crate::published::PublishedFile;
use crate::results::all;
use crate::single_layer::{Kind, LayerSpec, Pool, SingleLayer};
use crate::table::{Row, Table};
use spikemesh_device::Device;
use spikemesh_device::{ClaimBasis, Claims};
use spikemesh_model::{MAX_MAP, MAX_SIDE};
use spikemesh_stop::Stop;
use spikemesh_words::{SourceLine, plural};

/// Columns that must be there.
pub const COLUMNS: &[&str] = &[
    "model",
    "layer_index",
    "layer",
    "type",
    "in_H",
    "in_W",
    "in_C",
    "filters",
    "kernel",
    "stride",
    "padding",
    "pooling",
    "weight_bits",
    "act_bits",
    "nps",
    "nps_spatial",
    "nps_filter",
    "mapping",
    "pass",
    "input_sparsity",
    "input_events",
    "meas_clk",
    "device",
];

/// A row, read.
#[derive(Clone, Debug)]
pub struct PublishedLayer {
    /// Its line.
    pub line: SourceLine,
    /// The model.
    pub model: String,
    /// Its position in the model.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// What it is.
    pub shape: LayerSpec,
    /// Slices along y and along filters.
    pub splits: [u32; 2],
    /// How it was mapped.
    pub mapping: String,
    /// The pass, from 1.
    pub pass: u32,
    /// Events in its input map.
    pub events: u64,
    /// Clocks of the silicon.
    pub measured: u64,
    /// The device.
    pub device: Device,
}

/// A row with its prediction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerResult {
    /// The model.
    pub model: String,
    /// The layer.
    pub layer: String,
    /// `hrc`, `conv`, `sep` or `fc`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// How it was mapped.
    pub mapping: String,
    /// NPs; 1 for the input unit.
    pub nps: u32,
    /// The pass, from 1.
    pub pass: u32,
    /// Clocks of the simulator, the load of pass 2 and later included.
    pub predicted: u64,
    /// Of these, the load.
    pub load: u64,
    /// Clocks of the silicon.
    pub published: u64,
    /// (predicted - published) / published.
    pub error: f64,
    /// It is long enough to count in the summary.
    pub counted: bool,
    /// What the prediction rests on.
    pub basis: ClaimBasis,
    /// Clocks that were simulated, and the seconds that this host took for them.
    #[serde(skip)]
    pub simulated: (u64, f64),
    /// Why no error is claimed for it: what lies outside of what the device's times were compared with, or constants that are others.
    pub not_claimed: Option<String>,
}

impl PublishedLayer {
    /// The single_layer of it.
    pub fn single_layer(&self) -> SingleLayer {
        SingleLayer { shape: self.shape, splits: self.splits, events: self.events, uniform: false }
    }
}

impl Kind {
    /// Its name in rows.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Hrc => "hrc",
            Kind::Convolution => "conv",
            Kind::Separable => "sep",
            Kind::FullyConnected => "fc",
        }
    }
}

/// Reads all rows.
///
/// # Errors
/// Everything that makes no sense.
pub fn read(source: &PublishedFile) -> Result<Vec<PublishedLayer>, Vec<Error>> {
    Table::parse(source, COLUMNS)?.read(row)
}

/// A device that comes with the simulator, by its name in any case.
pub fn device(row: &mut Row) -> Option<Device> {
    let device = Device::load(&row.text("device").to_lowercase()).ok();
    if device.is_none() {
        let known = Device::names().collect::<Vec<_>>().join(", ");
        row.wrong("device", format!("one of {known}"));
    }
    device
}

fn row(row: &mut Row) -> Option<PublishedLayer> {
    let model = row.name("model");
    let name = row.name("layer");
    let index = row.number("layer_index", 0..=MAX_SIDE);
    let kind = match row.text("type") {
        "hrc" => Some(Kind::Hrc),
        "conv" => Some(Kind::Convolution),
        "sep" => Some(Kind::Separable),
        "fc" => Some(Kind::FullyConnected),
        _ => {
            row.wrong("type", "hrc, conv, sep or fc".to_owned());
            None
        }
    };
    let [height, width, channels, filters, kernel, stride] =
        ["in_H", "in_W", "in_C", "filters", "kernel", "stride"].map(|c| row.number(c, 1..=MAX_SIDE));
    let same = match row.text("padding").to_lowercase().as_str() {
        "same" => Some(true),
        "valid" => Some(false),
        "" if kind == Some(Kind::FullyConnected) => Some(true),
        _ => {
            row.wrong("padding", "Same or Valid".to_owned());
            None
        }
    };
    let pool = pool(row);
    let [weight_bits, level_bits] =
        [("weight_bits", 8), ("act_bits", 4)].map(|(column, most)| row.number(column, 1..=most));
    let [nps, spatial, filter] = ["nps", "nps_spatial", "nps_filter"].map(|c| row.number(c, 1..=MAX_SIDE));
    let pass = row.number("pass", 1..=MAX_SIDE);
    let sparsity = row.optional("input_sparsity", 0.0..=1.0);
    let published_events = row.optional("input_events", 0..=MAX_MAP);
    let measured = row.number("meas_clk", 1..=1 << 40);
    let device = device(row);

    let shape = LayerSpec {
        kind: kind?,
        height: height?,
        width: width?,
        channels: channels?,
        filters: filters?,
        kernel: kernel?,
        stride: stride?,
        same: same?,
        pool: pool?,
        weight_bits: weight_bits?,
        level_bits: level_bits?,
    };
    let (nps, splits, device) = (nps?, [spatial?, filter?], device?);
    check_nps(row, &shape, nps, splits, &device)?;
    let values = shape.input().len() as u64;
    let events = match (shape.kind, published_events?, sparsity?) {
        (Kind::Hrc, _, _) => 0,
        (_, Some(events), _) if events > values => {
            row.wrong(
                "input_events",
                format!("at most the {} of the map", plural(values, "value", "values")),
            );
            return None;
        }
        (_, Some(events), _) => events,
        (_, None, Some(sparsity)) => ((1.0 - sparsity) * values as f64).round() as u64,
        (_, None, None) => {
            row.wrong("input_sparsity", "given where `input_events` is not".to_owned());
            return None;
        }
    };
    Some(PublishedLayer {
        line: row.line.clone(),
        model: model?,
        index: index?,
        name: name?,
        shape,
        splits,
        mapping: row.text("mapping").to_owned(),
        pass: pass?,
        events,
        measured: measured?,
        device,
    })
}

fn pool(row: &mut Row) -> Option<Pool> {
    let text = row.text("pooling").to_lowercase();
    let side = text.strip_prefix("mp").and_then(|side| side.parse::<u32>().ok());
    match (text.as_str(), side) {
        ("", _) => Some(Pool::None),
        ("gap", _) => Some(Pool::Global),
        (_, Some(side)) if (1..=MAX_SIDE).contains(&side) => Some(Pool::Max(side)),
        _ => {
            row.wrong("pooling", "empty, gap, or mp and the side of the window".to_owned());
            None
        }
    }
}

fn check_nps(
    row: &mut Row,
    shape: &LayerSpec,
    nps: u32,
    [spatial, filter]: [u32; 2],
    device: &Device,
) -> Option<()> {
    let whole = matches!(shape.kind, Kind::Hrc | Kind::FullyConnected);
    let cause = if u64::from(spatial) * u64::from(filter) != u64::from(nps) {
        format!("{} not {spatial} x {filter}", plural(nps, "NP is", "NPs are"))
    } else if nps > device.nps() {
        format!(
            "{} the {} of {}",
            plural(nps, "NP does not fit", "NPs do not fit"),
            device.nps(),
            device.name
        )
    } else if whole && nps != 1 {
        format!("a layer of type {} is never split, and the row has {nps} NPs", shape.kind.name())
    } else if spatial > shape.height || filter > shape.filters {
        format!(
            "{spatial} x {filter} slices do not fit a layer of {} and {}",
            plural(shape.height, "row", "rows"),
            plural(shape.filters, "filter", "filters")
        )
    } else {
        return Some(());
    };
    row.wrong_nps(cause);
    None
}

/// Simulates all rows.
///
/// # Errors
/// Rows that no program can be made of.
pub fn run(layers: &[PublishedLayer], stop: &Stop) -> Result<Vec<LayerResult>, Vec<Error>> {
    let uncounted = stop.uncounted();
    let results: Vec<Result<LayerResult, Error>> = layers
        .par_iter()
        .map(|layer| {
            let timing = layer
                .single_layer()
                .run(&layer.device, &uncounted)
                .map_err(|cause| Error::Row { line: layer.line.clone(), cause })?;
            stop.progress().add(1);
            let claims = Claims::new(&layer.device);
            let load = if layer.pass > 1 { timing.load } else { 0 };
            let predicted = timing.clocks + load;
            let claim = layer.single_layer().clocks_claim(&layer.device, &claims, layer.pass > 1);
            Ok(LayerResult {
                model: layer.model.clone(),
                layer: layer.name.clone(),
                kind: layer.shape.kind.name(),
                mapping: layer.mapping.clone(),
                nps: layer.splits[0] * layer.splits[1],
                pass: layer.pass,
                predicted,
                load,
                published: layer.measured,
                error: error(predicted as f64, layer.measured as f64),
                counted: layer.measured > LONG_LAYER,
                basis: claim.basis,
                simulated: timing.simulated,
                not_claimed: (!claim.reasons.is_empty()).then(|| claim.reasons.join("; ")),
            })
        })
        .collect();
    all(results)
}
