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
        // What is copied over anyway is not cleared.
        if [x.len, y.len, from] != [width as usize, height as usize, to] {
            out.clear();
        }
        out.resize(self.padded.len(), V::from(0));
        if outside != 0 {
            for position in out.chunks_exact_mut(to) {
                position[..from].fill(V::from(outside));
            }
        }
        for i in 0..x.len {
            let map = &map[((x.first + i) * self.map.height as usize + y.first) * from..][..y.len * from];
            let out = &mut out[((x.tap + i) * height as usize + y.tap) * to..][..y.len * to];
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
