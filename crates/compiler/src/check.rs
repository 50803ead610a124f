//! What no mapping could make right: names that a program does not hold, layers that the hardware's pointers, kernels and
//! words do not take.

use crate::error::Error;
use crate::overflow::largest_potential;
use crate::resources::Resources;
use spikemesh_isa::limits::{MAX_COLUMNS, MAX_KERNEL, MAX_NAME};
use spikemesh_model::{Layer, LayerKind};

/// Every problem of the names, and of the layers in their order. `name` is the program's.
pub fn check(name: &str, layers: &[Layer], resources: &Resources) -> Vec<Error> {
    let mut errors = Vec::new();
    check_name("model", name, &mut errors);
    check_name("device", &resources.name, &mut errors);
    if layers.iter().all(|l| l.kind() == LayerKind::InputData) {
        errors.push(Error::Empty);
    }
    for layer in layers {
        check_layer(layer, resources, &mut errors);
    }
    errors
}

/// Every problem of a layer.
pub fn check_layer(layer: &Layer, resources: &Resources, errors: &mut Vec<Error>) {
    check_columns(layer, errors);
    check_kernel(layer, resources, errors);
    if layer.variables.weights_set {
        check_potentials(layer, resources, errors);
    }
}

/// Names of layers are within the limits of models, which are narrower.
fn check_name(what: &'static str, name: &str, errors: &mut Vec<Error>) {
    let control = name.chars().any(char::is_control);
    if name.is_empty() || name.len() > MAX_NAME || control {
        errors.push(Error::Name { what, bytes: name.len(), control, limit: MAX_NAME });
    }
}

/// Neural processors keep a pointer for each column that a convolution slides over. The input unit streams its image, and a
/// fully connected layer takes its map as flat inputs, so neither has such a limit.
fn check_columns(layer: &Layer, errors: &mut Vec<Error>) {
    let width = layer.shape.input.width;
    if computes_convolution(layer) && width > MAX_COLUMNS {
        errors.push(Error::MapTooWide { layer: layer.name.clone(), width, limit: MAX_COLUMNS });
    }
}

fn computes_convolution(layer: &Layer) -> bool {
    matches!(layer.kind(), LayerKind::Convolutional | LayerKind::SeparableConvolutional)
}

fn check_kernel(layer: &Layer, resources: &Resources, errors: &mut Vec<Error>) {
    let (Some([x, y]), Some(weight_bits)) = (layer.shape.kernel, layer.parameters.weights_bits()) else {
        return;
    };
    if x.size.max(y.size) > MAX_KERNEL {
        let (width, height) = (x.size, y.size);
        errors.push(Error::KernelTooLarge { layer: layer.name.clone(), width, height, limit: MAX_KERNEL });
    }
    if !computes_convolution(layer) {
        return;
    }
    let separable = layer.kind() == LayerKind::SeparableConvolutional;
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
