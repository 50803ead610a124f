//! The origin of the packets in an `.spt` file.

use flatbuffers::FlatBufferBuilder;

use super::generated as fb;
use crate::trace::origin::{Origin, OriginDevice, TraceMesh, TraceUnit};
use spikemesh_device::network::Routing;

/// The ways by number.
const ROUTINGS: [Routing; 3] = [Routing::Xy, Routing::Yx, Routing::O1Turn];

/// The body of an origin; nothing if nothing is known.
pub(super) fn encode(origin: &Origin) -> Vec<u8> {
    if *origin == Origin::default() {
        return Vec::new();
    }
    let mut builder = FlatBufferBuilder::new();
    let Origin { device, model, units, mesh } = origin;
    let [name, sha256] = [device.as_ref().map(|d| &d.name), device.as_ref().map(|d| &d.sha256)];
    let [device, device_sha256, model] =
        [name, sha256, model.as_ref()].map(|text| text.map(|text| builder.create_string(text)));
    let units: Vec<_> = units
        .iter()
        .map(|TraceUnit { terminal, name, layer }| {
            let name = Some(builder.create_string(name));
            let layer = layer.as_ref().map(|layer| builder.create_shared_string(layer));
            fb::TraceUnit::create(&mut builder, &fb::TraceUnitArgs { terminal: *terminal, name, layer })
        })
        .collect();
    let units = Some(builder.create_vector(&units));
    let mesh = mesh.as_ref().map(|TraceMesh { columns, rows, locals, routing }| {
        let locals = Some(builder.create_vector(locals));
        let number = |way| ROUTINGS.iter().position(|&of| of == way).unwrap_or_default() as u8;
        let routing: Vec<u8> = routing.iter().map(|&way| number(way)).collect();
        let routing = Some(builder.create_vector(&routing));
        let (columns, rows) = (*columns, *rows);
        fb::TraceMesh::create(&mut builder, &fb::TraceMeshArgs { columns, rows, locals, routing })
    });
    let origin = fb::OriginArgs { device, device_sha256, model, units, mesh };
    let origin = Some(fb::Origin::create(&mut builder, &origin));
    let block = fb::Block::create(&mut builder, &fb::BlockArgs { origin, ..Default::default() });
    fb::finish_block_buffer(&mut builder, block);
    builder.finished_data().to_vec()
}

/// The origin of a body.
///
/// # Errors
/// What is wrong with it.
pub(super) fn decode(body: &[u8]) -> Result<Origin, &'static str> {
    if body.is_empty() {
        return Ok(Origin::default());
    }
    let block = fb::root_as_block(body).map_err(|_| "its origin breaks the schema")?;
    let origin = block.origin().ok_or("its origin is none")?;
    let text = |text: Option<&str>| text.map(str::to_owned);
    let device = text(origin.device());
    let device =
        device.map(|name| OriginDevice { name, sha256: text(origin.device_sha256()).unwrap_or_default() });
    let mesh = origin.mesh().map(mesh).transpose()?;
    let terminals = mesh.as_ref().map_or(u32::MAX, TraceMesh::terminals);
    let unit = |unit: fb::TraceUnit<'_>| {
        let name = text(unit.name()).ok_or("its origin has a unit without a name")?;
        if unit.terminal() >= terminals {
            return Err("its origin has a unit outside of the mesh");
        }
        Ok(TraceUnit { terminal: unit.terminal(), name, layer: text(unit.layer()) })
    };
    let units = origin.units().into_iter().flatten().map(unit).collect::<Result<_, _>>()?;
    Ok(Origin { device, model: text(origin.model()), units, mesh })
}

fn mesh(mesh: fb::TraceMesh<'_>) -> Result<TraceMesh, &'static str> {
    let (columns, rows) = (mesh.columns(), mesh.rows());
    let locals: Vec<u16> = mesh.locals().into_iter().flatten().collect();
    let routing: Option<Vec<Routing>> = mesh
        .routing()
        .into_iter()
        .flatten()
        .map(|number| ROUTINGS.get(usize::from(number)).copied())
        .collect();
    let routing = routing.ok_or("its origin has a way that is none")?;
    let mesh = TraceMesh { columns, rows, locals, routing };
    mesh.config().map(|_| mesh).ok_or("its origin has a mesh that is none")
}
