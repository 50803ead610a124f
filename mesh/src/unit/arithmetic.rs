//! How potentials are computed. Nothing here takes simulated time: the units' steps do.
//!
//! Filters lie innermost and are padded to [`LANES`], so that the inner loops are whole vectors. All sums wrap: a compiled program cannot
//! overflow, and a hostile one must not stop the simulator.

pub mod comparator;
pub mod convolution;
pub mod dense;
pub mod events;
pub mod fully_connected;
pub mod pooling;
pub mod scratch;

/// Filters of an inner loop.
pub const LANES: usize = 8;

/// `count` rounded up to whole vectors.
pub fn padded(count: usize) -> usize {
    count.next_multiple_of(LANES)
}

/// Widens weights of rows of `count` filters to rows padded with zeros. The padding adds zeros to potentials that nobody emits.
pub fn pad_rows(weights: &[i8], count: usize) -> Vec<i16> {
    let width = padded(count);
    let mut rows = vec![0; weights.len() / count.max(1) * width];
    for (row, source) in rows.chunks_exact_mut(width).zip(weights.chunks_exact(count)) {
        for (wide, &weight) in row.iter_mut().zip(source) {
            *wide = i16::from(weight);
        }
    }
    rows
}

/// `sums[f] += value * weights[f]`, over whole vectors: the inner loop of every kernel here. Arrays of a known length let the compiler use vectors without
/// a check of bounds in the loop; it is inlined into functions that are compiled for each vector width. Processors multiply numbers of 16 bits
/// faster than of 32.
#[inline(always)]
pub fn accumulate(sums: &mut [i32], weights: &[i16], value: i16) {
    let (sums, _) = sums.as_chunks_mut::<LANES>();
    let (weights, _) = weights.as_chunks::<LANES>();
    for (sums, weights) in sums.iter_mut().zip(weights) {
        for (sum, &weight) in sums.iter_mut().zip(weights) {
            *sum = sum.wrapping_add(i32::from(weight) * i32::from(value));
        }
    }
}

/// The same for a value of 32 bits.
#[inline(always)]
pub fn accumulate_wide(sums: &mut [i32], weights: &[i16], value: i32) {
    let (sums, _) = sums.as_chunks_mut::<LANES>();
    let (weights, _) = weights.as_chunks::<LANES>();
    for (sums, weights) in sums.iter_mut().zip(weights) {
        for (sum, &weight) in sums.iter_mut().zip(weights) {
            *sum = sum.wrapping_add(i32::from(weight).wrapping_mul(value));
        }
    }
}

/// `sums[c] += weights[c] * values[c]`.
#[inline(always)]
pub fn multiply_add(sums: &mut [i32], weights: &[i16], values: &[u8]) {
    for ((sum, &weight), &value) in sums.iter_mut().zip(weights).zip(values) {
        *sum = sum.wrapping_add(i32::from(weight) * i32::from(value));
    }
}
