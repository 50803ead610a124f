//! Pooling of potentials.

use spikemesh_isa::{Axis, Pooling, Rows};

/// Pools potentials (column, row, filter) of `columns` columns and the convolution rows `rows` to the pooled rows `pooled_rows`.
/// Without pooling they are what they were; otherwise they are in `out`.
pub fn pool<'a>(
    pooling: Pooling,
    potentials: &'a [i32],
    columns: u32,
    rows: Rows,
    pooled_rows: Rows,
    filters: usize,
    out: &'a mut Vec<i32>,
) -> &'a [i32] {
    out.clear();
    let at = |column: u32, row: u32| {
        let start = (column as usize * rows.len() as usize + (row - rows.first) as usize) * filters;
        &potentials[start..start + filters]
    };
    match pooling {
        Pooling::None => return potentials,
        Pooling::Max { x, y } => {
            for column in 0..x.outputs {
                for row in pooled_rows.first..pooled_rows.end {
                    let start = out.len();
                    out.resize(start + filters, i32::MIN);
                    for (c, r) in positions(x, column, columns, y, row, rows) {
                        for (best, &potential) in out[start..].iter_mut().zip(at(c, r)) {
                            *best = potential.max(*best);
                        }
                    }
                }
            }
        }
        Pooling::GlobalSum => {
            if pooled_rows.is_empty() {
                return out;
            }
            out.resize(filters, 0);
            for position in potentials.chunks_exact(filters) {
                for (sum, &potential) in out.iter_mut().zip(position) {
                    *sum = sum.wrapping_add(potential);
                }
            }
        }
    }
    out
}

/// Positions inside the map that a window covers.
fn positions(
    x: Axis,
    column: u32,
    columns: u32,
    y: Axis,
    row: u32,
    rows: Rows,
) -> impl Iterator<Item = (u32, u32)> {
    let inside = |axis: Axis, output: u32, end: u32| {
        let start = output * axis.stride;
        start.saturating_sub(axis.pad)..(start + axis.size).saturating_sub(axis.pad).min(end)
    };
    inside(x, column, columns).flat_map(move |c| inside(y, row, rows.end).map(move |r| (c, r)))
}
