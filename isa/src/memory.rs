//! How weights and thresholds lie in a unit's memory.
//!
//! An image is, in this order:
//!
//! 1. weights, packed at `weight_bits`, least significant bit first, the last byte filled with zeros;
//! 2. for a separable convolution, its pointwise weights, packed likewise, starting at a new byte;
//! 3. when levels leave the unit: per filter a threshold (i32, little-endian), then per filter a step (f32, little-endian).
//!
//! Weights are in the order of the variables of the model side, reduced to the filters of this unit:
//! `(kernel column, kernel row, channel, filter)`, filter fastest; depthwise `(kernel column, kernel row, channel)`;
//! pointwise `(channel, filter)`; fully connected `(input, unit)`. A weight of b >= 2 bits is two's complement; one bit
//! is 0 or 1.
//!
//! Kernels lie as the model stores them. A neural processor convolves truly: it applies the tap (column, row) = (kx, ky) of an
//! image to the input at offset (x.size - 1 - kx, y.size - 1 - ky) from the start of a window. The input unit
//! correlates: it applies (kx, ky) at offset (kx, ky).

use crate::record::{Activation, Convolution, HrcRecord, NpRecord, Operation};

/// How many weights, pointwise weights and thresholds an image holds, and how they are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Weights of part 1.
    pub weights: usize,
    /// Weights of part 2.
    pub pointwise: usize,
    /// Bits of a weight.
    pub weight_bits: u8,
    /// Filters with a threshold and a step; 0 when potentials leave the unit.
    pub thresholds: usize,
}

impl Layout {
    /// The layout of an NP's image.
    pub fn of_np(record: &NpRecord) -> Layout {
        let channels = record.input.map.channels as usize;
        let (weights, pointwise, weight_bits, filters) = match record.operation {
            Operation::Convolution(Convolution { separable, x, y, filters, weight_bits, .. }) => {
                let taps = x.size as usize * y.size as usize * channels;
                let filters = filters as usize;
                if separable {
                    (taps, channels * filters, weight_bits, filters)
                } else {
                    (taps * filters, 0, weight_bits, filters)
                }
            }
            Operation::FullyConnected(fc) => {
                (record.input.map.len() * fc.units as usize, 0, fc.weight_bits, fc.units as usize)
            }
        };
        Layout { weights, pointwise, weight_bits, thresholds: thresholds(record.activation, filters) }
    }

    /// The layout of the input unit's image.
    pub fn of_hrc(record: &HrcRecord) -> Layout {
        let taps = record.x.size as usize * record.y.size as usize * record.image.channels as usize;
        let filters = record.filters as usize;
        Layout {
            weights: taps * filters,
            pointwise: 0,
            weight_bits: record.weight_bits,
            thresholds: thresholds(record.activation, filters),
        }
    }

    /// Bytes of weights, both parts.
    pub fn weight_bytes(&self) -> usize {
        packed_len(self.weights, self.weight_bits) + packed_len(self.pointwise, self.weight_bits)
    }

    /// Bytes of the whole image.
    pub fn len(&self) -> usize {
        self.weight_bytes() + 8 * self.thresholds
    }

    /// True if the image is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn thresholds(activation: Activation, filters: usize) -> usize {
    match activation {
        Activation::Levels { .. } => filters,
        Activation::Potentials => 0,
    }
}

/// The contents of an image, unpacked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// Part 1.
    pub weights: Vec<i8>,
    /// Part 2.
    pub pointwise: Vec<i8>,
    /// Thresholds per filter.
    pub thresholds: Vec<i32>,
    /// Steps per filter.
    pub steps: Vec<f32>,
}

impl Contents {
    /// Packs the contents at `weight_bits`.
    pub fn pack(&self, weight_bits: u8) -> Vec<u8> {
        let Contents { weights, pointwise, thresholds, steps } = self;
        pack_image([weights, pointwise], thresholds, steps, weight_bits)
    }

    /// Unpacks an image; `None` if its length is not that of `layout`.
    pub fn unpack(image: &[u8], layout: &Layout) -> Option<Contents> {
        if image.len() != layout.len() {
            return None;
        }
        let (weights, rest) = image.split_at(packed_len(layout.weights, layout.weight_bits));
        let (pointwise, rest) = rest.split_at(packed_len(layout.pointwise, layout.weight_bits));
        let (thresholds, steps) = rest.split_at(4 * layout.thresholds);
        Some(Contents {
            weights: unpack(weights, layout.weights, layout.weight_bits),
            pointwise: unpack(pointwise, layout.pointwise, layout.weight_bits),
            thresholds: words(thresholds).map(i32::from_le_bytes).collect(),
            steps: words(steps).map(f32::from_le_bytes).collect(),
        })
    }
}

/// Packs an image: both parts of the weights at `weight_bits`, thresholds and steps.
pub fn pack_image(weights: [&[i8]; 2], thresholds: &[i32], steps: &[f32], weight_bits: u8) -> Vec<u8> {
    let lengths = weights.map(|weights| packed_len(weights.len(), weight_bits));
    let mut image = Vec::with_capacity(lengths[0] + lengths[1] + 4 * (thresholds.len() + steps.len()));
    weights.iter().for_each(|weights| pack(weights, weight_bits, &mut image));
    image.extend(thresholds.iter().flat_map(|t| t.to_le_bytes()));
    image.extend(steps.iter().flat_map(|s| s.to_le_bytes()));
    image
}

fn words(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> + '_ {
    bytes.as_chunks::<4>().0.iter().copied()
}

/// Bytes that `count` values of `bits` bits take.
pub fn packed_len(count: usize, bits: u8) -> usize {
    (count * bits as usize).div_ceil(8)
}

fn pack(values: &[i8], bits: u8, image: &mut Vec<u8>) {
    match bits {
        1 => pack_whole::<8>(values, image),
        2 => pack_whole::<4>(values, image),
        4 => pack_pairs(values, image),
        8 => pack_whole::<1>(values, image),
        _ => pack_across(values, bits, image),
    }
}

/// Packs `N` values into each byte.
fn pack_whole<const N: usize>(values: &[i8], image: &mut Vec<u8>) {
    let bits = 8 / N;
    let mask = 0xff >> (8 - bits);
    let byte = |values: &[i8]| {
        values.iter().enumerate().fold(0, |byte, (i, &value)| byte | (value as u8 & mask) << (i * bits))
    };
    let (whole, rest) = values.as_chunks::<N>();
    image.extend(whole.iter().map(|values| byte(values)));
    image.extend((!rest.is_empty()).then(|| byte(rest)));
}

/// As [`pack_whole`], two values: shifts of words of 16 bits, which a compiler turns into vectors.
fn pack_pairs(values: &[i8], image: &mut Vec<u8>) {
    let byte = |[first, second]: [i8; 2]| {
        let word = u16::from_le_bytes([first as u8, second as u8]);
        (word & 0x0f | word >> 4 & 0xf0) as u8
    };
    let (pairs, rest) = values.as_chunks::<2>();
    image.extend(pairs.iter().map(|&pair| byte(pair)));
    image.extend(rest.first().map(|&value| byte([value, 0])));
}

/// Packs values that lie across the borders of bytes.
fn pack_across(values: &[i8], bits: u8, image: &mut Vec<u8>) {
    let first = image.len();
    image.resize(first + packed_len(values.len(), bits), 0);
    let bytes = &mut image[first..];
    let mask = (1u16 << bits) - 1;
    for (i, &value) in values.iter().enumerate() {
        let (byte, shift) = (i * bits as usize / 8, i * bits as usize % 8);
        let word = (value as u8 as u16 & mask) << shift;
        bytes[byte] |= word as u8;
        if word > 0xff {
            bytes[byte + 1] |= (word >> 8) as u8;
        }
    }
}

fn unpack(bytes: &[u8], count: usize, bits: u8) -> Vec<i8> {
    let mask = (1u16 << bits) - 1;
    (0..count)
        .map(|i| {
            let (byte, shift) = (i * bits as usize / 8, i * bits as usize % 8);
            let next = bytes.get(byte + 1).copied().unwrap_or(0) as u16;
            let raw = ((bytes[byte] as u16 | next << 8) >> shift) & mask;
            if bits == 1 { raw as i8 } else { ((raw << (16 - bits)) as i16 >> (16 - bits)) as i8 }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packing_round_trips(bits in 1u8..=8, raw in prop::collection::vec(any::<i8>(), 0..70)) {
            let values: Vec<i8> = raw
                .iter()
                .map(|&v| if bits == 1 { v & 1 } else { v.clamp(-(1i16 << (bits - 1)) as i8, ((1i16 << (bits - 1)) - 1) as i8) })
                .collect();
            let [mut bytes, mut across] = [vec![], vec![]];
            pack(&values, bits, &mut bytes);
            pack_across(&values, bits, &mut across);
            prop_assert_eq!(bytes.len(), packed_len(values.len(), bits));
            prop_assert_eq!(&bytes, &across);
            prop_assert_eq!(unpack(&bytes, values.len(), bits), values);
        }
    }
}
