//! Rows of microbenchmarks: one layer, all channels alike, its clocks over its events.
//!
//! A line through two densities, at which every column holds events, gives clocks per event and what is left without events. Rows of other kinds
//! are listed and not computed.

use serde::Serialize;

use crate::accuracy::error;
use crate::chain::{chain, mode_named};
use crate::error::Error;
use crate::layer::{self, PublishedLayer};
use crate::published::PublishedFile;
use crate::results::all;
use crate::single_layer::{Kind, LayerSpec, Pool, SingleLayer};
use crate::table::{Row, Table};
use spikemesh_compiler::Mode;
use spikemesh_device::{AccuracyClaim, ClaimBasis, Claims, Device};
use spikemesh_model::MAX_SIDE;
use spikemesh_stop::Stop;
use spikemesh_words::SourceLine;

/// Columns that must be there.
pub const COLUMNS: &[&str] = &["what", "value", "unit", "device", "note"];

/// A row, read.
#[derive(Clone, Debug)]
pub struct Microbenchmark {
    /// Its line.
    pub line: SourceLine,
    /// What was measured, as text.
    pub what: String,
    /// The unit, as text.
    pub unit: String,
    /// The silicon's value.
    pub value: f64,
    /// The device.
    pub device: Device,
    /// What to run, if the text says so.
    pub benchmark: Option<(LayerSpec, Quantity)>,
    /// Frames of a whole model behind each other, if the text says so.
    pub pipelined: Option<Pipelined>,
}

/// Frames of a whole model that enter behind each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipelined {
    /// The model, as rows of layers name it.
    pub model: String,
    /// How it is mapped.
    pub mode: Mode,
    /// How many frames.
    pub frames: u64,
}

/// What is taken from a microbenchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Clocks per event and filter.
    PerEventAndFilter,
    /// Clocks per event.
    PerEvent,
    /// Clocks without events.
    Intercept,
    /// Clocks.
    Clocks,
    /// Microjoules of a layer with all inputs.
    Energy,
}

/// A row with its prediction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MicroResult {
    /// What was measured.
    pub what: String,
    /// The unit.
    pub unit: String,
    /// The device.
    pub device: String,
    /// The simulator's value; `null` for rows that are not computed.
    pub predicted: Option<f64>,
    /// The silicon's value.
    pub published: f64,
    /// (predicted - published) / published.
    pub error: Option<f64>,
    /// What the prediction rests on.
    pub basis: ClaimBasis,
}

/// Reads all rows.
///
/// # Errors
/// Everything that makes no sense.
pub fn read(source: &PublishedFile) -> Result<Vec<Microbenchmark>, Vec<Error>> {
    Table::parse(source, COLUMNS)?.read(row)
}

fn row(row: &mut Row) -> Option<Microbenchmark> {
    let what = row.name("what");
    let value = row.number("value", 1e-12..=1e15);
    let device = layer::device(row);
    let (unit, note) = (row.text("unit").to_owned(), row.text("note").to_owned());
    let what = what?;
    let benchmark = benchmark(&what, &unit, &note);
    let pipelined = pipelined(&what, &unit);
    Some(Microbenchmark {
        line: row.line.clone(),
        what,
        unit,
        value: value?,
        device: device?,
        benchmark,
        pipelined,
    })
}

/// What the text of a row of whole frames ask for: `AkidaNet0.5@224 AllNps 10 frames`, with or without the device before it. Rows of layers
/// shorten `AkidaNet` to `AN`.
fn pipelined(what: &str, unit: &str) -> Option<Pipelined> {
    let words: Vec<&str> = what.split_whitespace().collect();
    let ([.., model, mode, frames, "frames"], "clk") = (&words[..], unit) else { return None };
    let model = model.strip_prefix("AkidaNet").map_or((*model).to_owned(), |size| format!("AN{size}"));
    let frames = frames.parse().ok().filter(|frames| (1..=1 << 20).contains(frames))?;
    Some(Pipelined { model, mode: mode_named(mode)?, frames })
}

/// The side of the maps, the channels and the filters where a row names none.
const SIZE: u32 = 32;
/// Bits of weights and levels where a row names none.
const BITS: u8 = 4;

/// What the text of a row ask for: `3x3 conv w4`, `5x5 separable w2`, `3x3 conv slope`, `FullyConnected 256->2`.
fn benchmark(what: &str, unit: &str, note: &str) -> Option<(LayerSpec, Quantity)> {
    let side = |text: &str| text.parse::<u32>().ok().filter(|side| (1..=MAX_SIDE).contains(side));
    let words: Vec<&str> = what.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let plain = LayerSpec {
        kind: Kind::Convolution,
        height: SIZE,
        width: SIZE,
        channels: SIZE,
        filters: SIZE,
        kernel: 1,
        stride: 1,
        same: true,
        pool: Pool::None,
        weight_bits: BITS,
        level_bits: BITS,
    };
    // The energy of a 3x3 convolution with all inputs, whatever its weights.
    if let ("uJ", ["energy", ..]) = (unit, &words[..]) {
        return Some((LayerSpec { kernel: 3, ..plain }, Quantity::Energy));
    }
    if let ["FullyConnected", sizes, ..] = words[..] {
        let (inputs, units) = sizes.split_once("->")?;
        let (channels, filters) = (side(inputs)?, side(units)?);
        let shape = LayerSpec { kind: Kind::FullyConnected, height: 1, width: 1, channels, filters, ..plain };
        return (unit == "clk").then_some((shape, Quantity::Clocks));
    }
    let [kernel, kind, third] = words[..] else { return None };
    let kernel = kernel.split_once('x').filter(|(x, y)| x == y).and_then(|(x, _)| side(x))?;
    let kind = match kind {
        "conv" => Kind::Convolution,
        "separable" => Kind::Separable,
        _ => return None,
    };
    let weight_bits = third.strip_prefix('w').and_then(|bits| bits.parse().ok());
    let quantity = match (third, unit) {
        (_, "clk/event/filter") if weight_bits.is_some() => Quantity::PerEventAndFilter,
        ("slope", "clk/event") => Quantity::PerEvent,
        ("intercept", "clk") => Quantity::Intercept,
        _ => return None,
    };
    let mut shape = LayerSpec { kind, kernel, weight_bits: weight_bits.unwrap_or(BITS), ..plain };
    if let Some((map, filters)) = note.split_once("->") {
        let [height, width, channels] = map.split('x').map(side).collect::<Vec<_>>()[..] else { return None };
        shape = LayerSpec {
            height: height?,
            width: width?,
            channels: channels?,
            filters: side(filters)?,
            ..shape
        };
    }
    Some((shape, quantity))
}

/// Runs all rows that say what to run.
///
/// # Errors
/// Layers that the simulator refuses.
pub fn run(
    rows: &[Microbenchmark],
    layers: &[PublishedLayer],
    stop: &Stop,
) -> Result<Vec<MicroResult>, Vec<Error>> {
    let uncounted = stop.uncounted();
    let results = rows.iter().map(|micro| {
        let predicted = match (&micro.benchmark, &micro.pipelined) {
            (Some((shape, quantity)), _) => measure(*shape, *quantity, &micro.device, &uncounted).map(Some),
            (None, Some(pipelined)) => follow(pipelined, layers, &micro.device, &uncounted),
            (None, None) => Ok(None),
        };
        let predicted = predicted.map_err(|cause| Error::Row { line: micro.line.clone(), cause })?;
        stop.progress().add(1);
        Ok(MicroResult {
            what: micro.what.clone(),
            unit: micro.unit.clone(),
            device: micro.device.name.clone(),
            predicted,
            published: micro.value,
            error: predicted.map(|predicted| error(predicted, micro.value)),
            basis: basis(micro, layers),
        })
    });
    all(results.collect())
}

/// What a row's prediction rests on: the weakest basis of the layers that it runs.
fn basis(micro: &Microbenchmark, layers: &[PublishedLayer]) -> ClaimBasis {
    let (device, claims) = (&micro.device, Claims::new(&micro.device));
    let claim = |single_layer: &SingleLayer| {
        let clocks = single_layer.clocks_claim(device, &claims, false);
        match micro.benchmark {
            Some((_, Quantity::Energy)) => {
                let energy = claims.energy(single_layer.shape.work(device), single_layer.shape.kernel);
                AccuracyClaim::weakest([&clocks, &energy])
            }
            _ => clocks,
        }
    };
    let run: Vec<AccuracyClaim> = match (&micro.benchmark, &micro.pipelined) {
        (Some((shape, _)), _) => {
            let events = shape.input().len() as u64;
            vec![claim(&SingleLayer { shape: *shape, splits: [1, 1], events, uniform: true })]
        }
        (None, Some(pipelined)) => chain(&pipelined.model, pipelined.mode, layers, device)
            .map(|chain| chain.iter().map(|(single_layer, _)| claim(single_layer)).collect())
            .unwrap_or_default(),
        (None, None) => Vec::new(),
    };
    if run.is_empty() { ClaimBasis::Assumed } else { AccuracyClaim::weakest(&run).basis }
}

/// Clocks of frames behind each other: an input map is not doubled, so beyond the first frame each takes what its slowest pair of neighbouring layers
/// takes together. `None` if the model's layers are not there, or take several passes.
fn follow(
    pipelined: &Pipelined,
    layers: &[PublishedLayer],
    device: &Device,
    stop: &Stop,
) -> Result<Option<f64>, String> {
    let Ok(chain) = chain(&pipelined.model, pipelined.mode, layers, device) else { return Ok(None) };
    if chain.iter().any(|(_, divided)| divided.pass > 0) {
        return Ok(None);
    }
    let clocks: Result<Vec<u64>, String> = chain
        .iter()
        .map(|(single_layer, _)| single_layer.run(device, stop).map(|timing| timing.clocks))
        .collect();
    let clocks = clocks?;
    let pair = clocks.windows(2).map(|pair| pair[0] + pair[1]).max().unwrap_or(0);
    Ok(Some((clocks.iter().sum::<u64>() + (pipelined.frames - 1) * pair) as f64))
}

fn measure(shape: LayerSpec, quantity: Quantity, device: &Device, stop: &Stop) -> Result<f64, String> {
    let full = shape.input().len() as u64;
    let clocks = |events: u64| {
        let single_layer = SingleLayer { shape, splits: [1, 1], events, uniform: true };
        single_layer.run(device, stop).map(|timing| timing.clocks as f64)
    };
    if quantity == Quantity::Clocks {
        return clocks(full / 2);
    }
    if quantity == Quantity::Energy {
        let single_layer = SingleLayer { shape, splits: [1, 1], events: full, uniform: true };
        let timing = single_layer.run(device, stop)?;
        return Ok((timing.picojoules + timing.network_picojoules) / 1e6);
    }
    let half = full / 2;
    let (low, high) = (clocks(half)?, clocks(full)?);
    let slope = (high - low) / (full - half).max(1) as f64;
    Ok(match quantity {
        Quantity::PerEventAndFilter => slope / f64::from(shape.filters),
        Quantity::PerEvent => slope,
        Quantity::Intercept => high - slope * full as f64,
        Quantity::Clocks | Quantity::Energy => high,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_what_to_run() {
        let (shape, quantity) = benchmark("5x5 separable w2", "clk/event/filter", "8x9x16->24").unwrap();
        assert_eq!((shape.kind, shape.kernel, shape.weight_bits), (Kind::Separable, 5, 2));
        assert_eq!([shape.height, shape.width, shape.channels, shape.filters], [8, 9, 16, 24]);
        assert_eq!(quantity, Quantity::PerEventAndFilter);
        assert_eq!(benchmark("3x3 conv slope", "clk/event", "").unwrap().1, Quantity::PerEvent);
        assert_eq!(benchmark("FullyConnected 256->2, weights on chip", "clk", "").unwrap().0.channels, 256);
        let frames = pipelined("AKD1000 AkidaNet0.5@224 AllNps 10 frames", "clk").unwrap();
        assert_eq!(frames, Pipelined { model: "AN0.5@224".to_owned(), mode: Mode::AllNps, frames: 10 });
        assert_eq!(pipelined("AN1@160 twice 10 frames", "clk"), None);
        let (dense, quantity) = benchmark("energy, 41%", "uJ", "").unwrap();
        assert_eq!((dense.kernel, dense.filters, quantity), (3, 32, Quantity::Energy));
        assert_eq!(benchmark("3x5 conv w4", "clk/event/filter", ""), None);
    }
}
