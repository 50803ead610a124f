//! A map with its border written out and its channels filled up, so that every window is whole and every run of values is in groups.

use spikemesh_model::{Dims, Span};

use crate::window::Window;

/// How a map is laid out for windows that all lie within it.
#[derive(Clone, Debug)]
pub struct Border {
    map: Dims,
    pads: [u32; 2],
    padded: Dims,
}

impl Border {
    /// For windows of `kernel` over `map`, with channels filled up to a multiple of `group`.
    ///
    /// The padded map is exactly as large as its windows reach: `(outputs - 1) * stride + size` per axis. That may be less than map and
    /// border together (a stride that leaves a rest).
    pub fn new(map: Dims, kernel: &[Span; 2], group: usize) -> Border {
        let [width, height] = kernel.map(|span| (span.outputs - 1) * span.stride + span.size);
        let channels = map.channels.next_multiple_of(group as u32);
        Border { map, pads: kernel.map(|span| span.pad), padded: Dims { width, height, channels } }
    }

    /// Size of the padded map.
    pub fn padded(&self) -> Dims {
        self.padded
    }

    /// Writes the padded map of `map` (w, h, c). Positions outside of `map` have `outside` in their channels, channels that are filled up have 0.
    ///
    /// What is copied is the part of the map that some window sees: one [`Window`] of the padded size over the map, clipped.
    pub fn write<V: Copy + From<u8>>(&self, map: &[u8], outside: u8, out: &mut Vec<V>) {
        let Dims { width, height, channels } = self.padded;
        let [from, to] = [self.map.channels as usize, channels as usize];
        let [x, y] = [(0, self.map.width, width), (1, self.map.height, height)].map(|(axis, map, padded)| {
            let all = Span { size: padded, pad: self.pads[axis], stride: 1, outputs: 1 };
            Window::new(&all, 0, map as usize)
        });
        if from != to {
            out.clear();
        }
        out.resize(self.padded.len(), V::from(0));
        let column = height as usize * to;
        for (at, out) in out.chunks_exact_mut(column).enumerate() {
            let Some(i) = at.checked_sub(x.tap).filter(|i| *i < x.len) else {
                fill(out, outside, from, to);
                continue;
            };
            let map = &map[((x.first + i) * self.map.height as usize + y.first) * from..][..y.len * from];
            let (above, out) = out.split_at_mut(y.tap * to);
            let (out, below) = out.split_at_mut(y.len * to);
            fill(above, outside, from, to);
            fill(below, outside, from, to);
            match (from, to) {
                _ if from == to => copy(map, out),
                // Images: with constant lengths a position is a few moves.
                (3, 4) => copy_positions::<V, 3, 4>(map, out),
                (1, 4) => copy_positions::<V, 1, 4>(map, out),
                (1, 2) => copy_positions::<V, 1, 2>(map, out),
                _ => {
                    for (map, out) in map.chunks_exact(from).zip(out.chunks_exact_mut(to)) {
                        copy(map, out);
                    }
                }
            }
        }
    }
}

/// Positions outside of the map.
fn fill<V: Copy + From<u8>>(out: &mut [V], outside: u8, from: usize, to: usize) {
    if from == to {
        out.fill(V::from(outside));
    } else if outside != 0 {
        for position in out.chunks_exact_mut(to) {
            position[..from].fill(V::from(outside));
        }
    }
}

fn copy_positions<V: From<u8>, const FROM: usize, const TO: usize>(from: &[u8], to: &mut [V]) {
    for (from, to) in from.as_chunks::<FROM>().0.iter().zip(to.as_chunks_mut::<TO>().0) {
        copy(from, &mut to[..FROM]);
    }
}

fn copy<V: From<u8>>(from: &[u8], to: &mut [V]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = from.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_border_has_its_value_and_filled_channels_have_none() {
        let map = Dims { width: 1, height: 2, channels: 1 };
        let kernel = [3, 1].map(|size| Span {
            size,
            stride: 1,
            pad: size / 2,
            outputs: if size == 3 { 1 } else { 2 },
        });
        let border = Border::new(map, &kernel, 2);
        assert_eq!(border.padded(), Dims { width: 3, height: 2, channels: 2 });
        let mut out: Vec<i16> = Vec::new();
        border.write(&[7, 200], 9, &mut out);
        assert_eq!(out, [9, 0, 9, 0, 7, 0, 200, 0, 9, 0, 9, 0]);
    }

    #[test]
    fn what_an_earlier_map_left_does_not_show() {
        let kernel = [
            Span { size: 3, stride: 1, pad: 1, outputs: 4 },
            Span { size: 3, stride: 1, pad: 2, outputs: 5 },
        ];
        for (channels, group, outside) in [(2, 2, 0), (2, 2, 7), (3, 4, 0), (3, 4, 7), (5, 8, 0), (1, 4, 9)] {
            let map = Dims { width: 4, height: 3, channels };
            let border = Border::new(map, &kernel, group);
            let values: Vec<u8> = (1..=map.len() as u8).collect();
            let (mut fresh, mut used) = (Vec::<u8>::new(), vec![99; 1000]);
            border.write(&values, outside, &mut fresh);
            border.write(&values, outside, &mut used);
            assert_eq!(used, fresh, "{channels} channels in {group}, outside {outside}");
            assert_eq!(fresh.len(), border.padded().len());
        }
    }

    #[test]
    fn what_no_window_sees_is_left_out() {
        let map = Dims { width: 5, height: 1, channels: 1 };
        // Two windows of two positions at a stride of two see four of five.
        let kernel = [
            Span { size: 2, stride: 2, pad: 0, outputs: 2 },
            Span { size: 1, stride: 1, pad: 0, outputs: 1 },
        ];
        let mut out: Vec<u8> = Vec::new();
        Border::new(map, &kernel, 1).write(&[1, 2, 3, 4, 5], 0, &mut out);
        assert_eq!(out, [1, 2, 3, 4]);
    }
}
