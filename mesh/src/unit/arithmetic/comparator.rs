//! Comparators: a potential becomes a level by counting the limits that it exceeds.

use super::padded;

/// Limits per level and filter.
#[derive(Clone, Debug, Default)]
pub struct Comparators {
    filters: usize,
    /// (level, filter): a potential above limit j has at least level j + 1.
    limits: Vec<i32>,
}

impl Comparators {
    /// Comparators for levels of `bits` bits. Limit j of a filter is `threshold + floor(j * step * 2^(4 - bits))`.
    pub fn new(thresholds: &[i32], steps: &[f32], bits: u8) -> Comparators {
        let filters = padded(thresholds.len());
        let levels = (1usize << bits) - 1;
        let mut limits = vec![i32::MAX; levels * filters];
        for (filter, (&threshold, &step)) in thresholds.iter().zip(steps).enumerate() {
            for j in 0..levels {
                let limit = i64::from(threshold).saturating_add(whole_steps(step, (j as u64) << (4 - bits)));
                // Above the largest potential: never exceeded.
                limits[j * filters + filter] = limit.min(i64::from(i32::MAX)) as i32;
            }
        }
        Comparators { filters, limits }
    }

    /// Levels of potentials (position, filter): the number of limits that each exceeds. Counting without branches is a comparison and an addition for a
    /// whole vector of filters; limits ascend, so the count is the level. Limits of the padding are never exceeded.
    pub fn levels(&self, potentials: &[i32], out: &mut Vec<u8>) {
        out.clear();
        out.resize(potentials.len(), 0);
        for (levels, potentials) in
            out.chunks_exact_mut(self.filters).zip(potentials.chunks_exact(self.filters))
        {
            for limits in self.limits.chunks_exact(self.filters) {
                for ((level, &potential), &limit) in levels.iter_mut().zip(potentials).zip(limits) {
                    *level += u8::from(potential > limit);
                }
            }
        }
    }
}

/// `floor(count * step)`, exactly, from the bits of a positive `step`: a step is `mantissa * 2^exponent` with a mantissa of 24 bits, and `count` is below
/// 2^7, so the product fits in 64 bits and one shift gives the floor. Products that a shift would push out are as good as infinite.
fn whole_steps(step: f32, count: u64) -> i64 {
    let bits = step.to_bits();
    let (biased, fraction) = (bits >> 23 & 0xff, u64::from(bits & 0x7f_ffff));
    let (mantissa, exponent) =
        if biased == 0 { (fraction, -149) } else { (fraction | 1 << 23, biased as i32 - 150) };
    let product = count * mantissa;
    if exponent <= 0 {
        product.checked_shr(exponent.unsigned_abs()).unwrap_or(0) as i64
    } else if product == 0 {
        0
    } else if exponent as u32 >= product.leading_zeros() {
        i64::MAX / 2
    } else {
        (product << exponent) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of docs/microarchitecture: threshold 10, step 2.5.
    #[test]
    fn limits_follow_threshold_and_step() {
        for (bits, first_potentials) in [
            (1, vec![11]),
            (2, vec![11, 21, 31]),
            (3, vec![11, 16, 21, 26, 31, 36, 41]),
            (4, vec![11, 13, 16, 18, 21, 23, 26, 28, 31, 33, 36, 38, 41, 43, 46]),
        ] {
            let comparators = Comparators::new(&[10], &[2.5], bits);
            let level = |potential: i32| {
                let mut out = Vec::new();
                comparators.levels(&[potential; 8], &mut out);
                usize::from(out[0])
            };
            for (index, &potential) in first_potentials.iter().enumerate() {
                assert_eq!(
                    (level(potential - 1), level(potential)),
                    (index, index + 1),
                    "{bits} bits at {potential}"
                );
            }
        }
    }

    #[test]
    fn whole_steps_are_exact_at_the_ends_of_the_range() {
        assert_eq!(whole_steps(f32::MIN_POSITIVE, 120), 0);
        assert_eq!(whole_steps(0.1, 10), 1, "the f32 nearest 0.1 is a little larger than 0.1");
        assert_eq!(whole_steps(1e9, 3), 3_000_000_000);
        assert_eq!(whole_steps(f32::MAX, 1), i64::MAX / 2);
        assert_eq!(whole_steps(f32::MAX, 0), 0);
    }
}
