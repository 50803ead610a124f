//! A layer's output a strip of columns at a time: sums, then levels, while they are in the cache; strips may be computed on several cores.

use std::ops::Range;

use rayon::prelude::*;

use crate::activation::Activation;
use crate::results::Results;

/// A way to the potentials of some columns, in 32 bits.
pub trait Columns: Sync {
    /// Columns of the result, positions of a column, filters.
    fn shape(&self) -> [usize; 3];
    /// Values of scratch that a column needs.
    fn scratch(&self) -> usize;
    /// Bytes of weights, which every strip reads.
    fn weight_bytes(&self) -> usize;
    /// Products of all columns.
    fn products(&self) -> usize;
    /// Writes the results (column, row, filter) of `columns`, and leaves what it has in `scratch`.
    fn write(&self, columns: Range<usize>, scratch: &mut [i16], results: Results<'_>);
}

/// Bytes of potentials of a strip, at least: they fit the second cache together with what they are made of.
const STRIP: usize = 1 << 16;
/// Fewer products than this are not worth a second core.
const WORTH: usize = 1 << 20;

struct Strip<'a> {
    columns: Range<usize>,
    scratch: &'a mut [i16],
    out: &'a mut [i32],
    levels: &'a mut [u8],
}

/// Writes all potentials (w, h, n), and their levels if there is an activation. Without room for potentials in `out` there are levels only: then
/// the activation has lines. The order of strips shows in no result: each has its own part of everything.
pub fn run(
    columns: &impl Columns,
    activation: Option<&Activation<i32>>,
    scratch: &mut [i16],
    out: &mut [i32],
    levels: &mut [u8],
    cores: bool,
) {
    let [width, height, filters] = columns.shape();
    let column = height * filters;
    let lines = activation.and_then(Activation::lines).filter(|_| out.is_empty());
    // Weights are read by every strip, so a strip is at least as long as they are.
    let bytes = STRIP.max(columns.weight_bytes());
    let mut wide = (bytes / (column * size_of::<i32>()).max(1)).clamp(1, width.max(1));
    let cores = cores && columns.products() >= WORTH;
    if cores {
        wide = wide.min(width.div_ceil(2 * rayon::current_num_threads()).max(1));
    }
    let mut strips = Vec::with_capacity(width.div_ceil(wide));
    let mut rest = (scratch, out, levels);
    for first in (0..width).step_by(wide) {
        let columns_of = first..(first + wide).min(width);
        let count = columns_of.len();
        let (scratch, scratch_rest) = rest.0.split_at_mut(count * columns.scratch());
        let (out, out_rest) = rest.1.split_at_mut(if lines.is_some() { 0 } else { count * column });
        let (levels, levels_rest) = rest.2.split_at_mut(activation.map_or(0, |_| count * column));
        rest = (scratch_rest, out_rest, levels_rest);
        strips.push(Strip { columns: columns_of, scratch, out, levels });
    }
    let one = |strip: Strip<'_>| {
        let results = match lines {
            Some(lines) => Results::Levels(lines, strip.levels),
            None => Results::Potentials(strip.out),
        };
        columns.write(strip.columns, strip.scratch, results);
        if let (Some(activation), None) = (activation, lines) {
            activation.run(strip.out, strip.levels);
        }
    };
    if cores {
        strips.into_par_iter().for_each(one);
    } else {
        strips.into_iter().for_each(one);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Potentials that tell where they are; scratch that tells which column wrote it.
    struct Numbered;

    impl Columns for Numbered {
        fn shape(&self) -> [usize; 3] {
            [13, 3, 5]
        }

        fn scratch(&self) -> usize {
            2
        }

        fn weight_bytes(&self) -> usize {
            0
        }

        fn products(&self) -> usize {
            WORTH
        }

        fn write(&self, columns: Range<usize>, scratch: &mut [i16], results: Results<'_>) {
            for (column, scratch) in columns.clone().zip(scratch.chunks_mut(2)) {
                scratch.fill(column as i16);
            }
            let potentials = columns.start * 15..columns.end * 15;
            match results {
                Results::Potentials(out) => {
                    out.iter_mut().zip(potentials).for_each(|(out, i)| *out = i as i32);
                }
                Results::Levels(_, levels) => {
                    let activation = Activation::new(&[100; 5], &[8.0; 5], 4, 1000);
                    activation.run(&potentials.map(|i| i as i32).collect::<Vec<_>>(), levels);
                }
            }
        }
    }

    #[test]
    fn every_column_is_computed_once_whatever_the_cores() {
        let activation = Activation::new(&[100; 5], &[8.0; 5], 4, 1000);
        let potentials: Vec<i32> = (0..13 * 15).collect();
        let mut expected = vec![0; potentials.len()];
        activation.run(&potentials, &mut expected);
        for threads in [1, 2, 3, 8] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            for cores in [false, true] {
                let (mut scratch, mut out) = (vec![-1; 26], vec![-1; potentials.len()]);
                let mut levels = vec![99; potentials.len()];
                let some = Some(&activation);
                pool.install(|| run(&Numbered, some, &mut scratch, &mut out, &mut levels, cores));
                assert_eq!((&out, &levels), (&potentials, &expected), "{threads} threads");
                assert!(scratch.chunks(2).zip(0..).all(|(scratch, column)| scratch == [column; 2]));
                levels.fill(99);
                pool.install(|| run(&Numbered, some, &mut scratch, &mut [], &mut levels, cores));
                assert_eq!(levels, expected, "{threads} threads, levels only");
                out.fill(-1);
                pool.install(|| run(&Numbered, None, &mut scratch, &mut out, &mut [], cores));
                assert_eq!(out, potentials, "{threads} threads, without activation");
            }
        }
    }
}
