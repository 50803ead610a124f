//! Potentials become levels, exactly.
//!
//! The rule of docs/numerics.md: `level = clamp(ceil((P - T) / (s * 2^(4 - b))), 0, 2^b - 1)`, that is the number of j in `1 ..= 2^b - 1`
//! with `P >= T + floor((j - 1) * s * 2^(4 - b)) + 1`. Where a [`line`](crate::line) gives that number for every potential, it is a product
//! and a sum; otherwise it is counted, comparing integers. Neither rounds anything.

use crate::accumulator::Accumulator;
use crate::instruction_set::InstructionSet;
use crate::lanes::{Kernel, Lanes, LinePanel, PANEL, QUAD};
use crate::line::{self, comparison_points, interval};

/// How the potentials of a layer become levels.
#[derive(Clone, Debug)]
pub struct Activation<A> {
    set: InstructionSet,
    /// Potentials that meet one row of lines or points: whole positions. Neurons are repeated to make rows worth a loop.
    row: usize,
    way: Way<A>,
}

#[derive(Clone, Debug)]
enum Way<A> {
    Lines(Lines),
    /// One below each point, by number, then neuron, in rows: a potential reaches a point if it is larger than that.
    Points(Vec<A>),
}

/// A line for each neuron of a row, and for as many more as whole blocks have.
#[derive(Clone, Debug)]
pub struct Lines {
    panels: Vec<LinePanel>,
    top: u8,
}

impl Lines {
    /// The levels of four panels of sums, each of which meets the line panel of that index.
    #[inline(always)]
    pub fn levels<L: Lanes>(
        &self,
        lanes: L,
        sums: [L::Sums; QUAD],
        panels: [usize; QUAD],
    ) -> [[u8; PANEL]; QUAD] {
        let [a, b, c, d] = panels;
        let lines = [&self.panels[a], &self.panels[b], &self.panels[c], &self.panels[d]];
        lanes.levels(sums, lines, self.top)
    }

    /// The levels of a block of potentials, by its index in the row.
    #[inline(always)]
    pub fn block<L: Lanes>(&self, lanes: L, block: usize, potentials: &[i32; BLOCK]) -> [u8; BLOCK] {
        let mut sums = [lanes.zero(); QUAD];
        for (sums, potentials) in sums.iter_mut().zip(potentials.as_chunks().0) {
            *sums = lanes.load(potentials);
        }
        let first = block * QUAD;
        let found = self.levels(lanes, sums, [first, first + 1, first + 2, first + 3]);
        let mut levels = [0; BLOCK];
        levels.copy_from_slice(found.as_flattened());
        levels
    }
}

/// Potentials that become levels together, and the shortest row.
const BLOCK: usize = PANEL * QUAD;

impl<A: Accumulator> Activation<A> {
    /// Activation at `bits` of neurons with these thresholds and steps. No potential exceeds `bound`, which is smaller than the largest `A`:
    /// this one stands for points that none reaches.
    pub fn new(thresholds: &[i32], steps: &[f32], bits: u8, bound: u64) -> Activation<A> {
        let points: Vec<Vec<i64>> = thresholds
            .iter()
            .zip(steps)
            .map(|(&threshold, &step)| comparison_points(threshold, step, bits).collect())
            .collect();
        let row = points.len() * BLOCK.div_ceil(points.len().max(1));
        let count = (1u8 << bits) - 1;
        let bound = i32::try_from(bound).unwrap_or(i32::MAX);
        let lines =
            points.iter().zip(steps).map(|(points, &step)| line::fit(points, interval(step, bits), bound));
        let way = match lines.collect::<Option<Vec<_>>>() {
            Some(lines) if !lines.is_empty() => {
                Way::Lines(Lines { panels: repeated(&lines, row), top: count })
            }
            _ => Way::Points(rows(&points, row, count.into())),
        };
        Activation { set: InstructionSet::best(), row, way }
    }

    /// The lines, if every neuron has one: levels can be made where sums are.
    pub fn lines(&self) -> Option<&Lines> {
        match &self.way {
            Way::Lines(lines) => Some(lines),
            Way::Points(_) => None,
        }
    }

    /// Writes the level of each potential (positions, neurons).
    pub fn run(&self, potentials: &[A], levels: &mut [u8]) {
        self.set.run(Levels { activation: self, potentials, levels });
    }
}

/// Panels of the neurons of a row, filled up to whole blocks.
fn repeated(lines: &[(f32, f32)], row: usize) -> Vec<LinePanel> {
    let mut panels = vec![LinePanel::default(); row.next_multiple_of(BLOCK) / PANEL];
    for (panel, at) in panels.iter_mut().zip((0..).step_by(PANEL)) {
        for lane in 0..PANEL {
            (panel.slopes[lane], panel.offsets[lane]) = lines[(at + lane) % lines.len()];
        }
    }
    panels
}

/// Rows of points, one for each number.
fn rows<A: Accumulator>(points: &[Vec<i64>], row: usize, count: usize) -> Vec<A> {
    let point = |i: usize| A::saturated(points[i % row % points.len()][i / row] - 1);
    (0..count * row).map(point).collect()
}

struct Levels<'a, A> {
    activation: &'a Activation<A>,
    potentials: &'a [A],
    levels: &'a mut [u8],
}

impl<A: Accumulator> Kernel for Levels<'_, A> {
    /// Invariant: rows of potentials begin at neuron 0, so the i-th value of a row meets the i-th line or point.
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let row = self.activation.row.max(1);
        for (potentials, levels) in self.potentials.chunks(row).zip(self.levels.chunks_mut(row)) {
            match &self.activation.way {
                Way::Lines(lines) => on_lines(lanes, lines, potentials, levels),
                Way::Points(points) => count(points, row, potentials, levels),
            }
        }
    }
}

/// A block of potentials at a time. Points that have a line lie within 32 bits, so a potential that is cut to these stays on its side of them.
#[inline(always)]
fn on_lines<A: Accumulator, L: Lanes>(lanes: L, lines: &Lines, potentials: &[A], levels: &mut [u8]) {
    let blocks = potentials.chunks(BLOCK).zip(levels.chunks_mut(BLOCK));
    for (block, (potentials, levels)) in blocks.enumerate() {
        let mut values = [0; BLOCK];
        for (value, potential) in values.iter_mut().zip(potentials) {
            *value = potential.cut_to_32();
        }
        levels.copy_from_slice(&lines.block(lanes, block, &values)[..levels.len()]);
    }
}

/// Points ascend, so the level is how many of them a potential reaches, and needs no search.
#[inline(always)]
fn count<A: Accumulator>(points: &[A], row: usize, potentials: &[A], levels: &mut [u8]) {
    levels.fill(0);
    for points in points.chunks_exact(row) {
        for ((level, potential), below) in levels.iter_mut().zip(potentials).zip(points) {
            *level += u8::from(potential > below);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(threshold: i32, step: f32, bits: u8) -> Vec<i64> {
        comparison_points(threshold, step, bits).collect()
    }

    #[test]
    fn comparison_points_of_the_documented_example() {
        assert_eq!(points(10, 2.5, 1), [11]);
        assert_eq!(points(10, 2.5, 2), [11, 21, 31]);
        assert_eq!(points(10, 2.5, 3), [11, 16, 21, 26, 31, 36, 41]);
        assert_eq!(points(10, 2.5, 4), [11, 13, 16, 18, 21, 23, 26, 28, 31, 33, 36, 38, 41, 43, 46]);
    }

    #[test]
    fn a_level_is_the_ceiling_of_the_intervals_passed() {
        let activation = Activation::<i32>::new(&[10, -3], &[2.5, 0.25], 4, 100);
        for potential in -10i32..60 {
            let mut levels = [0; 2];
            activation.run(&[potential, potential], &mut levels);
            for (level, (threshold, step)) in levels.into_iter().zip([(10, 2.5), (-3, 0.25)]) {
                let exact = (f64::from(potential - threshold) / step).ceil().clamp(0.0, 15.0);
                assert_eq!(f64::from(level), exact, "potential {potential}, threshold {threshold}");
            }
        }
    }

    #[test]
    fn points_beyond_the_range_are_never_or_always_reached() {
        let activation =
            Activation::<i32>::new(&[i32::MAX, i32::MIN, 0], &[1.0, 1.0, f32::MAX], 4, i32::MAX as u64 - 1);
        let mut levels = [0; 3];
        activation.run(&[i32::MAX - 1; 3], &mut levels);
        assert_eq!(levels, [0, 15, 1]);
        let wide = Activation::<i64>::new(&[i32::MAX], &[1.0], 1, 1 << 40);
        let mut level = [0];
        wide.run(&[i64::from(i32::MAX) + 1], &mut level);
        assert_eq!(level, [1]);
    }

    /// Potentials are cut to 32 bits to meet lines; a neuron whose points lie outside makes its layer compare.
    #[test]
    fn cut_potentials_keep_their_levels() {
        let thresholds = [0, -100, 31_000, -32_000, 7];
        let steps = [2.5, 2.25, 40.0, 3.0, 1000.0];
        let with = |thresholds_more: &[i32]| {
            let steps = [&steps[..], &vec![3.0; thresholds_more.len()]].concat();
            Activation::<i64>::new(&[&thresholds[..], thresholds_more].concat(), &steps, 4, 1 << 31)
        };
        let activations = [with(&[]), with(&[i32::MAX])];
        assert!(matches!(
            activations.each_ref().map(|activation| &activation.way),
            [Way::Lines(_), Way::Points(_)]
        ));
        let edges =
            [i64::MIN, i32::MIN.into(), -32_769, -32_768, 32_767, 32_768, i32::MAX.into(), i64::MAX - 1];
        for potential in (-70_000..70_000).step_by(61).chain(edges) {
            let levels = activations.each_ref().map(|activation| {
                // An odd number of positions, so that blocks are cut.
                let neurons = thresholds.len() + usize::from(activation.lines().is_none());
                let mut levels = vec![99; 21 * neurons];
                activation.run(&vec![potential; levels.len()], &mut levels);
                levels
                    .chunks(neurons)
                    .flat_map(|levels| levels[..thresholds.len()].to_vec())
                    .collect::<Vec<u8>>()
            });
            assert_eq!(levels[0], levels[1], "potential {potential}");
            for (level, (threshold, step)) in levels[1].iter().zip(thresholds.iter().zip(steps)) {
                let exact =
                    ((potential as f64 - f64::from(*threshold)) / f64::from(step)).ceil().clamp(0.0, 15.0);
                assert_eq!(f64::from(*level), exact, "potential {potential}, threshold {threshold}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn every_instruction_set_gives_the_same_levels(
            potentials in proptest::collection::vec(-3000i32..3000, 1..200),
            neurons in 1usize..40,
            step in 0.5f32..300.0,
            bits in 1u8..=4,
        ) {
            let thresholds: Vec<i32> = (0..neurons as i32).map(|neuron| 17 * neuron - 300).collect();
            let steps: Vec<f32> = (0..neurons).map(|neuron| step + neuron as f32 * 0.37).collect();
            let activation = Activation::<i32>::new(&thresholds, &steps, bits, 3000);
            proptest::prop_assert!(activation.lines().is_some());
            for set in InstructionSet::all() {
                let mut levels = vec![99; potentials.len()];
                Activation { set, ..activation.clone() }.run(&potentials, &mut levels);
                for ((level, potential), neuron) in levels.iter().zip(&potentials).zip((0..neurons).cycle()) {
                    let points = comparison_points(thresholds[neuron], steps[neuron], bits);
                    let expected = points.filter(|point| i64::from(*potential) >= *point).count();
                    proptest::prop_assert_eq!(usize::from(*level), expected, "{:?}", set);
                }
            }
        }
    }
}
