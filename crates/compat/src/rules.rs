//! The rules, one concept per file, in the order in which a layer is judged.

mod after_max_pooling;
mod average_pooling;
mod bits;
mod fully_connected;
mod input_convolutional;
mod input_pooling;
mod kernel;
mod layer_size;
mod max_pooling;
mod padding;
mod stride;
mod thresholds;

use crate::Rule;

/// Every rule.
pub static ALL: &[&Rule] = &[
    &input_convolutional::UNSUPPORTED,
    &input_convolutional::SIZE,
    &input_convolutional::KERNEL,
    &input_convolutional::STRIDE,
    &input_convolutional::FILTERS,
    &input_pooling::MAX,
    &input_pooling::AVERAGE,
    &kernel::SIZE,
    &kernel::SQUARE,
    &stride::SIZE,
    &stride::SQUARE,
    &padding::SAME,
    &padding::FULL,
    &layer_size::RULE,
    &fully_connected::INPUTS,
    &bits::INPUT,
    &bits::WEIGHTS,
    &bits::ACTIVATION,
    &max_pooling::SIZE,
    &max_pooling::STRIDE,
    &max_pooling::WITHIN,
    &after_max_pooling::RULE,
    &average_pooling::SIZE,
    &average_pooling::ROWS,
    &average_pooling::POINT,
    &thresholds::THRESHOLD,
    &thresholds::STEP,
];
