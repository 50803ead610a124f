//! Whether a device holds a program: asked before memory images are unpacked, and again before a program runs.
//!
//! The simulator keeps a weight in two bytes, filled up to whole rows of filters, and all potentials of a frame. So the memory of the host is bounded
//! by what is checked here: by the memory of the NPs, by the file where weights lie outside of them, and by [`MAX_POTENTIALS`] and [`MAX_VALUES`].

use spikemesh_isa::memory::{Layout, packed_len};
use spikemesh_isa::packet::{PACKET_WORDS, flits};
use spikemesh_isa::{HrcRecord, NpRecord, Operation, PackedProgram, Pass, Program, Route};

use super::error::Error;
use super::limits::{FREE_WEIGHTS, MAX_POTENTIALS, MAX_VALUES, WEIGHTS_PER_BYTE};
use crate::unit::arithmetic::convolution::convolution_rows;
use crate::unit::arithmetic::padded;
use spikemesh_device::network::Multicast;
use spikemesh_device::{Device, Unit};

/// Unpacks the memory images of a program that a device holds.
///
/// # Errors
/// Whatever the program asks for that the device does not have, before anything is unpacked; damage of the images.
pub fn unpack(packed: PackedProgram<'_>, device: &Device) -> Result<Program, Vec<Error>> {
    packed.unpack(|packed| {
        let program = packed.records();
        let mut errors = Vec::new();
        made_for(program, device, &mut errors);
        held(program, device, &mut errors);
        let found = program.passes.iter().map(weights).sum::<u64>();
        let room = packed.file_bytes() + u64::from(device.nps()) * u64::from(*device.np.memory_bytes);
        let limit = FREE_WEIGHTS + WEIGHTS_PER_BYTE * room;
        if found > limit {
            // Zeros pack to nothing.
            errors.push(if program.weights_set { Error::Weights { found, limit } } else { Error::NoWeights });
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    })
}

/// The program was made for this device.
pub(super) fn made_for(program: &Program, device: &Device, errors: &mut Vec<Error>) {
    if program.device != device.name {
        errors.push(Error::Device { program: program.device.clone(), device: device.name.clone() });
    }
}

/// Routers fork the packets of joined routes, and these fit the buffers.
pub(super) fn forked(program: &Program, device: &Device, errors: &mut Vec<Error>) {
    let (flits, depth) = (flits(PACKET_WORDS), *device.network.vc_buf_size);
    let forks = *device.network.multicast == Multicast::Tree && flits <= usize::from(depth);
    let joins = |routes: &[Route]| routes.iter().any(|route| route.joined);
    for (pass, records) in program.passes.iter().enumerate() {
        let sources = records.sources.iter().map(|source| &source.routes);
        let units = records.hrc.iter().map(|hrc| &hrc.routes).chain(sources);
        let mut routes = units.chain(records.nps.iter().map(|np| &np.routes));
        if !forks && routes.any(|routes| joins(routes)) {
            let multicast = *device.network.multicast;
            errors.push(Error::Trees { pass, multicast, depth, flits });
        }
    }
}

/// Every NP exists and holds its record; what frames take is within the limits of the host.
pub(super) fn held(program: &Program, device: &Device, errors: &mut Vec<Error>) {
    for (index, pass) in program.passes.iter().enumerate() {
        for record in &pass.nps {
            if u32::from(record.np.0) >= device.nps() {
                errors.push(Error::NpMissing { pass: index, np: record.np.0, nps: device.nps() });
                continue;
            }
            if device.is_disabled(record.np.0) {
                let np = device.floorplan().name(Unit::Np(record.np.0));
                errors.push(Error::NpDisabled { pass: index, np });
            }
            let (bytes, limit) = (np_bytes(record, device), u64::from(*device.np.memory_bytes));
            if bytes > limit {
                let np = device.floorplan().name(Unit::Np(record.np.0));
                errors.push(Error::NpMemory { pass: index, np, bytes, limit });
            }
        }
        let potentials = potentials(pass);
        if potentials > MAX_POTENTIALS {
            errors.push(Error::Potentials { pass: index, found: potentials });
        }
    }
    let maps = program.output_maps.iter().map(|output_map| output_map.map);
    let values: u64 =
        maps.chain(program.buffers.iter().map(|buffer| buffer.map)).map(|map| map.len() as u64).sum();
    if values > MAX_VALUES {
        errors.push(Error::Values { found: values });
    }
}

/// Bytes that a record takes of its NP's memory, at least: weights on chip, rows of the input maps, thresholds, output FIFO. The compiler rounds
/// weights up to full filter groups and adds potentials.
fn np_bytes(record: &NpRecord, device: &Device) -> u64 {
    let (np, input, layout) = (&device.np, &record.input, Layout::of_np(record));
    let external = matches!(record.operation, Operation::FullyConnected(fc) if fc.external);
    let weights = if external { 0 } else { (layout.weight_bytes() as u64).saturating_sub(unreached(record)) };
    let cells = input.map.width as usize * input.rows.len() as usize * input.map.channels as usize;
    let map = packed_len(cells, input.bits);
    let thresholds = layout.thresholds as u64 * u64::from(*np.threshold_bytes);
    let fifo = u64::from(device.fifo_events(record.np.0)) * u64::from(*np.event_bytes);
    weights + map as u64 * u64::from(*np.input_maps) + thresholds + fifo
}

/// Bytes of depthwise weights whose rows no window can reach: of a map of h rows a kernel meets 2 h - 1 rows at most, and only these are kept.
fn unreached(record: &NpRecord) -> u64 {
    match &record.operation {
        Operation::Convolution(c) if c.separable => {
            let kept = c.y.size.min((2 * record.input.map.height).saturating_sub(1));
            let taps = u64::from(c.x.size) * u64::from(c.y.size - kept);
            (taps * u64::from(record.input.map.channels) * u64::from(c.weight_bits)).div_ceil(8)
        }
        _ => 0,
    }
}

/// Weights of a pass as the simulator keeps them.
fn weights(pass: &Pass) -> u64 {
    let rows = |layout: &Layout, filters: u32| {
        let filters = filters.max(1) as usize;
        // The weights of a depthwise convolution have no filters; those of any other are rows of filters.
        let (plain, rows) =
            if layout.pointwise > 0 { (layout.weights, layout.pointwise) } else { (0, layout.weights) };
        (plain + rows / filters * padded(filters)) as u64
    };
    let hrc = pass.hrc.iter().map(|hrc| rows(&Layout::of_hrc(hrc), hrc.filters));
    hrc.chain(pass.nps.iter().map(|np| rows(&Layout::of_np(np), filters(np)))).sum()
}

/// Potentials of a frame as the simulator keeps them: before pooling, filled up to whole rows of filters.
fn potentials(pass: &Pass) -> u64 {
    let filled = |filters: u32| padded(filters as usize) as u64;
    let hrc = |hrc: &HrcRecord| u64::from(hrc.x.outputs) * u64::from(hrc.y.outputs) * filled(hrc.filters);
    let np = |np: &NpRecord| match &np.operation {
        Operation::FullyConnected(fc) => filled(fc.units),
        Operation::Convolution(c) => {
            let rows = u64::from(convolution_rows(c).len());
            u64::from(c.x.outputs) * rows * filled(c.filters)
        }
    };
    pass.hrc.iter().map(hrc).chain(pass.nps.iter().map(np)).sum()
}

fn filters(record: &NpRecord) -> u32 {
    match &record.operation {
        Operation::Convolution(c) => c.filters,
        Operation::FullyConnected(fc) => fc.units,
    }
}
