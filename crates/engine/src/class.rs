//! The class of a sample: the only rule, in integers.

use std::cmp::Ordering;

/// What of a neuron decides the class.
#[derive(Clone, Copy, Debug)]
pub enum ClassBy<'a> {
    /// The level, or the raw potential: the class of `predict`.
    Value,
    /// The potential less the neuron's threshold, in units of its step: the class of the largest value of `evaluate`.
    Scaled {
        /// Of each neuron.
        thresholds: &'a [i32],
        /// Of each neuron, above 0.
        steps: &'a [f32],
    },
}

impl ClassBy<'_> {
    pub(crate) fn score(self, neuron: usize, value: i64) -> Score {
        match self {
            ClassBy::Value => Score::new(value, 1.0),
            ClassBy::Scaled { thresholds, steps } => {
                Score::new(value - i64::from(thresholds[neuron]), steps[neuron])
            }
        }
    }
}

/// `value / (mantissa * 2^exponent)`, compared exactly: quotients in floating point would make ties of different values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Score {
    /// Less than 2^33 in size.
    value: i64,
    /// 1 to 2^24 - 1.
    mantissa: i64,
    exponent: i32,
}

impl Score {
    fn new(value: i64, step: f32) -> Score {
        let bits = step.to_bits();
        let (exponent, fraction) = ((bits >> 23 & 0xff) as i32, i64::from(bits & 0x7f_ffff));
        let (mantissa, exponent) =
            if exponent == 0 { (fraction, -149) } else { (fraction | 1 << 23, exponent - 150) };
        Score { value, mantissa, exponent }
    }

    pub(crate) fn cmp(&self, other: &Score) -> Ordering {
        // a / (m 2^e) against b / (n 2^f) is a n 2^f against b m 2^e. Both products are below 2^57.
        let left = i128::from(self.value) * i128::from(other.mantissa);
        let right = i128::from(other.value) * i128::from(self.mantissa);
        // Beyond a shift of 2^57 a side that is not 0 outweighs any other.
        let shift = |side: i128, by: i32| side << by.clamp(0, 60);
        let up = other.exponent - self.exponent;
        shift(left, up).cmp(&shift(right, -up))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_compare_as_the_quotients_that_they_are() {
        let cmp = |(a, s), (b, t)| Score::new(a, s).cmp(&Score::new(b, t));
        // Equal as f32, and as the quotient of two f64.
        assert_eq!(cmp((1 << 24, 1.0), ((1 << 24) + 1, 1.0)), Ordering::Less);
        assert_eq!(cmp((i64::from(i32::MAX), 3.0), (i64::from(i32::MAX), 3.000_000_2)), Ordering::Greater);
        assert_eq!(cmp((3, 0.5), (6, 1.0)), Ordering::Equal);
        assert_eq!(cmp((-3, 0.5), (-5, 1.0)), Ordering::Less);
        let tiny = f32::from_bits(1);
        assert_eq!(cmp((1, tiny), (i64::from(i32::MAX), 1.0)), Ordering::Greater);
        assert_eq!(cmp((-1, tiny), (-i64::from(i32::MAX), 1.0)), Ordering::Less);
        assert_eq!(cmp((0, tiny), (0, f32::MAX)), Ordering::Equal);
        assert_eq!(cmp((0, tiny), (1, f32::MAX)), Ordering::Less);
    }
}
