//! Events of a map, counted together with the windows that cover them.

use multiversion::multiversion;

use crate::nonzeros::count;
use crate::window::reach;
use spikemesh_model::{Dims, Span};

/// The non-zero values of `map` (w, h, c), and the sum over them of the windows that cover them.
pub fn count_reached(kernel: &[Span; 2], input: Dims, map: &[u8]) -> (u64, u64) {
    let across = reach(&kernel[0], input.width as usize);
    let mut down: Vec<(usize, u64)> = Vec::new();
    for reach in reach(&kernel[1], input.height as usize) {
        match down.last_mut() {
            Some((length, last)) if *last == reach => *length += input.channels as usize,
            _ => down.push((input.channels as usize, reach)),
        }
    }
    count_runs(map, &across, &down)
}

/// Windows that cover each position, summed over a map.
pub fn reached_by_all(kernel: &[Span; 2], input: Dims) -> u64 {
    let [across, down] = [(&kernel[0], input.width), (&kernel[1], input.height)]
        .map(|(span, size)| reach(span, size as usize).iter().sum::<u64>());
    across * down
}

/// Column after column, in runs of values with equal reach: `down` has their lengths. But at the borders and with strides, a run is a column.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq", "x86_64+avx2"))]
fn count_runs(map: &[u8], across: &[u64], down: &[(usize, u64)]) -> (u64, u64) {
    let (mut events, mut reached, mut first) = (0, 0, 0);
    for across in across {
        for (length, down) in down {
            let found = count(&map[first..first + length]) as u64;
            events += found;
            reached += found * across * down;
            first += length;
        }
    }
    (events, reached)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::Window;

    #[test]
    fn windows_are_counted_as_they_lie() {
        let input = Dims { width: 9, height: 7, channels: 3 };
        let map: Vec<u8> = (0..input.len()).map(|i| (i * i % 5 % 3) as u8).collect();
        for (size, stride, pad, outputs) in
            [(3, 1, 1, [9, 7]), (3, 2, 1, [5, 4]), (1, 1, 0, [9, 7]), (5, 3, 2, [3, 3])]
        {
            let kernel = outputs.map(|outputs| Span { size, stride, pad, outputs });
            let mut reached = 0;
            for x in (0..outputs[0] as usize).map(|x| Window::new(&kernel[0], x, 9)) {
                for y in (0..outputs[1] as usize).map(|y| Window::new(&kernel[1], y, 7)) {
                    let inside = x.positions().flat_map(|x| y.positions().map(move |y| (x * 7 + y) * 3));
                    reached += inside.map(|at| count(&map[at..at + 3]) as u64).sum::<u64>();
                }
            }
            assert_eq!(count_reached(&kernel, input, &map), (count(&map) as u64, reached));
            assert_eq!(
                count_reached(&kernel, input, &vec![1; map.len()]).1,
                3 * reached_by_all(&kernel, input)
            );
        }
    }
}
