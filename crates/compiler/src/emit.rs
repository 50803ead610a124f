//! Writes the program: records, memory images, output maps and buffers.

use crate::data_flow::DataFlow;
use crate::partition::{Partition, UnitKind};
use crate::placement::Placement;
use crate::tiling::Slice;

use spikemesh_isa::memory::pack_image;
use spikemesh_isa::{
    Activation, Axis, Buffer, Convolution, FullyConnected, HrcRecord, MapShape, NpRecord, Operation, Output,
    OutputMap, OutputMapId, Pass, Pooling, Program, Route, SinkRecord, SourceRecord, Window,
};
use spikemesh_model::{Dims, InputConvolutional, Layer, LayerId, LayerKind, Parameters, PoolingType, Span};
use spikemesh_stop::{Stop, Stopped};

/// Writes a placed partition and its data flow as a program. Without weights it holds zeros and says so.
///
/// # Errors
/// The stop flag is set.
pub fn emit(
    name: &str,
    device: &str,
    layers: &[Layer],
    partition: &Partition,
    placement: &Placement,
    data_flow: &DataFlow,
    stop: &Stop,
) -> Result<Program, Stopped> {
    let computed = |id: usize| partition.layers[id].kind != UnitKind::EventDma;
    let mut output_maps = Vec::new();
    let mut output_map_of = vec![OutputMapId(0); layers.len()];
    for (id, layer) in layers.iter().enumerate().filter(|&(id, _)| computed(id)) {
        output_map_of[id] = OutputMapId(output_maps.len() as u16);
        output_maps.push(OutputMap {
            name: layer.name.clone(),
            map: map(layer.shape.output),
            potentials: layer.output_bits().is_none(),
        });
    }
    let buffers = data_flow.buffers.iter().map(|id| buffer(&layers[id.0])).collect();
    let input =
        data_flow.buffers.iter().position(|id| !computed(id.0)).map(|i| spikemesh_isa::BufferId(i as u16));
    let passes = data_flow
        .passes
        .iter()
        .map(|flows| {
            let mut pass = Pass {
                sources: flows
                    .sources
                    .iter()
                    .map(|(buffer, routes)| SourceRecord { buffer: *buffer, routes: routes.clone() })
                    .collect(),
                sinks: flows
                    .sinks
                    .iter()
                    .map(|&(buffer, producers)| SinkRecord { buffer, producers })
                    .collect(),
                ..Pass::default()
            };
            for &(LayerId(id), ref routes) in &flows.layers {
                let layer = &layers[id];
                if let Parameters::InputConvolutional(parameters) = &layer.parameters {
                    pass.hrc = Some(hrc_record(layer, parameters, output_map_of[id], routes));
                    continue;
                }
                for (slice, &np) in partition.layers[id].slices.iter().zip(&placement.nps[id]) {
                    stop.check()?;
                    pass.nps.push(NpRecord {
                        np,
                        output_map: output_map_of[id],
                        input: Window {
                            map: map(layer.shape.input),
                            rows: slice.rows.window,
                            own: slice.rows.own,
                            bits: layer.input_bits,
                        },
                        producers: data_flow.producers[id],
                        operation: operation(layer, slice, partition.layers[id].external),
                        activation: activation(layer),
                        routes: routes.clone(),
                        memory: image(layer, slice.first_filter, slice.filters),
                    });
                }
            }
            pass.nps.sort_by_key(|record| record.np);
            Ok(pass)
        })
        .collect::<Result<_, Stopped>>()?;
    Ok(Program {
        name: name.to_owned(),
        device: device.to_owned(),
        weights_set: layers.iter().enumerate().all(|(id, l)| !computed(id) || l.variables.weights_set),
        output_maps,
        buffers,
        input,
        outputs: data_flow
            .outputs
            .iter()
            .map(|&(LayerId(id), buffer)| Output { output_map: output_map_of[id], buffer })
            .collect(),
        passes,
    })
}

fn map(dims: Dims) -> MapShape {
    MapShape { width: dims.width, height: dims.height, channels: dims.channels }
}

fn buffer(layer: &Layer) -> Buffer {
    Buffer {
        map: map(layer.shape.output),
        potentials: layer.output_bits().is_none(),
        bits: layer.output_bits().unwrap_or(0),
    }
}

fn axis(span: Span) -> Axis {
    Axis { size: span.size, stride: span.stride, pad: span.pad, outputs: span.outputs }
}

fn activation(layer: &Layer) -> Activation {
    layer.output_bits().map_or(Activation::Potentials, |bits| Activation::Levels { bits })
}

fn pooling(layer: &Layer) -> Pooling {
    match (layer.parameters.pooling(), layer.shape.pooling) {
        (Some(p), Some([x, y])) => match p.pooling_type {
            PoolingType::NoPooling => Pooling::None,
            PoolingType::Max => Pooling::Max { x: axis(x), y: axis(y) },
            PoolingType::Average => Pooling::GlobalSum,
        },
        _ => Pooling::None,
    }
}

fn operation(layer: &Layer, slice: &Slice, external: bool) -> Operation {
    let weight_bits = layer.parameters.weights_bits().unwrap_or(0);
    match layer.shape.kernel {
        Some([x, y]) => Operation::Convolution(Convolution {
            separable: layer.kind() == LayerKind::SeparableConvolutional,
            x: axis(x),
            y: axis(y),
            pooling: pooling(layer),
            first_filter: slice.first_filter,
            filters: slice.filters,
            output_rows: slice.rows.outputs,
            weight_bits,
        }),
        None => Operation::FullyConnected(FullyConnected { units: slice.filters, weight_bits, external }),
    }
}

fn hrc_record(
    layer: &Layer,
    parameters: &InputConvolutional,
    output_map: OutputMapId,
    routes: &[Route],
) -> HrcRecord {
    let [x, y] = layer.shape.kernel.map_or_else(
        || {
            // An image layer always has a kernel; one tap per position stands for none.
            let identity = |outputs| Axis { size: 1, stride: 1, pad: 0, outputs };
            [identity(layer.shape.output.width), identity(layer.shape.output.height)]
        },
        |spans| spans.map(axis),
    );
    HrcRecord {
        output_map,
        image: map(layer.shape.input),
        padding_value: parameters.padding_value,
        x,
        y,
        pooling: pooling(layer),
        filters: layer.shape.output.channels,
        weight_bits: parameters.convolution.weights_bits,
        activation: activation(layer),
        routes: routes.to_vec(),
        memory: image(layer, 0, layer.shape.output.channels),
    }
}

/// The memory image of `filters` filters of a layer.
fn image(layer: &Layer, first: u32, filters: u32) -> Vec<u8> {
    let variables = &layer.variables;
    let neurons = layer.shape.output.channels as usize;
    let range = first as usize..(first + filters) as usize;
    let bits = layer.parameters.weights_bits().unwrap_or(1);
    let (thresholds, steps) = match layer.output_bits() {
        Some(_) => (&variables.threshold_fire[range.clone()], &variables.threshold_fire_step[range.clone()]),
        None => (&[][..], &[][..]),
    };
    let (of_all, of_filters): (&[i8], &[i8]) = match layer.parameters {
        Parameters::SeparableConvolutional(_) => (&variables.weights, &variables.weights_pw),
        _ => (&[], &variables.weights),
    };
    if range.len() == neurons {
        return pack_image([of_all, of_filters], thresholds, steps, bits);
    }
    let mut part = Vec::with_capacity(of_filters.len() / neurons.max(1) * range.len());
    of_filters.chunks_exact(neurons).for_each(|row| part.extend_from_slice(&row[range.clone()]));
    pack_image([of_all, &part], thresholds, steps, bits)
}
