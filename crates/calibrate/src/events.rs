//! Synthetic events: a published share of zeros made into a map.
//!
//! Channels of real networks fire at different rates. Their densities are taken as the means of equal-probability bins of Beta(4d, 4(1-d)),
//! scaled to the mean d; counts per channel follow by largest remainder, positions are drawn uniformly without replacement. Drawing each channel
//! by itself would add noise that the published averages do not have.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use spikemesh_isa::MapShape;

/// Concentration of the densities of channels: a property of published averages, not of hardware.
const CONCENTRATION: f64 = 4.0;
/// Every map is drawn from this seed.
const SEED: u64 = 4;
/// Steps of every bisection and fraction: enough for doubles, an end for whatever comes.
const STEPS: usize = 200;

/// How channels share the events of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// As in published networks.
    Spread,
    /// All with the same density.
    Uniform,
}

/// A map of levels 1..=15 with `events` events, (column, row, channel).
pub fn events(map: MapShape, events: u64, channels: Channels) -> Vec<i32> {
    let positions = u64::from(map.width) * u64::from(map.height);
    let density = events as f64 / map.len().max(1) as f64;
    let densities = match channels {
        Channels::Spread => spread(density, map.channels as usize),
        Channels::Uniform => vec![density; map.channels as usize],
    };
    let mut rng = Pcg64Mcg::seed_from_u64(SEED);
    let mut values = vec![0; map.len()];
    let mut order: Vec<u32> = (0..positions as u32).collect();
    for (channel, count) in deal(events, &densities, positions).into_iter().enumerate() {
        for drawn in 0..count as usize {
            let left = (order.len() - drawn) as u64;
            let pick = drawn + ((u64::from(rng.next_u32()) * left) >> 32) as usize;
            order.swap(drawn, pick);
            let level = 1 + ((u64::from(rng.next_u32()) * 15) >> 32) as i32;
            values[order[drawn] as usize * map.channels as usize + channel] = level;
        }
    }
    values
}

/// Counts that sum to `events`, in proportion to `densities`, none above `most`: largest remainders are rounded up.
fn deal(events: u64, densities: &[f64], most: u64) -> Vec<u64> {
    let total: f64 = densities.iter().sum();
    let share = |d: f64| if total > 0.0 { (d / total * events as f64).min(most as f64) } else { 0.0 };
    let shares: Vec<f64> = densities.iter().map(|&d| share(d)).collect();
    let mut counts: Vec<u64> = shares.iter().map(|s| s.floor() as u64).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| shares[b].fract().total_cmp(&shares[a].fract()).then(a.cmp(&b)));
    let mut left = events.saturating_sub(counts.iter().sum());
    while left > 0 {
        let before = left;
        for &channel in &order {
            if left > 0 && counts[channel] < most {
                counts[channel] += 1;
                left -= 1;
            }
        }
        if left == before {
            break;
        }
    }
    counts
}

/// Densities of `channels` channels with the mean `mean`, ascending.
fn spread(mean: f64, channels: usize) -> Vec<f64> {
    if mean <= 0.0 || mean >= 1.0 || channels < 2 {
        return vec![mean; channels];
    }
    let beta = Beta::new(CONCENTRATION * mean, CONCENTRATION * (1.0 - mean));
    // The mean within a bin is the growth of the integral of x over it.
    let moment = Beta::new(beta.a + 1.0, beta.b);
    let mut densities = Vec::with_capacity(channels);
    let (mut edge, mut below) = (0.0, 0.0);
    for bin in 1..=channels {
        edge = if bin == channels { 1.0 } else { beta.quantile(bin as f64 / channels as f64, edge) };
        let upto = moment.below(edge);
        densities.push((upto - below) * channels as f64 * mean);
        below = upto;
    }
    let found: f64 = densities.iter().sum::<f64>() / channels as f64;
    densities.iter().map(|d| (d * mean / found).clamp(0.0, 1.0)).collect()
}

/// A beta distribution.
struct Beta {
    a: f64,
    b: f64,
    /// Logarithm of the beta function.
    norm: f64,
}

impl Beta {
    fn new(a: f64, b: f64) -> Beta {
        Beta { a, b, norm: ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b) }
    }

    /// The share below x: the regularised incomplete beta function, by its continued fraction.
    fn below(&self, x: f64) -> f64 {
        if x <= 0.0 {
            return 0.0;
        }
        if x >= 1.0 {
            return 1.0;
        }
        let front = (self.a * x.ln() + self.b * (-x).ln_1p() - self.norm).exp();
        if x < (self.a + 1.0) / (self.a + self.b + 2.0) {
            front * fraction(self.a, self.b, x) / self.a
        } else {
            1.0 - front * fraction(self.b, self.a, 1.0 - x) / self.b
        }
    }

    /// The x below which a share lies, known to be at least `from`.
    fn quantile(&self, share: f64, from: f64) -> f64 {
        let (mut low, mut high) = (from, 1.0);
        for _ in 0..STEPS {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if self.below(middle) < share {
                low = middle
            } else {
                high = middle
            }
            if high - low < 1e-12 * high || high < 1e-18 {
                break;
            }
        }
        0.5 * (low + high)
    }
}

/// The continued fraction of the incomplete beta function, by Lentz's method.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    for step in 1..STEPS {
        let m = step as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut factor = 1.0;
        for term in [even, odd] {
            d = 1.0 / guard(1.0 + term * d);
            c = guard(1.0 + term / c);
            factor = c * d;
            result *= factor;
        }
        if (factor - 1.0).abs() < 1e-14 {
            break;
        }
    }
    result
}

/// Logarithm of the gamma function for x > 0, by Stirling's series beyond 10.
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 10.0 {
        shift -= x.ln();
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let series = (1.0 / 12.0 - inverse * (1.0 / 360.0 - inverse * (1.0 / 1260.0 - inverse / 1680.0))) / x;
    shift + (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beta_distribution_is_that_of_tables() {
        // Beta(1, 1) is uniform; Beta(2, 1) has the square; Beta(0.5, 0.5) the arcsine.
        assert!((Beta::new(1.0, 1.0).below(0.3) - 0.3).abs() < 1e-12);
        assert!((Beta::new(2.0, 1.0).below(0.3) - 0.09).abs() < 1e-12);
        let arcsine = 2.0 / std::f64::consts::PI * 0.2f64.sqrt().asin();
        assert!((Beta::new(0.5, 0.5).below(0.2) - arcsine).abs() < 1e-12);
        assert!((Beta::new(0.5, 0.5).quantile(arcsine, 0.0) - 0.2).abs() < 1e-10);
    }

    #[test]
    fn counts_are_those_asked_for_and_channels_differ() {
        let map = MapShape { width: 9, height: 7, channels: 13 };
        for events in [0, 1, 5, 300, 800, 818, 819] {
            let values = super::events(map, events, Channels::Spread);
            assert_eq!(values.iter().filter(|v| **v != 0).count() as u64, events);
            assert!(values.iter().all(|v| (0..=15).contains(v)));
        }
        let densities = spread(0.3, 64);
        assert!((densities.iter().sum::<f64>() / 64.0 - 0.3).abs() < 1e-9);
        assert!(densities.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9));
        assert!(densities[0] < 0.02 && densities[63] > 0.85, "{densities:?}");
        assert_eq!(deal(10, &[0.5, 0.5, 0.5], 4), [4, 3, 3]);
        assert_eq!(deal(12, &[1.0, 0.1, 0.1], 4), [4, 4, 4]);
    }
}
