//! An estimate of how long a frame takes in which every position fires, without a simulation: whether more neural processors make it slower.
//!
//! The rule: layers follow one another, and each takes the longer one of two times.
//!
//! - *Compute*: what its fullest unit computes, by the times of the device.
//! - *Send*: the flits that one of its units gives to the network, one a clock. Every receiver gets packets of its own, so that this grows with the
//!   slices of the layers behind it, while what those compute gets less.
//!
//! Waits in the network and between units are not in it, and neither are loads of programs: it compares mappings of one model on one device.

use crate::compiler::{
    LayerPartition, Partition, Resources, Slice, UnitKind, partition, partition_with_splits,
};
use crate::compiler::{MappingReport, Mode};
use crate::device::{Clocks, Device};
use crate::isa::packet::{PACKET_WORDS, flits};
use crate::model::{Layer, LayerKind, Model};

/// A mapping with fewer neural processors that is estimated to be faster.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FasterMapping {
    /// Clocks of the mapping that was asked for.
    pub clocks: u64,
    /// Clocks of the other one.
    pub fewer_clocks: u64,
    /// Its neural processors.
    pub fewer_nps: u32,
    /// The layer that sends longest, compared with what it computes.
    pub layer: String,
}

/// Estimates are compared by more than this share: what the rule leaves out may well be as much.
const CLEARLY: f64 = 0.25;

/// A mapping with fewer neural processors whose frame is estimated to take clearly fewer clocks: that of mode minimal, or one with half, a
/// quarter, an eighth of the slices along filters.
pub(crate) fn faster_with_fewer(
    model: &Model,
    device: &Device,
    report: &MappingReport,
) -> Option<FasterMapping> {
    if report.mode == Mode::Minimal {
        return None;
    }
    let (layers, resources) = (model.layers(), Resources::from(device));
    let asked = partition(layers, &resources, report.mode).ok()?;
    let (clocks, layer) = estimate(layers, &asked, device);
    let coarser = (1..=3).filter_map(|half| {
        let splits =
            |divided: &LayerPartition| [divided.spatial_splits, (divided.filter_splits >> half).max(1)];
        let splits: Vec<[u32; 2]> = asked.layers.iter().map(splits).collect();
        partition_with_splits(layers, &resources, &splits).ok().filter(|_| asked.passes == 1)
    });
    let minimal = partition(layers, &resources, Mode::Minimal).ok();
    let others = coarser.chain(minimal).filter(|other| other.total_nps() < asked.total_nps());
    let (fewer_clocks, fewer_nps) =
        others.map(|other| (estimate(layers, &other, device).0, other.total_nps())).min()?;
    let is_clear = fewer_clocks as f64 * (1.0 + CLEARLY) < clocks as f64;
    is_clear.then_some(FasterMapping { clocks, fewer_clocks, fewer_nps, layer })
}

/// Clocks of a frame, and the layer whose sending exceeds its computing most.
fn estimate(layers: &[Layer], partition: &Partition, device: &Device) -> (u64, String) {
    let (mut sum, mut most, mut name) = (0, 0, String::new());
    for (id, (layer, divided)) in layers.iter().zip(&partition.layers).enumerate() {
        let compute = compute(layer, divided, device);
        let send = send(layers, partition, id);
        sum += compute.max(send);
        if send.saturating_sub(compute) > most {
            (most, name) = (send - compute, layer.name.clone());
        }
    }
    (sum, name)
}

/// Flits that the unit of a layer with most of them gives to the network.
fn send(layers: &[Layer], partition: &Partition, id: usize) -> u64 {
    let divided = &partition.layers[id];
    let map = layers[id].shape.output;
    let reads = |reader: &&Layer| reader.inbound.iter().any(|inbound| inbound.0 == id);
    let readers: Vec<&LayerPartition> = layers
        .iter()
        .zip(&partition.layers)
        .filter(|(layer, _)| reads(layer))
        .map(|(_, divided)| divided)
        .collect();
    let of_unit = |slice: &Slice| {
        let to = |receiver: &Slice| {
            let (from, window) = (slice.rows.outputs, receiver.rows.window);
            let rows = from.end.min(window.end).saturating_sub(from.first.max(window.first));
            let words = u64::from(rows) * u64::from(map.width) * u64::from(slice.filters);
            words.div_ceil(PACKET_WORDS as u64) * flits(PACKET_WORDS) as u64 + 1
        };
        readers.iter().flat_map(|reader| &reader.slices).map(to).sum()
    };
    divided.slices.iter().map(of_unit).max().unwrap_or(0)
}

/// Clocks that the fullest unit of a layer computes.
fn compute(layer: &Layer, divided: &LayerPartition, device: &Device) -> u64 {
    divided.slices.iter().map(|slice| of_slice(layer, divided, slice, device) as u64).max().unwrap_or(0)
}

fn of_slice(layer: &Layer, divided: &LayerPartition, slice: &Slice, device: &Device) -> f64 {
    let clocks = |clocks: Clocks| clocks.0 as f64 / 1000.0;
    let (input, timing) = (layer.shape.input, &device.timing);
    let groups = |filters: u32, each: u32| f64::from(filters.div_ceil(each));
    match (divided.kind, layer.shape.kernel) {
        (UnitKind::EventDma, _) => 0.0,
        (UnitKind::Hrc, kernel) => {
            let hrc = &timing.hrc;
            let positions = kernel.map_or(1.0, |[x, y]| f64::from(x.outputs) * f64::from(y.outputs));
            let filters = layer.shape.output.channels;
            let each = groups(filters, *hrc.filters_per_group) * clocks(*hrc.position)
                + groups(filters, *hrc.filters_per_step) * clocks(*hrc.per_filters);
            positions * each
        }
        (UnitKind::Np, None) if divided.external => {
            f64::from(slice.filters) * clocks(timing.np.fully_connected.external_walk(input.len() as u64))
        }
        (UnitKind::Np, None) => {
            let walk = &timing.np.fully_connected;
            clocks(*walk.on_chip_start) + input.len() as f64 * clocks(*walk.on_chip_input)
        }
        (UnitKind::Np, Some([x, y])) => {
            let separable = layer.kind() == LayerKind::SeparableConvolutional;
            let part = if separable { &timing.np.separable } else { &timing.np.convolution };
            let bits = layer.parameters.weights_bits().unwrap_or(0);
            let accumulate = timing.np.accumulate(separable, x.size, bits);
            let taps = f64::from(x.size) * f64::from(y.size);
            let per_event =
                accumulate.map_or(0.0, |cost| clocks(*cost.clocks) * if cost.per_tap { taps } else { 1.0 });
            let pairs = f64::from(input.width) * f64::from(input.channels);
            let events = pairs * f64::from(slice.rows.window.len());
            let positions = if separable {
                f64::from(x.outputs) * f64::from(slice.rows.own.len()) / f64::from(y.stride)
            } else {
                f64::from(input.width) * f64::from(slice.rows.own.len())
            };
            let strided = if x.stride > 1 { clocks(*part.unpack_strided) } else { 0.0 };
            let of_group =
                pairs * taps * clocks(*part.fetch) + events * per_event + positions * clocks(*part.position);
            events * (clocks(*part.unpack) + strided)
                + groups(slice.filters, *device.np.filters_per_group) * of_group
        }
    }
}
