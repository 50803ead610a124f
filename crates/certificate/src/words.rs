//! Words and flits of a route in a frame in which every position fires: no frame sends more.
//!
//! Words leave a unit in batches. Each route takes those of its rows, and packs them: a packet closes after 16 words, where the next word has another
//! base (a block of 64 local rows, 2,048 columns or 2,048 features), where potentials go on at another position, and at the end of the batch.
//!
//! | unit | a batch | may be cut |
//! |---|---|---|
//! | NP, convolution | one column of its output, one group of filters | where the FIFO is full |
//! | NP, fully connected | all its neurons | where the FIFO is full; after each 16 words with external weights |
//! | input unit | one row of its convolution | after any 16 words |
//! | event DMA | one column of the buffer | where the FIFO is full |
//!
//! A run of n words of one base takes ceil(n / 16) heads and ceil(n / 4) flits of words, and each cut at most one of both more. A frame with fewer words has
//! no more runs, and none that is longer.

use spikemesh_isa::packet::{COLUMNS_PER_BASE, FEATURES_PER_BASE, FLIT_WORDS, PACKET_WORDS, ROWS_PER_BASE};
use spikemesh_isa::{Axis, MapShape, Route, Rows};

/// How a unit sends a frame of its output.
pub(crate) struct Sender {
    /// The whole map that it helps to produce.
    pub map: MapShape,
    /// Its rows of that map.
    pub rows: Rows,
    /// Its first feature, and how many.
    pub features: (u32, u32),
    /// 32-bit potentials leave it.
    pub potentials: bool,
    /// Features that leave it together.
    pub group: u32,
    /// Words that its FIFO holds.
    pub fifo: u32,
    pub order: Order,
}

/// In which order positions leave.
pub(crate) enum Order {
    /// Column by column, for each group of features. So many columns leave with the first scan, and with the last.
    Columns { together: [u32; 2] },
    /// Row by row, in batches of multiples of 16 words. So many columns and rows at most leave together.
    Rows { together: [u32; 2] },
    /// Everything at once, or sixteen words at a time.
    Once { sixteens: bool },
}

/// Words, and flits at most, that a route carries.
pub(crate) fn load(sender: &Sender, route: &Route) -> (u64, u64) {
    let rows =
        Rows { first: sender.rows.first.max(route.rows.first), end: sender.rows.end.min(route.rows.end) };
    let (first, features) = sender.features;
    let words = u64::from(rows.len()) * u64::from(sender.map.width) * u64::from(features);
    if words == 0 {
        return (0, 0);
    }
    let group = if sender.group == 0 { features.max(1) } else { sender.group };
    let mut flits = 0;
    for offset in (0..features).step_by(group as usize) {
        let begin = first + offset + route.channel_base;
        let end = begin + group.min(features - offset);
        flits += match sender.order {
            Order::Columns { .. } | Order::Once { .. } => {
                u64::from(sender.map.width) * column(sender, rows, route.row_base, begin..end)
            }
            Order::Rows { .. } => 0,
        };
        let batch = u64::from(sender.rows.len()) * u64::from(group.min(features - offset));
        flits += match sender.order {
            Order::Columns { together } => {
                let (width, cuts) =
                    (sender.map.width, |columns: u32| cuts(batch * u64::from(columns), sender.fifo));
                match together {
                    [first, _] if first >= width => cuts(width),
                    [first, last] => {
                        cuts(first) + cuts(last) + u64::from(width.saturating_sub(first + last)) * cuts(1)
                    }
                }
            }
            Order::Once { sixteens } => {
                let each = if sixteens { PACKET_WORDS as u64 } else { batch };
                cuts(batch, sender.fifo) + sixteen_cuts(batch, each, begin..end)
            }
            Order::Rows { .. } => 0,
        };
    }
    if let Order::Rows { together } = sender.order {
        flits += rows_in_raster(sender, rows, route, group, together);
    }
    (words, flits)
}

/// Flits of a run of words of one base.
fn run(words: u64) -> u64 {
    words.div_ceil(PACKET_WORDS as u64) + words.div_ceil(FLIT_WORDS as u64)
}

/// Flits that cuts of a batch by a full FIFO add.
fn cuts(batch: u64, fifo: u32) -> u64 {
    2 * (batch.div_ceil(u64::from(fifo).max(1)).saturating_sub(1))
}

/// Flits that cuts after each sixteen words add: none to a single run, whose packets close there anyway.
fn sixteen_cuts(batch: u64, each: u64, features: std::ops::Range<u32>) -> u64 {
    if each == batch || blocks(features).count() == 1 { 0 } else { 2 * (batch / each.max(1)) }
}

/// A range in its parts of one base each.
fn parts(range: std::ops::Range<u32>, block: u32) -> impl Iterator<Item = u32> {
    let mut at = range.start;
    std::iter::from_fn(move || {
        (at < range.end).then(|| {
            let next = ((at / block + 1) * block).min(range.end);
            let part = next - at;
            at = next;
            part
        })
    })
}

fn blocks(features: std::ops::Range<u32>) -> impl Iterator<Item = u32> {
    parts(features, FEATURES_PER_BASE)
}

/// Flits of a column: rows, and of each row all features of a group.
fn column(sender: &Sender, rows: Rows, row_base: u32, features: std::ops::Range<u32>) -> u64 {
    let each = u64::from(features.end - features.start);
    if sender.potentials {
        return u64::from(rows.len()) * run(each);
    }
    if blocks(features.clone()).count() == 1 {
        let local = rows.first.saturating_sub(row_base)..rows.end.saturating_sub(row_base);
        return parts(local, ROWS_PER_BASE).map(|rows| run(u64::from(rows) * each)).sum();
    }
    u64::from(rows.len()) * blocks(features).map(|part| run(part.into())).sum::<u64>()
}

/// Flits of rows that leave in raster order, of each position group after group. A batch begins after any sixteen words.
fn rows_in_raster(sender: &Sender, rows: Rows, route: &Route, group: u32, steps: [u32; 2]) -> u64 {
    let (first, features) = (sender.features.0 + route.channel_base, sender.features.1);
    let width = sender.map.width;
    let [columns_together, rows_together] = steps.map(|count| u64::from(count.max(1)));
    let row_words = u64::from(width) * u64::from(features);
    let one_base = !sender.potentials && rows_together == 1 && blocks(first..first + features).count() == 1;
    let row = if one_base {
        parts(0..width, COLUMNS_PER_BASE).map(|columns| run(u64::from(columns) * u64::from(features))).sum()
    } else {
        let position: u64 = (0..features)
            .step_by(group as usize)
            .flat_map(|offset| blocks(first + offset..first + (offset + group).min(features)))
            .map(|part| run(part.into()))
            .sum();
        u64::from(width) * position
    };
    // A row of one base is cut only where its packets close anyway.
    let sixteens = match one_base && width <= COLUMNS_PER_BASE {
        true => 0,
        false => 2 * rows_together * row_words.div_ceil(PACKET_WORDS as u64),
    };
    let step = u64::from(group) * rows_together * columns_together + PACKET_WORDS as u64 - 1;
    let full = u64::from(width) * u64::from(features.div_ceil(group)) * cuts(step, sender.fifo);
    u64::from(rows.len()) * (row + sixteens + full)
}

/// Most windows along an axis that end with one and the same of `positions` positions.
pub(crate) fn ending_together(pool: Axis, positions: u32) -> u32 {
    let end = |window: u32| {
        let end = u64::from(window) * u64::from(pool.stride) + u64::from(pool.size);
        end.saturating_sub(u64::from(pool.pad)).min(positions.into())
    };
    // Ends ascend one stride each until they meet the border of the map: there are the most.
    (0..pool.outputs).filter(|&window| end(window) == end(pool.outputs - 1)).count().max(1) as u32
}

/// Columns of the output that leave with the first scan, and with the last: a column leaves with the scan of the centre of its window, of a pool with that
/// of the last column of the convolution that it covers. Only at the borders of the map, beyond which nothing is scanned, do several centres meet.
pub(crate) fn leaving_together(convolution: Axis, pool: Option<Axis>, width: u32) -> [u32; 2] {
    let scan = |column: u32| {
        let centre = u64::from(column) * u64::from(convolution.stride) + u64::from(convolution.size - 1) / 2;
        centre.saturating_sub(convolution.pad.into()).min(u64::from(width.saturating_sub(1)))
    };
    let leaves = |output: u32| match pool {
        None => scan(output),
        Some(pool) => {
            let end = u64::from(output) * u64::from(pool.stride) + u64::from(pool.size - 1);
            let last = u64::from(convolution.outputs.saturating_sub(1));
            scan(end.saturating_sub(pool.pad.into()).min(last) as u32)
        }
    };
    let outputs = pool.unwrap_or(convolution).outputs;
    [0, outputs.saturating_sub(1)]
        .map(|end| (0..outputs).filter(|&output| leaves(output) == leaves(end)).count().max(1) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use spikemesh_isa::{NpId, Target};

    fn sender(order: Order) -> Sender {
        Sender {
            map: MapShape { width: 10, height: 20, channels: 20 },
            rows: Rows { first: 0, end: 10 },
            features: (0, 20),
            potentials: false,
            group: 8,
            fifo: 512,
            order,
        }
    }

    fn route(first: u32, end: u32) -> Route {
        Route {
            target: Target::Np(NpId(0)),
            rows: Rows { first, end },
            row_base: first,
            channel_base: 0,
            joined: false,
        }
    }

    #[test]
    fn columns_of_groups() {
        let columns = sender(Order::Columns { together: [1, 1] });
        // Groups of 8, 8 and 4 features: runs of 32, 32 and 16 words.
        assert_eq!(load(&columns, &route(2, 6)), (800, 10 * ((2 + 8) + (2 + 8) + (1 + 4))));
        assert_eq!(load(&columns, &route(12, 16)), (0, 0));
        // A batch of 80 words in parts of 30 is cut twice, one of 40 once, wherever the route's rows are.
        let small = Sender { fifo: 30, ..columns };
        assert_eq!(load(&small, &route(2, 6)).1, 250 + 10 * (4 + 4 + 2));
        // Two columns that leave together are cut five, five and two times, not two, two and one time each.
        let order = Order::Columns { together: [2, 2] };
        assert_eq!(
            load(&Sender { order, ..small }, &route(2, 6)).1,
            250 + 6 * (4 + 4 + 2) + 2 * (10 + 10 + 4)
        );
        let order = Order::Columns { together: [10, 10] };
        let all = [800_u64, 800, 400].map(|words| 2 * (words.div_ceil(30) - 1));
        assert_eq!(load(&Sender { order, ..small }, &route(2, 6)).1, 250 + all.iter().sum::<u64>());
        // 64 local rows end between the fourth row and the fifth.
        let far = Route { row_base: 0, ..route(60, 66) };
        let tall = Sender {
            rows: Rows { first: 0, end: 100 },
            fifo: 1000,
            features: (0, 8),
            ..sender(Order::Columns { together: [1, 1] })
        };
        assert_eq!(load(&tall, &far).1, 10 * ((2 + 8) + (1 + 4)));
    }

    #[test]
    fn rows_and_neurons() {
        let raster = sender(Order::Rows { together: [1, 1] });
        assert_eq!(load(&raster, &route(0, 10)), (2000, 10 * (13 + 50)));
        let neurons = Sender {
            map: MapShape { width: 1, height: 1, channels: 20 },
            rows: Rows { first: 0, end: 1 },
            group: 0,
            ..sender(Order::Once { sixteens: true })
        };
        assert_eq!(load(&neurons, &route(0, 1)), (20, 2 + 5));
        let potentials = Sender { potentials: true, ..sender(Order::Columns { together: [1, 1] }) };
        assert_eq!(load(&potentials, &route(0, 1)), (200, 10 * (3 + 3 + 2)));
    }

    #[test]
    fn windows_that_end_at_the_border() {
        let axis = |size, stride, pad, outputs| Axis { size, stride, pad, outputs };
        assert_eq!(ending_together(axis(2, 2, 0, 5), 10), 1);
        assert_eq!(ending_together(axis(3, 1, 1, 10), 10), 2);
        assert_eq!(ending_together(axis(10, 10, 0, 1), 10), 1);
        assert_eq!(leaving_together(axis(3, 1, 1, 10), None, 10), [1, 1]);
        assert_eq!(leaving_together(axis(3, 1, 2, 9), None, 7), [2, 2]);
        assert_eq!(leaving_together(axis(3, 1, 2, 8), None, 7), [2, 1]);
        assert_eq!(leaving_together(axis(3, 1, 1, 9), None, 7), [1, 3]);
        assert_eq!(leaving_together(axis(7, 1, 6, 7), None, 1), [7, 7]);
        assert_eq!(leaving_together(axis(3, 1, 2, 9), Some(axis(2, 2, 1, 5)), 7), [1, 1]);
        assert_eq!(leaving_together(axis(3, 1, 2, 9), Some(axis(1, 1, 0, 9)), 7), [2, 2]);
    }
}
