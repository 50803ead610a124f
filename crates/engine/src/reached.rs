//! Events of a map, counted together with the windows that cover them.

use crate::instruction_set::InstructionSet;
use crate::lanes::{Kernel, Lanes, PAIRED};
use crate::nonzeros::nonzero_bits;
use crate::window::reach;
use spikemesh_model::{Dims, Span};

/// Bits of a number of windows, the lowest first: of a word of 64 values each has a word. So many hold the numbers of kernels of up to 7, in one look
/// at the values.
type Planes = [u64; 3];

/// How many windows cover each value of a map.
#[derive(Clone, Debug)]
pub struct Reach {
    set: InstructionSet,
    /// Of each column, in x.
    across: Vec<u64>,
    /// Values of a column.
    column: usize,
    /// In y, of each word of a column; behind them the next higher bits, if there are any.
    down: Vec<Vec<Planes>>,
}

impl Reach {
    /// Of windows of `kernel` over `input`.
    pub fn new(kernel: &[Span; 2], input: Dims) -> Reach {
        let across = reach(&kernel[0], input.width as usize);
        let down = reach(&kernel[1], input.height as usize);
        let channels = input.channels as usize;
        let column = down.len() * channels;
        let bits = down.iter().max().map_or(0, |most| u64::BITS - most.leading_zeros()) as usize;
        let looks = bits.div_ceil(Planes::default().len()).max(1);
        let mut masks = vec![vec![Planes::default(); column.div_ceil(PAIRED)]; looks];
        for value in 0..column {
            let mut windows = down[value / channels];
            for mask in masks.iter_mut().flat_map(|planes| &mut planes[value / PAIRED]) {
                *mask |= (windows & 1) << (value % PAIRED);
                windows >>= 1;
            }
        }
        Reach { set: InstructionSet::best(), across, column, down: masks }
    }

    /// The non-zero values of `map` (w, h, c), and the sum over them of the windows that cover them.
    pub fn count(&self, map: &[u8]) -> (u64, u64) {
        let (mut events, mut reached) = (0, 0);
        self.set.run(Count { reach: self, map, events: &mut events, reached: &mut reached });
        (events, reached)
    }
}

struct Count<'a> {
    reach: &'a Reach,
    map: &'a [u8],
    events: &'a mut u64,
    reached: &'a mut u64,
}

impl Kernel for Count<'_> {
    /// The trick: a word of 64 values becomes a bit for each, and so do the numbers of windows, plane by plane: what they share is an AND and a
    /// count of bits, wherever positions begin and end.
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Reach { across, column, down, .. } = self.reach;
        for (column, across) in self.map.chunks_exact((*column).max(1)).zip(across) {
            let (mut events, mut reached) = (0, 0);
            for planes in down.iter().rev() {
                let mut sums = Planes::default();
                events = 0;
                for (values, planes) in column.chunks(PAIRED).zip(planes) {
                    let bits = nonzero_bits(lanes, values);
                    events += u64::from(bits.count_ones());
                    for (sum, plane) in sums.iter_mut().zip(planes) {
                        *sum += u64::from((bits & plane).count_ones());
                    }
                }
                // The highest bits come first.
                reached = (reached << sums.len()) + sums[0] + 2 * sums[1] + 4 * sums[2];
            }
            *self.events += events;
            *self.reached += reached * across;
        }
    }
}

/// Windows that cover each position, summed over a map.
pub fn reached_by_all(kernel: &[Span; 2], input: Dims) -> u64 {
    let [across, down] = [(&kernel[0], input.width), (&kernel[1], input.height)]
        .map(|(span, size)| reach(span, size as usize).iter().sum::<u64>());
    across * down
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nonzeros::count_nonzero as count;
    use crate::window::Window;

    #[test]
    fn windows_are_counted_as_they_lie() {
        for channels in [3, 30, 64, 70] {
            let input = Dims { width: 7, height: 9, channels };
            let channels = channels as usize;
            let map: Vec<u8> = (0..input.len()).map(|i| (i * i % 5 % 3) as u8).collect();
            // Of the last one, every value is in up to nine windows in y.
            for (size, stride, pad, outputs) in [
                (3, 1, 1, [7, 9]),
                (3, 2, 1, [4, 5]),
                (1, 1, 0, [7, 9]),
                (5, 3, 2, [3, 3]),
                (13, 1, 6, [7, 9]),
            ] {
                let kernel = outputs.map(|outputs| Span { size, stride, pad, outputs });
                let mut reached = 0;
                for x in (0..outputs[0] as usize).map(|x| Window::new(&kernel[0], x, 7)) {
                    for y in (0..outputs[1] as usize).map(|y| Window::new(&kernel[1], y, 9)) {
                        let inside =
                            x.positions().flat_map(|x| y.positions().map(move |y| (x * 9 + y) * channels));
                        reached += inside.map(|at| count(&map[at..at + channels]) as u64).sum::<u64>();
                    }
                }
                for set in InstructionSet::all() {
                    let reach = Reach { set, ..Reach::new(&kernel, input) };
                    assert_eq!(reach.count(&map), (count(&map) as u64, reached), "{set:?}");
                }
                assert_eq!(
                    Reach::new(&kernel, input).count(&vec![1; map.len()]).1,
                    channels as u64 * reached_by_all(&kernel, input)
                );
            }
        }
    }
}
