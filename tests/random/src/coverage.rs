//! What a case tries.

use std::collections::BTreeSet;

use spikemesh::device::{Device, Scale};
use spikemesh::isa::Program;
use spikemesh::model::{LayerKind, Model, PoolingType};
use spikemesh::noc::Routing;

use crate::case::Case;
use crate::limit::Limit;

/// What a mapped case tries, read off its model, device and program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Layers of the model.
    pub layers: usize,
    /// Passes of the program.
    pub passes: usize,
    /// The most NPs of one layer.
    pub nps: usize,
    /// Layers that nothing follows.
    pub outputs: usize,
    /// The limit that it lies within one of.
    pub limit: Option<Limit>,
    /// Other things that it has, by name.
    pub has: BTreeSet<&'static str>,
}

impl Coverage {
    pub(crate) fn new(case: &Case, program: &Program) -> Coverage {
        let nps = (0..program.output_maps.len()).map(|map| {
            let records = program.passes.iter().flat_map(|pass| &pass.nps);
            records.filter(|record| usize::from(record.output_map.0) == map).count()
        });
        let mut has = of_model(&case.model);
        of_device(&case.device, &mut has);
        if has_trees(program) {
            has.insert("trees");
            if *case.device.np.input_maps > 1 {
                has.insert("trees and two input maps");
            }
        }
        Coverage {
            layers: case.model.layers().len(),
            passes: program.passes.len(),
            nps: nps.max().unwrap_or(0),
            outputs: case.model.iter().filter(|(id, _)| case.model.consumers(*id).next().is_none()).count(),
            limit: case.limit,
            has,
        }
    }

    /// The parts of the contract that it counts for.
    pub(crate) fn shares(&self) -> [bool; 5] {
        [
            self.nps >= 2,
            self.has.contains("branch"),
            self.passes >= 2,
            self.limit.is_some(),
            self.outputs >= 2,
        ]
    }
}

fn has_trees(program: &Program) -> bool {
    program.passes.iter().any(|pass| {
        let units = pass.nps.iter().map(|np| &np.routes).chain(pass.hrc.iter().map(|hrc| &hrc.routes));
        let mut routes = units.chain(pass.sources.iter().map(|source| &source.routes)).flatten();
        routes.any(|route| route.joined)
    })
}

fn of_model(model: &Model) -> BTreeSet<&'static str> {
    let mut has = BTreeSet::new();
    for (id, layer) in model.iter() {
        has.insert(match layer.kind() {
            LayerKind::InputData => "events in",
            LayerKind::InputConvolutional => "images in",
            LayerKind::FullyConnected => "fully connected",
            LayerKind::Convolutional => "convolution",
            LayerKind::SeparableConvolutional => "separable",
        });
        if model.consumers(id).count() > 1 {
            has.insert("branch");
        }
        if layer.inbound.len() > 1 {
            has.insert("concatenation");
        }
        if layer.inbound.len() > 1
            && layer.inbound.iter().any(|from| layer.inbound.iter().any(|to| leads(model, from.0, to.0)))
        {
            has.insert("skip");
        }
        match layer.parameters.pooling().map(|pooling| pooling.pooling_type) {
            Some(PoolingType::Max) => _ = has.insert("max pooling"),
            Some(PoolingType::Average) => _ = has.insert("global pooling"),
            Some(PoolingType::NoPooling) | None => {}
        }
        if let (Some([x, y]), false) = (layer.shape.kernel, layer.kind().is_input()) {
            has.insert(match x.size {
                1 => "kernel 1",
                3 => "kernel 3",
                5 => "kernel 5",
                _ => "kernel 7",
            });
            if x.stride > 1 || y.stride > 1 {
                has.insert("stride");
            }
        }
        match (layer.output_bits(), model.consumers(id).next()) {
            (None, _) => _ = has.insert("potentials out"),
            (Some(_), None) => _ = has.insert("levels out"),
            (Some(_), Some(_)) => {}
        }
    }
    has
}

/// True if the map of `from` is part of what `to` is computed from.
fn leads(model: &Model, from: usize, to: usize) -> bool {
    from < to && model.layers()[to].inbound.iter().any(|id| id.0 == from || leads(model, from, id.0))
}

fn of_device(device: &Device, has: &mut BTreeSet<&'static str>) {
    has.insert(match device.name.as_str() {
        "akd1000" => "akd1000",
        "akd1500" => "akd1500",
        "two-nodes" => "two-nodes",
        _ => "random mesh",
    });
    has.insert(match *device.network.routing {
        Routing::Xy => "XY",
        Routing::Yx => "YX",
        Routing::O1Turn => "O1TURN",
    });
    has.insert(match *device.network.data_vcs {
        1 => "1 VC",
        2 => "2 VCs",
        _ => "3 or 4 VCs",
    });
    if !device.disabled_nps().is_empty() {
        has.insert("a disabled NP");
    }
    if !device.network_config().link_delays.is_empty() {
        has.insert("a link with a delay of its own");
    }
    if (0..device.nps() as u16).any(|np| device.clock_scale(np) != Scale::ONE) {
        has.insert("an NP with a clock of its own");
    }
    if *device.np.input_maps > 1 {
        has.insert("two input maps");
    }
    if *device.network.vc_buf_size == 1 {
        has.insert("buffers of 1 flit");
    }
}
