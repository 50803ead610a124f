//! Weights and thresholds of a layer.

/// Variables of a layer, in the reference's row-major layouts. All empty for `InputData`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variables {
    /// `weights`: (kernel_width, kernel_height, channels, neurons); separable (kernel_width, kernel_height, channels, 1); fully
    /// connected (1, 1, inputs, neurons), input = x + w * (y + h * c). Kernels of `Convolutional` and `SeparableConvolutional` are stored flipped.
    pub weights: Vec<i8>,
    /// `weights_pw`, separable only: (1, 1, channels, neurons).
    pub weights_pw: Vec<i8>,
    /// `threshold_fire` per neuron.
    pub threshold_fire: Vec<i32>,
    /// `threshold_fire_step` per neuron.
    pub threshold_fire_step: Vec<f32>,
    /// False until weights (and pointwise weights) have been set: such a layer must not run.
    pub weights_set: bool,
}
