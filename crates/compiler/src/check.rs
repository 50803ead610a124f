//! What no mapping could make right: layers that the hardware's packets, kernels and words do not take.

use crate::error::Error;
use crate::overflow::largest_potential;
use crate::resources::Resources;
use spikemesh_isa::packet::{MAX_FEATURES, MAX_WIDTH};
use spikemesh_model::{Dims, Layer, LayerKind};

/// Every problem of the layers, in layer order.
pub fn check(layers: &[Layer], resources: &Resources) -> Vec<Error> {
    let mut errors = Vec::new();
    if layers.iter().all(|l| l.kind() == LayerKind::InputData) {
        errors.push(Error::Empty);
    }
    for layer in layers {
        check_layer(layer, resources, &mut errors);
    }
    errors
}

fn check_layer(layer: &Layer, resources: &Resources, errors: &mut Vec<Error>) {
    // Each map once: a layer's input is the output of another, unless it is put together from several. Potentials are
    // addressed by the head of their packet, which has room for any.
    if layer.output_bits().is_some() {
        check_map(layer, "output", layer.shape.output, errors);
    }
    if layer.inbound.len() > 1 {
        check_map(layer, "input", layer.shape.input, errors);
    }
    check_kernel(layer, resources, errors);
    if layer.variables.weights_set {
        check_potentials(layer, resources, errors);
    }
}

fn check_map(layer: &Layer, which: &'static str, map: Dims, errors: &mut Vec<Error>) {
    if map.width > MAX_WIDTH {
        errors.push(Error::MapTooWide {
            layer: layer.name.clone(),
            which,
            width: map.width,
            limit: MAX_WIDTH,
        });
    }
    if map.channels > MAX_FEATURES {
        errors.push(Error::TooManyFeatures {
            layer: layer.name.clone(),
            which,
            features: map.channels,
            limit: MAX_FEATURES,
        });
    }
}

fn check_kernel(layer: &Layer, resources: &Resources, errors: &mut Vec<Error>) {
    let separable = match layer.kind() {
        LayerKind::Convolutional => false,
        LayerKind::SeparableConvolutional => true,
        LayerKind::InputData | LayerKind::InputConvolutional | LayerKind::FullyConnected => {
            return;
        }
    };
    let (Some([x, y]), Some(weight_bits)) = (layer.shape.kernel, layer.parameters.weights_bits()) else {
        return;
    };
    let known = resources.kernel_sizes(separable, weight_bits);
    if x.size != y.size {
        errors.push(Error::KernelNotSquare { layer: layer.name.clone(), width: x.size, height: y.size });
    } else if !known.contains(&x.size) {
        errors.push(Error::KernelUnknown {
            layer: layer.name.clone(),
            size: x.size,
            weight_bits,
            device: resources.name.clone(),
            known: known.iter().map(|size| format!("{size}x{size}")).collect::<Vec<_>>().join(", "),
        });
    }
}

fn check_potentials(layer: &Layer, resources: &Resources, errors: &mut Vec<Error>) {
    let limit = (1u128 << (8 * resources.np.potential_bytes - 1)) - 1;
    if let Some(bound) = largest_potential(layer)
        && bound.potential > limit
    {
        errors.push(Error::PotentialOverflow {
            layer: layer.name.clone(),
            neuron: bound.neuron,
            bound: bound.potential,
            max_input: layer.max_input(),
            positions: bound.positions,
            limit,
        });
    }
}
