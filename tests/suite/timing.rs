//! Units take the clocks of the closed forms of docs/microarchitecture, to the clock, whatever is around them.
//!
//! The forms are written out here once more, over counts that are taken from the oracle's maps: the simulator must get there as the sum of its steps.

use crate::mappable::{Trial, config, devices, networks};
use proptest::prelude::*;
use spikemesh::device::Clocks;
use spikemesh::device::Device;
use spikemesh::isa::{HrcRecord, NpRecord, Operation, Program, Window};
use spikemesh::model::Model;
use spikemesh_oracle::reference::{self, Layer, Map};

/// The input map of the layer with a name.
fn input_of(model: &Model, layers: &[Layer], name: &str) -> Map {
    let layer = model.layer(model.layer_by_name(name).unwrap());
    let inbound: Vec<&Map> = layer.inbound.iter().map(|id| &layers[id.0].output).collect();
    let (w, h) = (inbound[0].w, inbound[0].h);
    let mut map = Map::new(w, h, inbound.iter().map(|m| m.c).sum());
    let mut base = 0;
    for part in inbound {
        for x in 0..w {
            for y in 0..h {
                for c in 0..part.c {
                    map.set(x, y, base + c, part.get(x, y, c));
                }
            }
        }
        base += part.c;
    }
    map
}

/// Events inside a window, and non-empty pairs of channel and column.
fn counts(map: &Map, window: &Window) -> (u64, u64) {
    let rows = i64::from(window.rows.first)..i64::from(window.rows.end);
    let (mut events, mut pairs) = (0, 0);
    for x in 0..map.w {
        for c in 0..map.c {
            let here = rows.clone().filter(|&y| map.get(x, y, c) != 0).count() as u64;
            events += here;
            pairs += u64::from(here > 0);
        }
    }
    (events, pairs)
}

/// Taps whose output lies inside the whole map, over all events of a window.
fn taps(map: &Map, window: &Window, kernel: i64) -> u64 {
    let half = (kernel - 1) / 2;
    let inside = |i: i64, size: i64| (i - half..=i + half).filter(|o| (0..size).contains(o)).count() as u64;
    let mut sum = 0;
    for x in 0..map.w {
        for y in i64::from(window.rows.first)..i64::from(window.rows.end) {
            let events = (0..map.c).filter(|&c| map.get(x, y, c) != 0).count() as u64;
            sum += events * inside(x, map.w) * inside(y, map.h);
        }
    }
    sum
}

fn np_clocks(record: &NpRecord, device: &Device, map: &Map) -> u64 {
    let timing = &device.timing.np;
    let window = &record.input;
    match record.operation {
        Operation::FullyConnected(fc) => {
            let (inputs, units) = (window.map.len() as u64, u64::from(fc.units));
            let t = &timing.fully_connected;
            if fc.external {
                let bytes = (inputs * 6).div_ceil(8) + 16;
                ((*t.external_unit + t.external_byte.times(bytes)).0 * units).div_ceil(1000)
            } else {
                (t.on_chip_start.0.0 + t.on_chip_input.0.0 * inputs).div_ceil(1000)
            }
        }
        Operation::Convolution(c) => {
            let (events, pairs) = counts(map, window);
            let groups = u64::from(c.filters).div_ceil(8);
            let cost = timing.accumulate(c.separable, c.x.size, c.weight_bits).unwrap();
            let accumulate =
                cost.clocks.0.0 * if cost.per_tap { taps(map, window, c.x.size.into()) } else { events };
            if (map.w, map.h) == (1, 1) {
                return (groups * (accumulate + timing.single_position.0.0)).div_ceil(1000);
            }
            let kind = if c.separable { &timing.separable } else { &timing.convolution };
            let positions = if c.separable {
                u64::from(window.own.len().div_ceil(c.y.stride))
                    * u64::from(window.map.width.div_ceil(c.x.stride))
            } else {
                u64::from(window.own.len()) * u64::from(window.map.width)
            };
            let group = accumulate
                + kind.fetch.0.0 * u64::from(c.x.size * c.y.size) * pairs
                + kind.position.0.0 * positions;
            let strided = if c.x.stride.max(c.y.stride) > 1 { kind.unpack_strided.0.0 } else { 0 };
            ((kind.unpack.0.0 + strided) * events + groups * group).div_ceil(1000)
        }
    }
}

fn hrc_clocks(record: &HrcRecord, device: &Device) -> u64 {
    let positions = u64::from(record.x.outputs) * u64::from(record.y.outputs);
    let mut group = Clocks(0);
    let mut filters = record.filters;
    while filters > 0 {
        let now = filters.min(16);
        group +=
            *device.timing.hrc.position + device.timing.hrc.per_filters.times(u64::from(now.div_ceil(8)));
        filters -= now;
    }
    group.times(positions).ceil()
}

/// Clocks of every unit of a program that computes, in the order of its passes, by the closed forms.
fn expected(program: &Program, model: &Model, device: &Device, layers: &[Layer]) -> Vec<u64> {
    let mut clocks = Vec::new();
    for pass in &program.passes {
        clocks.extend(pass.hrc.iter().map(|record| hrc_clocks(record, device)));
        for record in &pass.nps {
            let name = &program.output_maps[usize::from(record.output_map.0)].name;
            clocks.push(np_clocks(record, device, &input_of(model, layers, name)));
        }
    }
    clocks
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn units_take_the_clocks_of_their_closed_forms(genome in networks(), device in devices()) {
        let trial = Trial::new(&genome, 1);
        let program = trial.compile(&device)?;
        let results = trial.run(&device, 1)?;
        let layers = reference::run(&trial.model, &trial.samples[0]);
        let units: Vec<u64> =
            results.stats.units.iter().filter(|u| u.layer.is_some()).map(|u| u.clocks).collect();
        prop_assert_eq!(units, expected(&program, &trial.model, &device, &layers));
    }

    /// A frame takes at least the sum of its layers' slowest units, and beyond that only hops, packets and markers.
    #[test]
    fn layers_follow_each_other(genome in networks(), device in devices()) {
        let trial = Trial::new(&genome, 1);
        let results = trial.run(&device, 1)?;
        let layers: u64 = results.stats.layers.iter().map(|l| l.clocks).sum();
        let frame = results.frames[0].cycles;
        prop_assert!(trial.model.layers().iter().any(|l| l.inbound.len() > 1) || frame >= layers);
    }
}
