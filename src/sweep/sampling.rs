//! Which points of a grid are chosen.

use std::collections::BTreeSet;

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::axis::Axis;
use super::error::Error;

/// Points of a Sobol sequence.
const MOST_SOBOL: u64 = 1 << 16;
/// A sample may be refused so many times for each that is wanted.
const MOST_DRAWS: u64 = 1_000;

/// Which points of the grid of all axes are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// All.
    #[default]
    Grid,
    /// So many of a scrambled Sobol sequence, each once.
    Sobol {
        /// How many.
        points: u64,
        /// The seed of the scrambling.
        seed: u32,
    },
    /// So many by chance, each once.
    Random {
        /// How many.
        points: u64,
        /// The seed.
        seed: u64,
    },
}

/// Positions in a grid as numbers: the last axis counts fastest.
pub(super) struct Grid<'a>(pub &'a [Axis]);

impl Grid<'_> {
    /// How many there are.
    pub fn size(&self) -> u128 {
        self.0.iter().map(|axis| axis.values.len() as u128).product()
    }

    /// The position of a number on each axis.
    pub fn positions(&self, mut number: u64) -> Vec<usize> {
        let mut positions = vec![0; self.0.len()];
        for (position, axis) in positions.iter_mut().zip(self.0).rev() {
            let count = axis.values.len() as u64;
            *position = (number % count) as usize;
            number /= count;
        }
        positions
    }

    /// The number of positions.
    pub fn number(&self, positions: &[usize]) -> u64 {
        self.0
            .iter()
            .zip(positions)
            .fold(0, |number, (axis, &position)| number * axis.values.len() as u64 + position as u64)
    }
}

/// The numbers of the points that are chosen and wanted, ascending. Fewer than asked for if the grid has no more that are wanted.
///
/// # Errors
/// More points than `most`; more than a sequence has; what `wanted` gives.
pub(super) fn choose(
    grid: &Grid,
    sampling: Sampling,
    most: u64,
    wanted: &mut dyn FnMut(&[usize]) -> Result<bool, Error>,
) -> Result<Vec<u64>, Error> {
    let size = grid.size();
    let too_many = |points: u128| Error::TooMany { points, most };
    match sampling {
        Sampling::Grid => {
            // A condition may leave few of many, but they have to be looked at.
            if size > u128::from(most) * 1_000 {
                return Err(too_many(size));
            }
            let mut chosen = Vec::new();
            let mut left_out = 0;
            for number in 0..size as u64 {
                if wanted(&grid.positions(number))? {
                    chosen.push(number);
                } else {
                    left_out += 1;
                }
                if chosen.len() as u64 > most {
                    return Err(too_many(size - left_out));
                }
            }
            Ok(chosen)
        }
        Sampling::Sobol { points, .. } | Sampling::Random { points, .. } if points > most => {
            Err(too_many(points.into()))
        }
        Sampling::Sobol { points, .. } if points > MOST_SOBOL => {
            Err(Error::Sobol { points, most: MOST_SOBOL })
        }
        Sampling::Sobol { points, seed } => {
            let place = |draw: u64, axis: usize| {
                f64::from(sobol_burley::sample(draw as u32, axis as u32 % 256, seed))
            };
            draw(grid, points, MOST_SOBOL, place, wanted)
        }
        Sampling::Random { points, seed } => {
            let mut random = Pcg64Mcg::seed_from_u64(seed);
            // 53 bits: as many as a fraction has.
            let place = |_, _| (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
            draw(grid, points, points.saturating_mul(MOST_DRAWS), place, wanted)
        }
    }
}

/// Draws points until there are so many; `place` gives a fraction from 0 up to 1 for a draw and an axis.
fn draw(
    grid: &Grid,
    points: u64,
    most_draws: u64,
    mut place: impl FnMut(u64, usize) -> f64,
    wanted: &mut dyn FnMut(&[usize]) -> Result<bool, Error>,
) -> Result<Vec<u64>, Error> {
    let (mut chosen, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for draw in 0..most_draws {
        if chosen.len() as u64 == points || (chosen.len() + refused.len()) as u128 == grid.size() {
            break;
        }
        let position =
            |(index, axis): (usize, &Axis)| (place(draw, index) * axis.values.len() as f64) as usize;
        let positions: Vec<usize> = grid.0.iter().enumerate().map(position).collect();
        let number = grid.number(&positions);
        if chosen.contains(&number) || refused.contains(&number) {
            continue;
        }
        if wanted(&positions)? {
            chosen.insert(number)
        } else {
            refused.insert(number)
        };
    }
    Ok(chosen.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axes(counts: &[usize]) -> Vec<Axis> {
        let axis =
            |(index, count): (usize, &usize)| Axis::parse(&format!("a.x{index}=0..{}", count - 1)).unwrap();
        counts.iter().enumerate().map(axis).collect()
    }

    fn all(axes: &[Axis], sampling: Sampling, most: u64) -> Result<Vec<u64>, Error> {
        choose(&Grid(axes), sampling, most, &mut |_| Ok(true))
    }

    #[test]
    fn numbers_and_positions_are_the_same() {
        let axes = axes(&[3, 1, 4, 2]);
        let grid = Grid(&axes);
        assert_eq!(grid.size(), 24);
        for number in 0..24 {
            assert_eq!(grid.number(&grid.positions(number)), number);
        }
        assert_eq!(grid.positions(9), [1, 0, 0, 1]);
    }

    #[test]
    fn samples_are_as_many_as_asked_for_each_once_and_the_same_for_the_same_seed() {
        let axes = axes(&[10, 10, 10]);
        for sampling in [Sampling::Sobol { points: 200, seed: 1 }, Sampling::Random { points: 200, seed: 1 }]
        {
            let chosen = all(&axes, sampling, 1_000).unwrap();
            assert_eq!(chosen.len(), 200);
            assert!(chosen.is_sorted() && chosen == all(&axes, sampling, 1_000).unwrap());
        }
        let of = |seed| all(&axes, Sampling::Sobol { points: 50, seed }, 1_000).unwrap();
        assert_ne!(of(1), of(2));
        // Of few points all are found.
        assert_eq!(all(&axes[..1], Sampling::Random { points: 200, seed: 1 }, 1_000).unwrap().len(), 10);
    }

    /// Each value of each axis comes about as often: what a Sobol sequence is taken for.
    #[test]
    fn a_sobol_sequence_covers_every_axis_evenly() {
        let axes = axes(&[16, 16, 16]);
        let chosen = all(&axes, Sampling::Sobol { points: 256, seed: 3 }, 1_000).unwrap();
        for axis in 0..3 {
            let mut counts = [0; 16];
            chosen.iter().for_each(|&number| counts[Grid(&axes).positions(number)[axis]] += 1);
            assert!(counts.iter().all(|count| (12..=20).contains(count)), "{counts:?}");
        }
    }

    #[test]
    fn a_grid_that_is_too_large_is_refused_before_it_is_walked_through() {
        assert!(matches!(all(&axes(&[1000; 6]), Sampling::Grid, 100_000), Err(Error::TooMany { .. })));
        let error = all(&axes(&[100, 100, 100, 10]), Sampling::Grid, 100_000).unwrap_err();
        assert!(error.to_string().contains("10,000,000"), "{error}");
        assert!(matches!(
            all(&axes(&[10]), Sampling::Sobol { points: 70_000, seed: 0 }, 100_000),
            Err(Error::Sobol { .. })
        ));
    }
}
