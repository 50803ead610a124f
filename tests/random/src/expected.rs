//! What every unit must send and receive: counted from the routes of a program and the maps of the engine, without the mesh.

use std::collections::BTreeMap;

use spikemesh::device::{Floorplan, Unit};
use spikemesh::engine::{LayerMap, MapValues};
use spikemesh::isa::{BufferId, Operation, Pass, Program, Route, Rows, Target};
use spikemesh::model::Model;
use spikemesh::noc::TerminalId;

/// The traffic of one pass.
pub struct PassTraffic {
    /// Values received, by unit and frame; not those of sources and of the input unit, which come from the host.
    pub received: Vec<Vec<u64>>,
    /// Copies sent, by unit and frame.
    pub copies: Vec<Vec<u64>>,
    /// True for units whose values come from other units.
    pub takes: Vec<bool>,
    /// Markers to each terminal in a frame: one for each route to it.
    pub markers: BTreeMap<TerminalId, u64>,
    /// Tokens to each terminal in a frame: one for each route from it.
    pub tokens: BTreeMap<TerminalId, u64>,
}

/// A unit that sends: its part of a layer's map, and its routes.
struct Producer<'a> {
    unit: Unit,
    layer: usize,
    rows: Rows,
    /// First channel, and number of channels.
    channels: (u32, u32),
    routes: &'a [Route],
}

/// The traffic of every pass of a program that was compiled from a model; `frames` are the engine's maps of each frame.
///
/// # Errors
/// A map of the program that no layer has.
pub fn traffic(
    program: &Program,
    model: &Model,
    floorplan: &Floorplan,
    frames: &[Vec<LayerMap>],
) -> Result<Vec<PassTraffic>, String> {
    let layer = |name: &str| {
        model.layer_by_name(name).map(|id| id.0).ok_or_else(|| format!("no layer has the name `{name}`"))
    };
    let mut of_buffer: BTreeMap<BufferId, usize> = BTreeMap::new();
    // The input buffer holds the first layer's map.
    of_buffer.extend(program.input.map(|buffer| (buffer, 0)));
    let mut passes = Vec::new();
    for pass in &program.passes {
        let output_map = |index: u16| layer(&program.output_maps[usize::from(index)].name);
        let mut producers = Vec::new();
        if let Some(hrc) = &pass.hrc {
            producers.push(Producer {
                unit: Unit::Hrc,
                ..whole(model, output_map(hrc.output_map.0)?, &hrc.routes)
            });
        }
        for source in &pass.sources {
            let layer = *of_buffer
                .get(&source.buffer)
                .ok_or_else(|| format!("buffer {} is read before it is written", source.buffer.0))?;
            producers.push(Producer {
                unit: Unit::Source(source.buffer.0),
                ..whole(model, layer, &source.routes)
            });
        }
        for np in &pass.nps {
            let layer = output_map(np.output_map.0)?;
            let (rows, channels) = match np.operation {
                Operation::Convolution(c) => (c.output_rows, (c.first_filter, c.filters)),
                Operation::FullyConnected(fc) => (Rows { first: 0, end: 1 }, (0, fc.units)),
            };
            producers.push(Producer { unit: Unit::Np(np.np.0), layer, rows, channels, routes: &np.routes });
        }
        for producer in &producers {
            for route in producer.routes {
                if let Target::Sink(buffer) = route.target {
                    of_buffer.insert(buffer, producer.layer);
                }
            }
        }
        passes.push(of_pass(pass, model, floorplan, &producers, frames)?);
    }
    Ok(passes)
}

/// A producer of the whole map of a layer.
fn whole<'a>(model: &Model, layer: usize, routes: &'a [Route]) -> Producer<'a> {
    let dims = model.layers()[layer].shape.output;
    Producer {
        unit: Unit::Hrc,
        layer,
        rows: Rows { first: 0, end: dims.height },
        channels: (0, dims.channels),
        routes,
    }
}

fn of_pass(
    pass: &Pass,
    model: &Model,
    floorplan: &Floorplan,
    producers: &[Producer<'_>],
    frames: &[Vec<LayerMap>],
) -> Result<PassTraffic, String> {
    let first_np = producers.len() - pass.nps.len();
    let units = producers.len() + pass.sinks.len();
    let mut traffic = PassTraffic {
        received: vec![vec![0; frames.len()]; units],
        copies: vec![vec![0; frames.len()]; units],
        takes: (0..units).map(|unit| unit >= first_np).collect(),
        markers: BTreeMap::new(),
        tokens: BTreeMap::new(),
    };
    for (from, producer) in producers.iter().enumerate() {
        for route in producer.routes {
            let (to, target) = match route.target {
                Target::Np(np) => (pass.np_index(np).map(|index| first_np + index), Unit::Np(np.0)),
                Target::Sink(buffer) => {
                    let sink = pass.sinks.iter().position(|sink| sink.buffer == buffer);
                    (sink.map(|index| producers.len() + index), Unit::Sink(buffer.0))
                }
            };
            let to = to
                .ok_or_else(|| format!("a route leads to {}, which has no record", floorplan.name(target)))?;
            for (frame, maps) in frames.iter().enumerate() {
                let copies = values(model, &maps[producer.layer], producer, route.rows);
                // A tree is sent once.
                traffic.copies[from][frame] += if route.joined { 0 } else { copies };
                traffic.received[to][frame] += copies;
            }
            *traffic.markers.entry(floorplan.terminal(target)).or_default() += 1;
            *traffic.tokens.entry(floorplan.terminal(producer.unit)).or_default() += 1;
        }
    }
    Ok(traffic)
}

/// Values of a producer's part of a map that lie in some rows: events, or all potentials.
fn values(model: &Model, map: &LayerMap, producer: &Producer<'_>, rows: Rows) -> u64 {
    let dims = model.layers()[producer.layer].shape.output;
    let (first, last) = (rows.first.max(producer.rows.first), rows.end.min(producer.rows.end));
    let mut count = 0;
    for x in 0..dims.width {
        for y in first..last {
            let position = ((x * dims.height + y) * dims.channels) as usize;
            let channels = position + producer.channels.0 as usize
                ..position + (producer.channels.0 + producer.channels.1) as usize;
            count += match &map.values {
                MapValues::Levels(levels) => levels[channels].iter().filter(|&&level| level > 0).count(),
                MapValues::Potentials(potentials) => potentials[channels].len(),
            };
        }
    }
    count as u64
}
