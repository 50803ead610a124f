//! Rows of whole models: the chain of its layers, cut by the mapping rule.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use crate::accuracy::error;
use crate::chain::{chain, mode_named};
use crate::error::Error;
use crate::frame_traffic::{FrameTraffic, frame_traffic};
use crate::layer::{self, PublishedLayer};
use crate::published::PublishedFile;
use crate::results::all;
use crate::single_layer::{LayerTiming, SingleLayer};
use crate::table::{Row, Table};
use spikemesh_compiler::{LayerPartition, Mode};
use spikemesh_device::{AccuracyClaim, ClaimBasis, Claims, Device};
use spikemesh_stop::Stop;
use spikemesh_words::{SourceLine, plural};

/// Columns that must be there.
pub const COLUMNS: &[&str] = &[
    "model",
    "mapping",
    "device",
    "nps_incl_hrc",
    "passes",
    "nps_per_layer",
    "pass_cut_after_layer_index",
    "cycles",
    "dyn_mJ",
];

/// A row, read.
#[derive(Clone, Debug)]
pub struct PublishedModel {
    /// Its line.
    pub line: SourceLine,
    /// The model.
    pub model: String,
    /// How it is mapped.
    pub mode: Mode,
    /// The device.
    pub device: Device,
    /// NPs, the input unit counted as one.
    pub nps: Option<u32>,
    /// Passes.
    pub passes: Option<u32>,
    /// NPs of each layer, or nothing.
    pub per_layer: Vec<u32>,
    /// Layers after which a pass ends.
    pub cuts: Vec<u32>,
    /// Clocks of a frame.
    pub cycles: u64,
    /// Dynamic energy of a frame in millijoules.
    pub energy_mj: Option<f64>,
}

/// A row with its prediction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelResult {
    /// The model.
    pub model: String,
    /// How it is mapped.
    pub mapping: Mode,
    /// Why it was not computed; then nothing below is given.
    pub skipped: Option<String>,
    /// NPs by the mapping rule, the input unit counted as one.
    pub nps: Option<u32>,
    /// NPs as published.
    pub published_nps: Option<u32>,
    /// Passes by the mapping rule.
    pub passes: Option<u32>,
    /// NPs of every layer, passes and their cuts are as published, as far as the row says.
    pub mapping_as_published: Option<bool>,
    /// Clocks of the simulator.
    pub predicted: Option<u64>,
    /// Of these, loads of pass 2 and later.
    pub load: Option<u64>,
    /// Clocks of the silicon.
    pub published: u64,
    /// (predicted - published) / published.
    pub error: Option<f64>,
    /// Dynamic energy in millijoules.
    pub predicted_mj: Option<f64>,
    /// As published.
    pub published_mj: Option<f64>,
    /// (predicted - published) / published.
    pub energy_error: Option<f64>,
    /// Of the predicted energy, the network's, in millijoules.
    pub network_mj: Option<f64>,
    /// Its share.
    pub network_share: Option<f64>,
    /// What this share can be at most, by models that were measured under several mappings; it can be nothing at least.
    pub network_share_at_most: Option<f64>,
    /// What the prediction rests on.
    pub basis: ClaimBasis,
    /// What the energy rests on.
    pub energy_basis: ClaimBasis,
}

/// Reads all rows.
///
/// # Errors
/// Everything that makes no sense.
pub fn read(source: &PublishedFile) -> Result<Vec<PublishedModel>, Vec<Error>> {
    Table::parse(source, COLUMNS)?.read(row)
}

fn row(row: &mut Row) -> Option<PublishedModel> {
    let model = row.name("model");
    let mode = mode_named(row.text("mapping"));
    if mode.is_none() {
        row.wrong("mapping", "minimal, allnps or hwpr".to_owned());
    }
    let device = layer::device(row);
    let nps = row.optional("nps_incl_hrc", 1..=u32::MAX);
    let passes = row.optional("passes", 1..=u32::MAX);
    let (per_layer, cuts) = (row.list("nps_per_layer"), row.list("pass_cut_after_layer_index"));
    let cycles = row.number("cycles", 1..=1 << 50);
    let energy_mj = row.optional("dyn_mJ", 1e-9..=1e9);
    Some(PublishedModel {
        line: row.line.clone(),
        model: model?,
        mode: mode?,
        device: device?,
        nps: nps?,
        passes: passes?,
        per_layer: per_layer?,
        cuts: cuts?,
        cycles: cycles?,
        energy_mj: energy_mj?,
    })
}

impl PublishedModel {
    /// Its layers on a device, each with its single_layer and how it is divided.
    ///
    /// # Errors
    /// Why it cannot be computed.
    pub fn chain(
        &self,
        layers: &[PublishedLayer],
        device: &Device,
    ) -> Result<Vec<(SingleLayer, LayerPartition)>, String> {
        let chain = chain(&self.model, self.mode, layers, device)?;
        if !self.per_layer.is_empty() && self.per_layer.len() != chain.len() {
            return Err(format!(
                "{} published, and rows for {}",
                plural(self.per_layer.len(), "layer", "layers"),
                chain.len()
            ));
        }
        Ok(chain)
    }
}

/// A row's layers with their cut, or why there are none.
struct Chain<'a> {
    row: &'a PublishedModel,
    /// Each layer, the single_layer for it, its pass.
    layers: Result<Vec<(SingleLayer, LayerPartition)>, String>,
    /// What the network does for a frame.
    traffic: FrameTraffic,
}

/// Computes all rows whose layers are there.
///
/// # Errors
/// Layers that the simulator refuses.
pub fn run(
    rows: &[PublishedModel],
    layers: &[PublishedLayer],
    stop: &Stop,
) -> Result<Vec<ModelResult>, Vec<Error>> {
    stop.progress().expect(rows.len() as u64);
    let uncounted = stop.uncounted();
    let chains: Vec<Chain> = rows
        .par_iter()
        .map(|row| {
            let chain = row.chain(layers, &row.device).and_then(|chain| {
                Ok((chain, frame_traffic(&row.model, row.mode, layers, &row.device, &uncounted)?))
            });
            stop.progress().add(1);
            match chain {
                Ok((layers, traffic)) => Chain { row, layers: Ok(layers), traffic },
                Err(reason) => Chain { row, layers: Err(reason), traffic: FrameTraffic::default() },
            }
        })
        .collect();
    // Mappings of a model share many cuts: each is run once.
    let mut single_layers: BTreeMap<(String, SingleLayer), (&Chain, LayerTiming)> = BTreeMap::new();
    for chain in &chains {
        for (single_layer, _) in chain.layers.iter().flatten() {
            single_layers
                .entry((chain.row.device.name.clone(), *single_layer))
                .or_insert_with(|| (chain, LayerTiming::default()));
        }
    }
    stop.progress().expect(single_layers.len() as u64);
    let timed = single_layers
        .into_par_iter()
        .map(|((name, single_layer), (chain, _))| {
            let timing = single_layer
                .run(&chain.row.device, &uncounted)
                .map_err(|cause| Error::Row { line: chain.row.line.clone(), cause })?;
            stop.progress().add(1);
            Ok(((name, single_layer), timing))
        })
        .collect();
    let timings: BTreeMap<(String, SingleLayer), LayerTiming> = all(timed)?.into_iter().collect();
    Ok(chains
        .iter()
        .map(|chain| {
            chain.result(|single_layer| {
                timings.get(&(chain.row.device.name.clone(), *single_layer)).copied().unwrap_or_default()
            })
        })
        .collect())
}

/// How a model is divided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingSummary {
    /// NPs, the input unit counted as one.
    pub nps: u32,
    /// Passes.
    pub passes: u32,
    per_layer: Vec<u32>,
    cuts: Vec<u32>,
}

impl MappingSummary {
    /// Of the layers of a model.
    pub fn of(layers: &[(SingleLayer, LayerPartition)]) -> MappingSummary {
        let per_layer: Vec<u32> = layers.iter().map(|(_, divided)| divided.nps().max(1)).collect();
        let ends = layers.windows(2).enumerate().filter(|(_, pair)| pair[0].1.pass != pair[1].1.pass);
        MappingSummary {
            nps: per_layer.iter().sum(),
            passes: layers.last().map_or(0, |(_, divided)| divided.pass + 1),
            cuts: ends.map(|(index, _)| index as u32).collect(),
            per_layer,
        }
    }

    /// It is what a row says, as far as it says anything.
    pub fn is_as_published(&self, row: &PublishedModel) -> bool {
        row.nps.is_none_or(|published| published == self.nps)
            && row.passes.is_none_or(|published| published == self.passes)
            && (row.per_layer.is_empty() || (row.per_layer == self.per_layer && row.cuts == self.cuts))
    }
}

impl Chain<'_> {
    fn result(&self, timing: impl Fn(&SingleLayer) -> LayerTiming) -> ModelResult {
        let row = self.row;
        let mut result = ModelResult {
            model: row.model.clone(),
            mapping: row.mode,
            skipped: None,
            nps: None,
            published_nps: row.nps,
            passes: None,
            mapping_as_published: None,
            predicted: None,
            load: None,
            published: row.cycles,
            error: None,
            predicted_mj: None,
            published_mj: row.energy_mj,
            energy_error: None,
            network_mj: None,
            network_share: None,
            network_share_at_most: None,
            basis: ClaimBasis::Assumed,
            energy_basis: ClaimBasis::Assumed,
        };
        let layers = match &self.layers {
            Ok(layers) => layers,
            Err(reason) => {
                result.skipped = Some(reason.clone());
                return result;
            }
        };
        let network = self.traffic.picojoules(&row.device);
        let (mut clocks, mut load, mut picojoules) = (0, 0, network);
        for (single_layer, divided) in layers {
            let timing = timing(single_layer);
            clocks += timing.clocks;
            if divided.pass > 0 {
                load += timing.load;
                picojoules += timing.load_picojoules;
            }
            picojoules += timing.picojoules;
        }
        let claims = Claims::new(&row.device);
        let claim = |(single_layer, divided): &(SingleLayer, LayerPartition)| {
            let clocks = single_layer.clocks_claim(&row.device, &claims, divided.pass > 0);
            let energy = claims.energy(single_layer.shape.work(&row.device), single_layer.shape.kernel);
            let energy = AccuracyClaim::weakest([&clocks, &energy]);
            (clocks, energy)
        };
        let (of_clocks, of_energy): (Vec<_>, Vec<_>) = layers.iter().map(claim).unzip();
        result.basis = AccuracyClaim::weakest(&of_clocks).basis;
        result.energy_basis = AccuracyClaim::weakest(&of_energy).basis;
        let mapping = MappingSummary::of(layers);
        let mj = picojoules / 1e9;
        let predicted = clocks + load;
        result.mapping_as_published = Some(mapping.is_as_published(row));
        result.nps = Some(mapping.nps);
        result.passes = Some(mapping.passes);
        result.predicted = Some(predicted);
        result.load = Some(load);
        result.error = Some(error(predicted as f64, row.cycles as f64));
        result.predicted_mj = Some(mj);
        result.network_mj = Some(network / 1e9);
        result.network_share = (picojoules > 0.0).then(|| network / picojoules);
        result.energy_error = row.energy_mj.map(|published| error(mj, published));
        result
    }
}
