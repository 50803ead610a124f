//! How large a potential can become, from the actual weights: what the width of a layer's sums is chosen by.
//!
//! A partial sum is never larger than the sum of all magnitudes, so a width that holds these bounds holds every intermediate result in any
//! order of the additions. Products saturate: a bound beyond 64 bits is still one. Sums of magnitudes fit, as a model has at most 2^30
//! weights.

/// Largest magnitude of `sum of value * weight` over each filter, with values in `0..=max_input`: `max_input` times the largest
/// sum of absolute weights. `weights` is (rows, filters), row-major.
pub fn weighted_sum(max_input: u64, weights: &[i8], filters: usize) -> u64 {
    column_sums(weights, filters).into_iter().max().unwrap_or(0).saturating_mul(max_input)
}

/// The same for a depthwise convolution followed by a pointwise one: the bound of the depthwise sums, and that of the potentials.
/// `depthwise` is (taps, channels), `pointwise` (channels, filters).
pub fn separable_sum(
    max_input: u64,
    depthwise: &[i8],
    channels: usize,
    pointwise: &[i8],
    filters: usize,
) -> (u64, u64) {
    let inner: Vec<u64> =
        column_sums(depthwise, channels).into_iter().map(|sum| sum.saturating_mul(max_input)).collect();
    let mut outer = vec![0u64; filters];
    for (inner, row) in inner.iter().zip(pointwise.chunks(filters.max(1))) {
        for (sum, weight) in outer.iter_mut().zip(row) {
            *sum = sum.saturating_add(inner.saturating_mul(u64::from(weight.unsigned_abs())));
        }
    }
    (inner.into_iter().max().unwrap_or(0), outer.into_iter().max().unwrap_or(0))
}

/// Sums of absolute values of the columns of a row-major matrix.
fn column_sums(values: &[i8], columns: usize) -> Vec<u64> {
    let mut sums = vec![0u64; columns];
    for row in values.chunks(columns.max(1)) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += u64::from(value.unsigned_abs());
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_the_largest_filter() {
        assert_eq!(weighted_sum(15, &[7, -1, -7, 2], 2), 15 * 14);
        assert_eq!(weighted_sum(255, &[], 3), 0);
    }

    #[test]
    fn the_separable_bound_composes() {
        // Channel 0 reaches 15 * 3, channel 1 reaches 15 * 7.
        let (inner, outer) = separable_sum(15, &[1, -7, 2, 0], 2, &[1, 0, -1, 3], 2);
        assert_eq!(inner, 15 * 7);
        assert_eq!(outer, 15 * 7 * 3);
    }
}
