//! Convolutions. A plain one is driven by events: each adds its value times a row of weights to every position that it reaches. A separable one
//! sums channels over the whole map, then mixes the sums that are not zero.
//!
//! A stored kernel is applied flipped: the event at offset `i` of a window meets tap `size - 1 - i`.

use multiversion::multiversion;
use spikemesh_isa::memory::Contents;
use spikemesh_isa::{Axis, Convolution, Pooling, Rows, Window};

use super::events::{MapEvent, MapEvents};
use super::scratch::Scratch;
use super::{accumulate, accumulate_wide, multiply_add, pad_rows, padded};

/// A convolution's geometry and weights.
#[derive(Clone, Debug)]
pub struct SparseConvolution {
    x: Axis,
    y: Axis,
    width: usize,
    channels: usize,
    /// The input map's row that is local row 0.
    first_row: u32,
    /// Rows of the convolution's output that are computed.
    rows: Rows,
    /// Filters, padded.
    filters: usize,
    /// Plain: (tap x, tap y, channel, filter); depthwise: (tap x, tap y, channel).
    weights: Vec<i16>,
    /// (channel, filter); empty for a plain convolution.
    pointwise: Vec<i16>,
}

/// Rows of the convolution that the pooled `output_rows` need.
pub fn convolution_rows(convolution: &Convolution) -> Rows {
    let rows = convolution.output_rows;
    match convolution.pooling {
        _ if rows.is_empty() => Rows { first: 0, end: 0 },
        Pooling::None => rows,
        Pooling::Max { y, .. } => Rows {
            first: (rows.first * y.stride).saturating_sub(y.pad),
            end: ((rows.end - 1) * y.stride + y.size).saturating_sub(y.pad).min(convolution.y.outputs),
        },
        Pooling::GlobalSum => Rows { first: 0, end: convolution.y.outputs },
    }
}

impl SparseConvolution {
    /// Prepares a convolution over a window, with the contents of its memory image.
    pub fn new(convolution: &Convolution, window: &Window, contents: &Contents) -> SparseConvolution {
        let filters = convolution.filters as usize;
        let (weights, pointwise) = if convolution.separable {
            (contents.weights.iter().map(|&w| i16::from(w)).collect(), pad_rows(&contents.pointwise, filters))
        } else {
            (pad_rows(&contents.weights, filters), Vec::new())
        };
        SparseConvolution {
            x: convolution.x,
            y: convolution.y,
            width: window.map.width as usize,
            channels: window.map.channels as usize,
            first_row: window.rows.first,
            rows: convolution_rows(convolution),
            filters: padded(filters),
            weights,
            pointwise,
        }
    }

    /// Computes the potentials (output column, output row, filter) of `map` (column, local row, channel), column by column: a column of potentials stays in the cache while the events of all input columns under its window are added. A separable convolution sums each channel first (row, channel), then mixes
    /// the channels; both are exact, so no order of additions changes a value.
    pub fn run(&self, map: &[u8], scratch: &mut Scratch) {
        let Scratch { events, sums, potentials: out, .. } = scratch;
        let column = self.rows.len() as usize * self.filters;
        out.clear();
        out.resize(self.x.outputs as usize * column, 0);
        if column == 0 {
            return;
        }
        if self.pointwise.is_empty() {
            events.list(map, self.width, self.channels);
        }
        for (o, potentials) in out.chunks_exact_mut(column).enumerate() {
            if self.pointwise.is_empty() {
                plain_column(self, events, o, potentials);
            } else {
                sums.clear();
                sums.resize(self.rows.len() as usize * self.channels, 0);
                depthwise_column(self, map, o, sums);
                pointwise_column(sums, &self.pointwise, self.channels, potentials);
            }
        }
    }

    /// Input columns inside the map that output column `o` covers, each with its tap. The kernel is stored flipped, so the window's column `i` meets tap
    /// `size - 1 - i`; columns of the padding hold no events and are left out.
    #[inline(always)]
    fn columns(&self, o: usize) -> impl Iterator<Item = (usize, usize)> {
        let (stride, pad, size) = (self.x.stride as usize, self.x.pad as usize, self.x.size as usize);
        let width = self.width;
        (0..size).filter_map(move |i| {
            let column = (o * stride + i).checked_sub(pad)?;
            (column < width).then_some((column, size - 1 - i))
        })
    }

    /// Computed output rows that an event's row reaches, each with its tap.
    ///
    /// With `position` the event's row counted from the start of the padding, output row r covers positions `r * stride .. r * stride + size`. So r runs
    /// from ceil((position + 1 - size) / stride) to floor(position / stride), cut to the rows that this unit computes. The cut may leave
    /// `first > end`, hence the `max`.
    #[inline(always)]
    fn reached(&self, event: MapEvent) -> impl Iterator<Item = (usize, usize)> {
        let (stride, pad, size) = (self.y.stride, self.y.pad, self.y.size);
        let position = self.first_row + u32::from(event.row) + pad;
        let first = (position + 1).saturating_sub(size).div_ceil(stride).max(self.rows.first);
        let end = (position / stride + 1).min(self.rows.end);
        let base = self.rows.first;
        (first..end.max(first)).map(move |row| {
            let i = position - row * stride;
            ((row - base) as usize, (size - 1 - i) as usize)
        })
    }
}

/// Adds the events under an output column's window to its potentials. Filters lie innermost in weights and potentials, padded to whole vectors, so the
/// inner loop is a multiply-add of one value with a row of weights. Compiled for each vector width of the host; sums wrap, so all give the same bits.
#[multiversion(targets = "simd")]
fn plain_column(plan: &SparseConvolution, events: &MapEvents, o: usize, potentials: &mut [i32]) {
    let (filters, channels, taps) = (plan.filters, plan.channels, plan.y.size as usize);
    for (column, tap_x) in plan.columns(o) {
        for &event in events.column(column) {
            let value = i16::from(event.value);
            for (row, tap_y) in plan.reached(event) {
                let weights = ((tap_x * taps + tap_y) * channels + usize::from(event.channel)) * filters;
                accumulate(
                    &mut potentials[row * filters..][..filters],
                    &plan.weights[weights..][..filters],
                    value,
                );
            }
        }
    }
}

/// Sums each channel with its own kernel. Channels lie innermost in map, weights and sums, so a tap is one multiply-add of two rows. Zeros are
/// multiplied too: an event for itself is a scatter, which is slower as long as one value in a hundred is not zero.
#[multiversion(targets = "simd")]
fn depthwise_column(plan: &SparseConvolution, map: &[u8], o: usize, sums: &mut [i32]) {
    let channels = plan.channels;
    let column = map.len() / plan.width.max(1);
    let height = column / channels;
    let Axis { size, stride, pad, .. } = plan.y;
    // Local row of tap 0 of the first computed row, counted from the start of the padding.
    let first = (plan.rows.first * stride) as i64 - i64::from(pad) - i64::from(plan.first_row);
    for (x, tap_x) in plan.columns(o) {
        let map = &map[x * column..][..column];
        for (row, sums) in sums.chunks_exact_mut(channels).enumerate() {
            let top = first + (row * stride as usize) as i64;
            for i in 0..size as usize {
                let Some(y) = usize::try_from(top + i as i64).ok().filter(|y| *y < height) else { continue };
                let tap = tap_x * size as usize + size as usize - 1 - i;
                multiply_add(
                    sums,
                    &plan.weights[tap * channels..][..channels],
                    &map[y * channels..][..channels],
                );
            }
        }
    }
}

/// Mixes the channel sums of each row into its filters. Sums are sparse as events are, so zeros are skipped before the vector loop.
#[multiversion(targets = "simd")]
fn pointwise_column(sums: &[i32], weights: &[i16], channels: usize, potentials: &mut [i32]) {
    let rows = sums.len() / channels;
    let filters = potentials.len() / rows;
    for (sums, potentials) in sums.chunks_exact(channels).zip(potentials.chunks_exact_mut(filters)) {
        for (channel, &sum) in sums.iter().enumerate() {
            let weights = &weights[channel * filters..][..filters];
            match i16::try_from(sum) {
                Ok(0) => {}
                Ok(sum) => accumulate(potentials, weights, sum),
                Err(_) => accumulate_wide(potentials, weights, sum),
            }
        }
    }
}
