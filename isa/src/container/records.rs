//! A program as a FlatBuffers table and a string of memory images, and back.

use super::limits::MAX_RECORDS;
use crate::error::{Error, FileError};
use crate::generated as fbs;
use crate::id::{BufferId, NpId, OutputMapId};
use crate::place::{Place, Unit};
use crate::program::{Buffer, Output, OutputMap, Pass, Program};
use crate::record::{
    Activation, Axis, Convolution, FullyConnected, HrcRecord, NpRecord, Operation, Pooling, Route,
    SinkRecord, SourceRecord, Target, Window,
};
use crate::shape::{MapShape, Rows};
use flatbuffers::{FlatBufferBuilder, UnionWIPOffset, Vector, VerifierOptions, WIPOffset};

/// Tables in the records; each NP takes two or three.
const MAX_TABLES: usize = 1 << 18;
/// A program's deepest table, a pooling, is the fifth.
const MAX_DEPTH: usize = 8;

type Builder<'a> = FlatBufferBuilder<'a>;

/// The records and the memory images of a program.
pub fn encode(program: &Program) -> (Vec<u8>, Vec<u8>) {
    let (mut b, mut memory) = (Builder::new(), Vec::new());
    let groups: Vec<_> = program
        .output_maps
        .iter()
        .map(|g| {
            let name = Some(b.create_string(&g.name));
            let args = fbs::GroupArgs { name, map: Some(&put_map(&g.map)), potentials: g.potentials };
            fbs::Group::create(&mut b, &args)
        })
        .collect();
    let buffers: Vec<_> = program
        .buffers
        .iter()
        .map(|u| {
            let args =
                fbs::BufferArgs { map: Some(&put_map(&u.map)), potentials: u.potentials, bits: u.bits };
            fbs::Buffer::create(&mut b, &args)
        })
        .collect();
    let outputs: Vec<_> =
        program.outputs.iter().map(|o| fbs::Output::new(o.output_map.0, o.buffer.0)).collect();
    let passes: Vec<_> = program.passes.iter().map(|p| put_pass(&mut b, p, &mut memory)).collect();
    let args = fbs::ProgramArgs {
        name: Some(b.create_string(&program.name)),
        device: Some(b.create_string(&program.device)),
        weights_set: program.weights_set,
        groups: Some(b.create_vector(&groups)),
        buffers: Some(b.create_vector(&buffers)),
        input: program.input.map(|i| i.0),
        outputs: Some(b.create_vector(&outputs)),
        passes: Some(b.create_vector(&passes)),
    };
    let root = fbs::Program::create(&mut b, &args);
    fbs::finish_program_buffer(&mut b, root);
    (b.finished_data().to_vec(), memory)
}

fn put_pass<'a>(b: &mut Builder<'a>, pass: &Pass, memory: &mut Vec<u8>) -> WIPOffset<fbs::Pass<'a>> {
    let hrc = pass.hrc.as_ref().map(|h| put_hrc(b, h, memory));
    let sources: Vec<_> = pass
        .sources
        .iter()
        .map(|s| {
            let routes = Some(put_routes(b, &s.routes));
            fbs::SourceRecord::create(b, &fbs::SourceRecordArgs { buffer: s.buffer.0, routes })
        })
        .collect();
    let nps: Vec<_> = pass.nps.iter().map(|np| put_np(b, np, memory)).collect();
    let sinks: Vec<_> = pass.sinks.iter().map(|s| fbs::SinkRecord::new(s.producers, s.buffer.0)).collect();
    let args = fbs::PassArgs {
        hrc,
        sources: Some(b.create_vector(&sources)),
        nps: Some(b.create_vector(&nps)),
        sinks: Some(b.create_vector(&sinks)),
    };
    fbs::Pass::create(b, &args)
}

fn put_hrc<'a>(b: &mut Builder<'a>, hrc: &HrcRecord, memory: &mut Vec<u8>) -> WIPOffset<fbs::HrcRecord<'a>> {
    let (pooling_type, pooling) = put_pooling(b, &hrc.pooling);
    let args = fbs::HrcRecordArgs {
        group: hrc.output_map.0,
        image: Some(&put_map(&hrc.image)),
        padding_value: hrc.padding_value,
        x: Some(&put_axis(&hrc.x)),
        y: Some(&put_axis(&hrc.y)),
        pooling_type,
        pooling,
        filters: hrc.filters,
        weight_bits: hrc.weight_bits,
        level_bits: put_activation(hrc.activation),
        routes: Some(put_routes(b, &hrc.routes)),
        memory: Some(&put_memory(memory, &hrc.memory)),
    };
    fbs::HrcRecord::create(b, &args)
}

fn put_np<'a>(b: &mut Builder<'a>, np: &NpRecord, memory: &mut Vec<u8>) -> WIPOffset<fbs::NpRecord<'a>> {
    let (operation_type, operation) = match &np.operation {
        Operation::Convolution(c) => {
            let (pooling_type, pooling) = put_pooling(b, &c.pooling);
            let args = fbs::ConvolutionArgs {
                separable: c.separable,
                x: Some(&put_axis(&c.x)),
                y: Some(&put_axis(&c.y)),
                pooling_type,
                pooling,
                first_filter: c.first_filter,
                filters: c.filters,
                output_rows: Some(&put_rows(&c.output_rows)),
                weight_bits: c.weight_bits,
            };
            (fbs::Operation::Convolution, fbs::Convolution::create(b, &args).as_union_value())
        }
        Operation::FullyConnected(f) => {
            let args =
                fbs::FullyConnectedArgs { units: f.units, weight_bits: f.weight_bits, external: f.external };
            (fbs::Operation::FullyConnected, fbs::FullyConnected::create(b, &args).as_union_value())
        }
    };
    let args = fbs::NpRecordArgs {
        np: np.np.0,
        group: np.output_map.0,
        map: Some(&put_map(&np.input.map)),
        rows: Some(&put_rows(&np.input.rows)),
        own: Some(&put_rows(&np.input.own)),
        bits: np.input.bits,
        producers: np.producers,
        operation_type,
        operation: Some(operation),
        level_bits: put_activation(np.activation),
        routes: Some(put_routes(b, &np.routes)),
        memory: Some(&put_memory(memory, &np.memory)),
    };
    fbs::NpRecord::create(b, &args)
}

fn put_pooling(b: &mut Builder<'_>, pooling: &Pooling) -> (fbs::Pooling, Option<WIPOffset<UnionWIPOffset>>) {
    match pooling {
        Pooling::None => (fbs::Pooling::NONE, None),
        Pooling::Max { x, y } => {
            let args = fbs::MaxPoolingArgs { x: Some(&put_axis(x)), y: Some(&put_axis(y)) };
            (fbs::Pooling::MaxPooling, Some(fbs::MaxPooling::create(b, &args).as_union_value()))
        }
        Pooling::GlobalSum => {
            let sum = fbs::GlobalSum::create(b, &fbs::GlobalSumArgs {});
            (fbs::Pooling::GlobalSum, Some(sum.as_union_value()))
        }
    }
}

fn put_routes<'a>(b: &mut Builder<'a>, routes: &[Route]) -> WIPOffset<Vector<'a, fbs::Route>> {
    let routes: Vec<_> = routes
        .iter()
        .map(|r| {
            let (kind, target) = match r.target {
                Target::Np(np) => (fbs::TargetKind::Np, np.0),
                Target::Sink(buffer) => (fbs::TargetKind::Sink, buffer.0),
            };
            fbs::Route::new(&put_rows(&r.rows), r.row_base, r.channel_base, target, kind, r.joined)
        })
        .collect();
    b.create_vector(&routes)
}

fn put_memory(memory: &mut Vec<u8>, image: &[u8]) -> fbs::Span {
    let span = fbs::Span::new(memory.len() as u64, image.len() as u64);
    memory.extend(image);
    span
}

fn put_activation(activation: Activation) -> Option<u8> {
    match activation {
        Activation::Levels { bits } => Some(bits),
        Activation::Potentials => None,
    }
}

fn put_map(map: &MapShape) -> fbs::MapShape {
    fbs::MapShape::new(map.width, map.height, map.channels)
}

fn put_rows(rows: &Rows) -> fbs::Rows {
    fbs::Rows::new(rows.first, rows.end)
}

fn put_axis(axis: &Axis) -> fbs::Axis {
    fbs::Axis::new(axis.size, axis.stride, axis.pad, axis.outputs)
}

/// Records that are well-formed and account for every byte of the memory section, in the order of the records.
pub struct Records<'a>(fbs::Program<'a>);

impl<'a> Records<'a> {
    /// Checks the section's bytes; `memory` is the length of the memory section.
    pub fn check(bytes: &'a [u8], memory: u64) -> Result<Records<'a>, FileError> {
        if !flatbuffers_identifier(bytes) {
            return Err(FileError::Records { reason: "the file identifier is missing".into() });
        }
        let options = VerifierOptions {
            max_depth: MAX_DEPTH,
            max_tables: MAX_TABLES,
            max_apparent_size: MAX_RECORDS as usize,
            ..VerifierOptions::default()
        };
        let root = fbs::root_as_program_with_opts(&options, bytes)
            .map_err(|e| FileError::Records { reason: e.to_string().trim_end().replace("\n\t", ", ") })?;

        let mut end = 0;
        for (i, pass) in root.passes().iter().enumerate() {
            let hrc = pass.hrc().map(|h| (Unit::Hrc, *h.memory()));
            let nps = pass.nps().iter().map(|np| (Unit::Np(NpId(np.np())), *np.memory()));
            for (unit, span) in hrc.into_iter().chain(nps) {
                let (offset, length) = (span.offset(), span.length());
                if offset != end || length > memory - end {
                    let place = Place::Unit(i, unit);
                    return Err(FileError::MemorySpan {
                        place,
                        offset,
                        length,
                        expected: end,
                        total: memory,
                    });
                }
                end += length;
            }
        }
        if end != memory {
            return Err(FileError::MemorySection { found: memory, expected: end });
        }
        Ok(Records(root))
    }

    /// Bytes of the memory image of each unit that has one, in the order of the records.
    pub fn image_lengths(&self) -> Vec<u64> {
        let pass = |pass: fbs::Pass<'a>| {
            let hrc = pass.hrc().map(|hrc| hrc.memory().length());
            hrc.into_iter().chain(pass.nps().iter().map(|np| np.memory().length())).collect::<Vec<_>>()
        };
        self.0.passes().iter().flat_map(pass).collect()
    }

    /// The program, without memory images.
    pub fn decode(&self) -> Result<Program, Error> {
        let root = &self.0;
        let groups = root.groups().iter().map(|g| OutputMap {
            name: g.name().to_string(),
            map: get_map(g.map()),
            potentials: g.potentials(),
        });
        let buffers = root.buffers().iter().map(|u| Buffer {
            map: get_map(u.map()),
            potentials: u.potentials(),
            bits: u.bits(),
        });
        let outputs = root
            .outputs()
            .iter()
            .map(|o| Output { output_map: OutputMapId(o.group()), buffer: BufferId(o.buffer()) });
        let passes = root.passes().iter().enumerate().map(|(i, p)| get_pass(i, &p));
        Ok(Program {
            name: root.name().to_string(),
            device: root.device().to_string(),
            weights_set: root.weights_set(),
            output_maps: groups.collect(),
            buffers: buffers.collect(),
            input: root.input().map(BufferId),
            outputs: outputs.collect(),
            passes: passes.collect::<Result<_, _>>()?,
        })
    }
}

fn flatbuffers_identifier(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(fbs::PROGRAM_IDENTIFIER.as_bytes())
}

fn get_pass(index: usize, pass: &fbs::Pass<'_>) -> Result<Pass, Error> {
    let sources = pass.sources().iter().enumerate().map(|(i, s)| {
        let routes = get_routes(index, Unit::Source(i), s.routes())?;
        Ok::<_, Error>(SourceRecord { buffer: BufferId(s.buffer()), routes })
    });
    let sinks =
        pass.sinks().iter().map(|s| SinkRecord { buffer: BufferId(s.buffer()), producers: s.producers() });
    Ok(Pass {
        hrc: pass.hrc().map(|h| get_hrc(index, &h)).transpose()?,
        sources: sources.collect::<Result<_, _>>()?,
        nps: pass.nps().iter().map(|np| get_np(index, &np)).collect::<Result<_, _>>()?,
        sinks: sinks.collect(),
    })
}

fn get_hrc(pass: usize, hrc: &fbs::HrcRecord<'_>) -> Result<HrcRecord, Error> {
    let max = hrc.pooling_as_max_pooling();
    Ok(HrcRecord {
        output_map: OutputMapId(hrc.group()),
        image: get_map(hrc.image()),
        padding_value: hrc.padding_value(),
        x: get_axis(hrc.x()),
        y: get_axis(hrc.y()),
        pooling: get_pooling(Place::Unit(pass, Unit::Hrc), hrc.pooling_type(), max)?,
        filters: hrc.filters(),
        weight_bits: hrc.weight_bits(),
        activation: get_activation(hrc.level_bits()),
        routes: get_routes(pass, Unit::Hrc, hrc.routes())?,
        memory: Vec::new(),
    })
}

fn get_np(pass: usize, np: &fbs::NpRecord<'_>) -> Result<NpRecord, Error> {
    let unit = Unit::Np(NpId(np.np()));
    let place = Place::Unit(pass, unit);
    let operation = if let Some(c) = np.operation_as_convolution() {
        Operation::Convolution(Convolution {
            separable: c.separable(),
            x: get_axis(c.x()),
            y: get_axis(c.y()),
            pooling: get_pooling(place, c.pooling_type(), c.pooling_as_max_pooling())?,
            first_filter: c.first_filter(),
            filters: c.filters(),
            output_rows: get_rows(c.output_rows()),
            weight_bits: c.weight_bits(),
        })
    } else if let Some(f) = np.operation_as_fully_connected() {
        Operation::FullyConnected(FullyConnected {
            units: f.units(),
            weight_bits: f.weight_bits(),
            external: f.external(),
        })
    } else {
        return Err(Error::UnknownKind { place, field: "operation", found: np.operation_type().0 });
    };
    Ok(NpRecord {
        np: NpId(np.np()),
        output_map: OutputMapId(np.group()),
        input: Window {
            map: get_map(np.map()),
            rows: get_rows(np.rows()),
            own: get_rows(np.own()),
            bits: np.bits(),
        },
        producers: np.producers(),
        operation,
        activation: get_activation(np.level_bits()),
        routes: get_routes(pass, unit, np.routes())?,
        memory: Vec::new(),
    })
}

fn get_pooling(place: Place, kind: fbs::Pooling, max: Option<fbs::MaxPooling<'_>>) -> Result<Pooling, Error> {
    match (kind, max) {
        (fbs::Pooling::NONE, _) => Ok(Pooling::None),
        (fbs::Pooling::GlobalSum, _) => Ok(Pooling::GlobalSum),
        (_, Some(max)) => Ok(Pooling::Max { x: get_axis(max.x()), y: get_axis(max.y()) }),
        (kind, None) => Err(Error::UnknownKind { place, field: "pooling", found: kind.0 }),
    }
}

fn get_routes(pass: usize, unit: Unit, routes: Vector<'_, fbs::Route>) -> Result<Vec<Route>, Error> {
    let route = |(i, r): (usize, &fbs::Route)| {
        let target = match r.kind() {
            fbs::TargetKind::Np => Target::Np(NpId(r.target())),
            fbs::TargetKind::Sink => Target::Sink(BufferId(r.target())),
            kind => {
                let place = Place::Route(pass, unit, i);
                return Err(Error::UnknownKind { place, field: "target", found: kind.0 });
            }
        };
        Ok(Route {
            target,
            rows: get_rows(r.rows()),
            row_base: r.row_base(),
            channel_base: r.channel_base(),
            joined: r.joined(),
        })
    };
    routes.iter().enumerate().map(route).collect()
}

fn get_activation(level_bits: Option<u8>) -> Activation {
    level_bits.map_or(Activation::Potentials, |bits| Activation::Levels { bits })
}

fn get_map(map: &fbs::MapShape) -> MapShape {
    MapShape { width: map.width(), height: map.height(), channels: map.channels() }
}

fn get_rows(rows: &fbs::Rows) -> Rows {
    Rows { first: rows.first(), end: rows.end() }
}

fn get_axis(axis: &fbs::Axis) -> Axis {
    Axis { size: axis.size(), stride: axis.stride(), pad: axis.pad(), outputs: axis.outputs() }
}
