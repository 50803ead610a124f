//! Where a layer is cut: the rows that each slice owns, holds and computes, and its filters.

use spikemesh_isa::Rows;
use spikemesh_model::{Layer, Span};

/// A slice along y.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowTile {
    /// Input rows that it owns: every row has one owner.
    pub own: Rows,
    /// Input rows that it holds: those that it owns, the halo, and whatever its outputs need.
    pub window: Rows,
    /// Rows of the (pooled) output map that it computes: every row in one slice.
    pub outputs: Rows,
}

/// A piece of a layer: some of its rows and some of its filters. One unit computes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Its rows.
    pub rows: RowTile,
    /// Its first filter.
    pub first_filter: u32,
    /// Its number of filters.
    pub filters: u32,
}

/// How rows of potentials become output rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowPooling {
    /// One for one.
    None,
    /// By the largest of a window.
    Windows(Span),
    /// All of them into one; the layer cannot be cut along y.
    Global,
}

/// How the rows of a layer with a convolution are pooled.
pub fn row_pooling(layer: &Layer) -> RowPooling {
    match (layer.shape.kernel, layer.shape.pooling) {
        (Some([_, kernel]), Some([_, pool])) if pool.is_global(kernel.outputs) => RowPooling::Global,
        (_, Some([_, pool])) => RowPooling::Windows(pool),
        (_, None) => RowPooling::None,
    }
}

/// Cuts `height` input rows into `splits` slices.
///
/// Rule (docs/mapping.md): slice i owns the input rows i r up to (i + 1) r with r = ceil(height / splits); with max
/// pooling, boundaries are rounded down to multiples of stride x pool stride, so that no window straddles two slices. An
/// output row belongs to the slice that owns the centre tap of its (first) convolution row, clamped into the map.
///
/// Invariants: every input row has one owner; every output row is computed by one slice; a slice holds every row that its
/// outputs depend on, and the halo whether it is needed or not. A slice may end up with no output, and, when boundaries
/// are rounded, even with no row.
pub fn tile_rows(height: u32, kernel: Span, pooling: RowPooling, splits: u32) -> Vec<RowTile> {
    let unit = match pooling {
        RowPooling::Windows(pool) => kernel.stride * pool.stride,
        RowPooling::None | RowPooling::Global => 1,
    };
    // As many rows for each as the split rule counts: published times follow inner slices of ceil(height / splits) rows.
    let rows = height.div_ceil(splits);
    let boundary = |i: u32| {
        let full = i.saturating_mul(rows).min(height);
        if i == splits { height } else { full - full % unit }
    };
    let halo = (kernel.size - 1) / 2;
    let mut tiles: Vec<RowTile> = (0..splits)
        .map(|i| {
            let own = Rows { first: boundary(i), end: boundary(i + 1) };
            let window = if own.is_empty() {
                own
            } else {
                Rows { first: own.first.saturating_sub(halo), end: (own.end + halo).min(height) }
            };
            RowTile { own, window, outputs: Rows { first: 0, end: 0 } }
        })
        .collect();

    let outputs = match pooling {
        RowPooling::None => kernel.outputs,
        RowPooling::Windows(pool) => pool.outputs,
        RowPooling::Global => 1,
    };
    // Centre taps ascend with output rows, so one sweep over both deals the outputs. None is left over: the last slice ends
    // with the map, and centres are clamped into it.
    let mut next = 0;
    for tile in &mut tiles {
        tile.outputs.first = next;
        while next < outputs && centre(height, kernel, pooling, next) < tile.own.end {
            let needed = needed_rows(height, kernel, pooling, next);
            tile.window.first = tile.window.first.min(needed.first);
            tile.window.end = tile.window.end.max(needed.end);
            next += 1;
        }
        tile.outputs.end = next;
    }
    tiles
}

/// Convolution rows that output row `output` is made of.
pub fn convolution_rows(kernel: Span, pooling: RowPooling, output: u32) -> Rows {
    match pooling {
        RowPooling::None => Rows { first: output, end: output + 1 },
        RowPooling::Windows(pool) => covered(pool, output, kernel.outputs),
        RowPooling::Global => Rows { first: 0, end: kernel.outputs },
    }
}

/// Input rows that output row `output` depends on.
pub fn needed_rows(height: u32, kernel: Span, pooling: RowPooling, output: u32) -> Rows {
    let rows = convolution_rows(kernel, pooling, output);
    let last = rows.end.saturating_sub(1).max(rows.first);
    Rows { first: covered(kernel, rows.first, height).first, end: covered(kernel, last, height).end }
}

/// Positions inside an axis of `length` that window `output` covers.
fn covered(span: Span, output: u32, length: u32) -> Rows {
    let start = i64::from(output) * i64::from(span.stride) - i64::from(span.pad);
    let clamp = |position: i64| position.clamp(0, i64::from(length)) as u32;
    Rows { first: clamp(start), end: clamp(start + i64::from(span.size)) }
}

fn centre(height: u32, kernel: Span, pooling: RowPooling, output: u32) -> u32 {
    let row = convolution_rows(kernel, pooling, output).first;
    let tap =
        i64::from(row) * i64::from(kernel.stride) - i64::from(kernel.pad) + i64::from((kernel.size - 1) / 2);
    tap.clamp(0, i64::from(height) - 1) as u32
}

/// Deals `filters` evenly to `splits` slices: first filter and number of each.
pub fn deal_filters(filters: u32, splits: u32) -> Vec<(u32, u32)> {
    let boundary = |j: u32| (u64::from(j) * u64::from(filters) / u64::from(splits)) as u32;
    (0..splits).map(|j| (boundary(j), boundary(j + 1) - boundary(j))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(size: u32, stride: u32, input: u32) -> Span {
        let outputs = input.div_ceil(stride);
        let total = ((outputs - 1) * stride + size).saturating_sub(input);
        Span { size, stride, pad: total / 2, outputs }
    }

    fn rows(first: u32, end: u32) -> Rows {
        Rows { first, end }
    }

    #[test]
    fn a_halo_of_half_a_kernel_on_each_inner_side() {
        let tiles = tile_rows(80, same(3, 1, 80), RowPooling::None, 3);
        let expected = [
            RowTile { own: rows(0, 27), window: rows(0, 28), outputs: rows(0, 27) },
            RowTile { own: rows(27, 54), window: rows(26, 55), outputs: rows(27, 54) },
            RowTile { own: rows(54, 80), window: rows(53, 80), outputs: rows(54, 80) },
        ];
        assert_eq!(tiles, expected);
    }

    #[test]
    fn a_strided_output_belongs_to_the_owner_of_its_centre_tap() {
        // 80 rows, stride 2, no padding above: output r is centred on row 2r + 1.
        let tiles = tile_rows(80, same(3, 2, 80), RowPooling::None, 3);
        assert_eq!(
            tiles.iter().map(|tile| tile.outputs).collect::<Vec<_>>(),
            [rows(0, 13), rows(13, 27), rows(27, 40)]
        );
    }

    #[test]
    fn pooling_windows_do_not_straddle_slices() {
        // Slices of 17 rows end at 17 and 34; a pool of 2 rounds that to 16 and 34.
        let kernel = same(3, 1, 50);
        let tiles = tile_rows(50, kernel, RowPooling::Windows(same(2, 2, 50)), 3);
        assert_eq!(
            tiles.iter().map(|tile| tile.own).collect::<Vec<_>>(),
            [rows(0, 16), rows(16, 34), rows(34, 50)]
        );
        assert_eq!(
            tiles.iter().map(|tile| tile.outputs).collect::<Vec<_>>(),
            [rows(0, 8), rows(8, 17), rows(17, 25)]
        );
        assert_eq!(tiles[1].window, rows(15, 35));
    }

    #[test]
    fn a_pool_longer_than_its_stride_adds_rows() {
        let kernel = same(3, 1, 64);
        let pool = Span { size: 3, stride: 2, pad: 0, outputs: 32 };
        let tiles = tile_rows(64, kernel, RowPooling::Windows(pool), 2);
        // The last window of slice 0 starts at convolution row 30 and needs row 32, hence input row 33.
        assert_eq!(tiles[0], RowTile { own: rows(0, 32), window: rows(0, 34), outputs: rows(0, 16) });
    }

    #[test]
    fn rounding_may_leave_a_slice_without_rows() {
        let tiles = tile_rows(10, same(1, 1, 10), RowPooling::Windows(same(8, 8, 10)), 3);
        assert_eq!(tiles[0], RowTile { own: rows(0, 0), window: rows(0, 0), outputs: rows(0, 0) });
        assert_eq!(tiles[1], RowTile { own: rows(0, 8), window: rows(0, 10), outputs: rows(0, 2) });
        assert_eq!(tiles[2], RowTile { own: rows(8, 10), window: rows(8, 10), outputs: rows(2, 2) });
    }

    #[test]
    fn filters_are_dealt_evenly() {
        assert_eq!(deal_filters(10, 3), [(0, 3), (3, 3), (6, 4)]);
    }
}
