//! Flits of a route in a frame in which every position fires, counted word by word as the unit would send them.
//!
//! The verifier has closed forms for the same rule (docs/formats/certificate.md, "Loads"); this counts one batch of each kind, and multiplies.

use spikemesh_device::{Device, Unit};
use spikemesh_isa::packet::{COLUMNS_PER_BASE, FEATURES_PER_BASE, PACKET_WORDS, ROWS_PER_BASE, flits};
use spikemesh_isa::{
    Activation, Axis, Convolution, HrcRecord, MapShape, Operation, Pass, Pooling, Program, Route, Rows,
};

/// What a route carries.
#[derive(Clone, Copy, Default)]
pub(super) struct Load {
    /// Words.
    pub words: u64,
    /// Flits of their packets, at most.
    pub flits: u64,
}

/// Flits that a cut of a batch adds at most: a head, and a flit that is not full.
const CUT: u64 = 2;

/// What a route of a unit carries.
pub(super) fn load(program: &Program, pass: &Pass, from: Unit, route: &Route, device: &Device) -> Load {
    let fifo = *device.np.fifo_events;
    match from {
        Unit::Hrc => pass.hrc.as_ref().map(|hrc| image(program, hrc, route, device)).unwrap_or_default(),
        Unit::Source(buffer) => {
            let map = program.buffers[usize::from(buffer)].map;
            let rows = Rows { first: 0, end: map.height };
            let batches = vec![1; map.width as usize];
            columns(map, rows, (0, map.channels), map.channels, false, &batches, fifo, route)
        }
        Unit::Np(np) => {
            let Some(record) = pass.np_index(spikemesh_isa::NpId(np)).map(|index| &pass.nps[index]) else {
                return Load::default();
            };
            let map = program.output_maps[usize::from(record.output_map.0)].map;
            let (fifo, potentials) = (device.fifo_events(np), record.activation == Activation::Potentials);
            match &record.operation {
                Operation::Convolution(c) => {
                    let group = *device.np.filters_per_group;
                    let features = (c.first_filter, c.filters);
                    let batches = batches(c, record.input.map.width);
                    columns(map, c.output_rows, features, group, potentials, &batches, fifo, route)
                }
                Operation::FullyConnected(fc) => neurons(fc.units, potentials, fc.external, fifo, route),
            }
        }
        Unit::Sink(_) | Unit::ConfigDma => Load::default(),
    }
}

/// Counts the flits of words that follow each other, each with what has to stay the same within a packet.
fn count<K: PartialEq>(words: impl Iterator<Item = K>) -> u64 {
    let (mut sum, mut open, mut base) = (0, 0, None);
    for word in words.map(Some) {
        if open > 0 && (open == PACKET_WORDS || word != base) {
            sum += flits(open) as u64;
            open = 0;
        }
        base = word;
        open += 1;
    }
    if open > 0 { sum + flits(open) as u64 } else { sum }
}

fn cuts(batch: u64, fifo: u32) -> u64 {
    CUT * batch.div_ceil(fifo.max(1).into()).saturating_sub(1)
}

/// A map that leaves column by column, for each group of features apart; `batches` has how many columns leave together, in turn.
#[allow(clippy::too_many_arguments)]
fn columns(
    map: MapShape,
    rows: Rows,
    (first, features): (u32, u32),
    group: u32,
    potentials: bool,
    batches: &[u32],
    fifo: u32,
    route: &Route,
) -> Load {
    let shared = Rows { first: rows.first.max(route.rows.first), end: rows.end.min(route.rows.end) };
    let mut load = Load::default();
    if shared.is_empty() {
        return load;
    }
    let width = u64::from(map.width);
    for begin in (0..features).step_by(group.max(1) as usize) {
        let filters = group.min(features - begin);
        let named = first + begin + route.channel_base;
        let words = (shared.first..shared.end).flat_map(|y| {
            let local = y.saturating_sub(route.row_base);
            (named..named + filters).map(move |c| match potentials {
                true => (y, 0),
                false => (local / ROWS_PER_BASE, c / FEATURES_PER_BASE),
            })
        });
        load.words += width * u64::from(shared.len()) * u64::from(filters);
        load.flits += width * count(words);
        let batch = u64::from(rows.len()) * u64::from(filters);
        load.flits += batches.iter().map(|&columns| cuts(batch * u64::from(columns), fifo)).sum::<u64>();
    }
    load
}

/// The neurons of a fully connected layer.
fn neurons(units: u32, potentials: bool, external: bool, fifo: u32, route: &Route) -> Load {
    if units == 0 || !route.rows.contains(0) {
        return Load::default();
    }
    let base = |c: u32| if potentials { 0 } else { c / FEATURES_PER_BASE };
    let named = route.channel_base..route.channel_base + units;
    let blocks = |c: u32| c / FEATURES_PER_BASE;
    let one = blocks(named.start) == blocks(named.end - 1);
    let sixteens = if external && !one { CUT * u64::from(units / PACKET_WORDS as u32) } else { 0 };
    let batch = u64::from(units);
    let flits = count(named.map(base)) + cuts(batch, fifo) + sixteens;
    Load { words: batch, flits }
}

/// The input unit's map, row by row.
fn image(program: &Program, hrc: &HrcRecord, route: &Route, device: &Device) -> Load {
    let map = program.output_maps[usize::from(hrc.output_map.0)].map;
    let shared = Rows { first: route.rows.first, end: route.rows.end.min(map.height) };
    if shared.is_empty() {
        return Load::default();
    }
    let group = *device.timing.hrc.filters_per_group;
    let potentials = hrc.activation == Activation::Potentials;
    let [across, down] = match hrc.pooling {
        Pooling::Max { x, y } => [last_windows(x, hrc.x.outputs), last_windows(y, hrc.y.outputs)],
        Pooling::None | Pooling::GlobalSum => [1, 1],
    };
    let named = route.channel_base..route.channel_base + hrc.filters;
    let block = |c: u32| c / FEATURES_PER_BASE;
    let row_words = u64::from(map.width) * u64::from(hrc.filters);
    let one_base = !potentials && down == 1 && block(named.start) == block(named.end - 1);
    let row = (0..map.width).flat_map(|x| named.clone().map(move |c| (x, c)));
    let row = match one_base {
        true => count(row.map(|(x, _)| (x / COLUMNS_PER_BASE, 0, 0))),
        false => count(row.map(|(x, c)| (x, (c - named.start) / group, block(c)))),
    };
    let sixteens = match one_base && map.width <= COLUMNS_PER_BASE {
        true => 0,
        false => CUT * u64::from(down) * row_words.div_ceil(PACKET_WORDS as u64),
    };
    let step = u64::from(group) * u64::from(across) * u64::from(down) + PACKET_WORDS as u64 - 1;
    let steps = u64::from(map.width) * u64::from(hrc.filters.div_ceil(group));
    let rows = u64::from(shared.len());
    Load {
        words: rows * row_words,
        flits: rows * (row + sixteens + steps * cuts(step, *device.np.fifo_events)),
    }
}

/// How many columns of a convolution's output leave with each scan of an input map of `width` columns, as far as any do: a column with the scan of the
/// centre of its window, a pooled one with that of its last column.
fn batches(c: &Convolution, width: u32) -> Vec<u32> {
    let border = i64::from(width) - 1;
    let scan = |column: i64| {
        let centre = column * i64::from(c.x.stride) - i64::from(c.x.pad) + i64::from(c.x.size - 1) / 2;
        centre.clamp(0, border.max(0))
    };
    let scans: Vec<i64> = match c.pooling {
        Pooling::None => (0..c.x.outputs).map(|column| scan(column.into())).collect(),
        Pooling::Max { x, .. } => {
            (0..x.outputs).map(|window| scan((end_of(x, window, c.x.outputs) - 1).max(0))).collect()
        }
        Pooling::GlobalSum => vec![border],
    };
    scans.chunk_by(|a, b| a == b).map(|together| together.len() as u32).collect()
}

/// One past the last of `positions` positions that a window covers.
fn end_of(axis: Axis, window: u32, positions: u32) -> i64 {
    let end = i64::from(window) * i64::from(axis.stride) - i64::from(axis.pad) + i64::from(axis.size);
    end.clamp(0, positions.into())
}

/// Windows that end with the last of `positions` positions.
fn last_windows(pool: Axis, positions: u32) -> u32 {
    let last = |window: u32| end_of(pool, window, positions);
    let end = last(pool.outputs.saturating_sub(1));
    (0..pool.outputs).rev().take_while(|&window| last(window) == end).count().max(1) as u32
}
