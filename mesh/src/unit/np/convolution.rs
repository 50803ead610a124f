//! The steps of a convolution: unpack, then per filter group and column fetch, accumulate, scan.
//!
//! The rules are in docs/microarchitecture/np.md, "Convolution". All potentials of a frame are computed when it is complete; the steps only decide
//! when they leave. So what steps cost can change without a change of any value, and the kernels may be as fast as they like.
//!
//! Column x is scanned when the column half a kernel further has been accumulated; the trailing columns follow at the end of the group. A column
//! of the (pooled) output is emitted by the scan that completes it.

use spikemesh_isa::memory::Contents;
use spikemesh_isa::{Activation, Convolution, Pooling, Window};

use super::super::arithmetic::comparator::Comparators;
use super::super::arithmetic::convolution::{SparseConvolution, convolution_rows};
use super::super::arithmetic::events::count_columns;
use super::super::arithmetic::scratch::Scratch;
use super::super::arithmetic::{padded, pooling};
use super::super::emission::Emission;
use super::super::sequencer::{Step, StepSource};
use super::super::status::UnitState;
use super::outputs::{Outputs, Unsupported, comparators};
use spikemesh_device::{Clocks, Device};

/// What does not change.
#[derive(Clone, Debug)]
pub struct ConvolutionPlan {
    convolution: Convolution,
    window: Window,
    kernel: SparseConvolution,
    comparators: Option<Comparators>,
    group_filters: u32,
    unpack: Clocks,
    fetch: Clocks,
    accumulate: Clocks,
    accumulate_taps: bool,
    /// For each local row the taps that stay inside the map.
    taps_y: Vec<u32>,
    /// Of each scanned input column: its time, and the columns of the output map that it completes.
    scans: Vec<Scan>,
    accesses: Accesses,
}

/// Bytes of memory that a frame moves, all filters together.
#[derive(Clone, Copy, Debug)]
struct Accesses {
    /// Of a fetch: weights of a channel.
    fetch: u64,
    /// Of an event: each potential that it is added to is read and written.
    event: u64,
    /// Of all positions: each potential is read and cleared.
    scan: u64,
}

impl Accesses {
    fn new(c: &Convolution, device: &Device) -> Accesses {
        let (taps, filters) = (u64::from(c.x.size * c.y.size), u64::from(c.filters));
        let weight_bits = u64::from(c.weight_bits);
        let bits = if c.separable {
            // Every group needs the channel's own kernel.
            let groups = u64::from(c.filters.div_ceil(*device.np.filters_per_group));
            let depthwise = weight_bits.max(u64::from(*device.timing.load.depthwise_bits));
            taps * depthwise * groups + filters * weight_bits
        } else {
            taps * filters * weight_bits
        };
        let potential = 2 * u64::from(*device.np.potential_bytes);
        let positions = u64::from(c.x.outputs) * u64::from(convolution_rows(c).len());
        Accesses {
            fetch: bits.div_ceil(8),
            event: taps * filters * potential,
            scan: positions * filters * potential,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Scan {
    clocks: Clocks,
    first: u32,
    end: u32,
}

impl ConvolutionPlan {
    /// Prepares a convolution.
    ///
    /// # Errors
    /// Kernels that are not square, or that the device has no times for.
    pub fn new(
        convolution: &Convolution,
        window: &Window,
        activation: Activation,
        contents: &Contents,
        device: &Device,
    ) -> Result<ConvolutionPlan, Unsupported> {
        let c = *convolution;
        if c.x.size != c.y.size {
            return Err(Unsupported::Kernel(c.x.size, c.y.size));
        }
        let timing = &device.timing.np;
        let cost = timing
            .accumulate(c.separable, c.x.size, c.weight_bits)
            .ok_or(Unsupported::Untimed { kernel: c.x.size, separable: c.separable })?;
        let single = window.map.width == 1 && window.map.height == 1;
        let kind = if c.separable { &timing.separable } else { &timing.convolution };
        Ok(ConvolutionPlan {
            convolution: c,
            window: *window,
            kernel: SparseConvolution::new(convolution, window, contents),
            comparators: comparators(activation, contents),
            group_filters: *device.np.filters_per_group,
            unpack: if single { Clocks(0) } else { kind.unpack_at(c.x.stride.max(c.y.stride)) },
            fetch: if single { Clocks(0) } else { kind.fetch_of(c.x.size) },
            accumulate: *cost.clocks,
            accumulate_taps: cost.per_tap,
            accesses: Accesses::new(&c, device),
            taps_y: (window.rows.first..window.rows.end)
                .map(|row| taps_inside(row, c.y.size, window.map.height))
                .collect(),
            scans: scans(&c, window, |x| {
                if single {
                    *timing.single_position
                } else if c.separable {
                    // The scan walks the slice's own rows and the map's columns in steps of the stride.
                    let positions =
                        if x % c.x.stride == 0 { window.own.len().div_ceil(c.y.stride) } else { 0 };
                    kind.position.times(u64::from(positions))
                } else {
                    kind.position.times(u64::from(window.own.len()))
                }
            }),
        })
    }
}

/// For each input column, what its scan takes and completes.
///
/// `completed_by` gives for each output column the input column whose scan completes it: the centre of its window; with max pooling that of the last
/// convolution column of its window; with a global sum the last column of the map. It ascends, since windows do, so the outputs that one scan completes
/// are a range, and two binary searches find it. Ranges of all columns cover the outputs once: what is emitted is the whole map.
fn scans(c: &Convolution, window: &Window, clocks: impl Fn(u32) -> Clocks) -> Vec<Scan> {
    let width = window.map.width;
    // The scan of its centre column completes a column of the convolution.
    let scan_of =
        |column: u32| (column * c.x.stride + (c.x.size - 1) / 2).saturating_sub(c.x.pad).min(width - 1);
    let last = c.x.outputs - 1;
    let completed_by: Vec<u32> = match c.pooling {
        Pooling::None => (0..c.x.outputs).map(scan_of).collect(),
        Pooling::Max { x, .. } => (0..x.outputs)
            .map(|column| scan_of((column * x.stride + x.size - 1).saturating_sub(x.pad).min(last)))
            .collect(),
        Pooling::GlobalSum => vec![width - 1],
    };
    (0..width)
        .map(|x| Scan {
            clocks: clocks(x),
            first: completed_by.partition_point(|&scan| scan < x) as u32,
            end: completed_by.partition_point(|&scan| scan <= x) as u32,
        })
        .collect()
}

#[derive(Clone, Copy, Debug)]
enum Cursor {
    Unpack,
    Fetch {
        filter_group: u32,
        column: u32,
    },
    Accumulate {
        filter_group: u32,
        column: u32,
    },
    /// The scan half a kernel behind `column`.
    Scan {
        filter_group: u32,
        column: u32,
    },
}

/// The steps of one frame.
pub struct ConvolutionSteps<'p> {
    plan: &'p ConvolutionPlan,
    filter_groups: u32,
    half: u32,
    cursor: Option<Cursor>,
    unpack: Clocks,
    /// Per input column: fetch and accumulate.
    columns: Vec<(Clocks, Clocks)>,
    outputs: Outputs<'p>,
}

impl<'p> ConvolutionSteps<'p> {
    /// At rest.
    pub fn new(plan: &'p ConvolutionPlan) -> ConvolutionSteps<'p> {
        ConvolutionSteps {
            plan,
            filter_groups: plan.convolution.filters.div_ceil(plan.group_filters),
            half: (plan.convolution.x.size - 1) / 2,
            cursor: None,
            unpack: Clocks(0),
            columns: Vec::new(),
            outputs: Outputs::new(plan.comparators.as_ref()),
        }
    }

    /// Starts a frame: computes what will be emitted, and how long fetch and accumulate of each column take.
    ///
    /// A fetch is paid for each non-empty (channel, column) pair, an accumulate for each event, or for each tap whose output lies inside the whole
    /// map. Both are the same for all filter groups, so they are counted once and used by every group.
    ///
    /// Returns the bytes that it reads from memories of weights and potentials and writes to them.
    pub fn start(&mut self, map: &[u8], scratch: &mut Scratch) -> u64 {
        let plan = self.plan;
        let c = &plan.convolution;
        plan.kernel.run(map, scratch);
        let Scratch { potentials, pooled, counts, seen, .. } = scratch;
        let (rows, filters) = (convolution_rows(c), padded(c.filters as usize));
        let pooled = pooling::pool(c.pooling, potentials, c.x.outputs, rows, c.output_rows, filters, pooled);
        self.outputs.set(pooled);
        let [width, channels] = [plan.window.map.width, plan.window.map.channels].map(|size| size as usize);
        count_columns(map, width, channels, &plan.taps_y, seen, counts);
        self.unpack = plan.unpack.times(counts.iter().map(|count| count.events).sum());
        self.columns.clear();
        for (x, count) in (0..).zip(&*counts) {
            let units = if plan.accumulate_taps {
                u64::from(taps_inside(x, c.x.size, plan.window.map.width)) * count.weighted
            } else {
                count.events
            };
            self.columns.push((plan.fetch.times(count.channels), plan.accumulate.times(units)));
        }
        self.cursor = Some(Cursor::Unpack);
        let (fetches, events) = counts
            .iter()
            .fold((0, 0), |(fetches, events), count| (fetches + count.channels, events + count.events));
        let Accesses { fetch, event, scan } = plan.accesses;
        fetches * fetch + events * event + scan
    }
}

/// Taps of a kernel around position `i` whose output lies inside a map of `size` positions.
fn taps_inside(i: u32, kernel: u32, size: u32) -> u32 {
    let half = (kernel - 1) / 2;
    let first = i.saturating_sub(half);
    let end = (i + kernel - half).min(size);
    end - first
}

impl StepSource for ConvolutionSteps<'_> {
    /// The next step, and the place of the one after it.
    ///
    /// The scan runs half a kernel behind the accumulation: column x is complete when the columns that its kernel reaches have been added. A
    /// [`Cursor::Scan`] names the column that was accumulated, `column`, and scans `column - half`; after the last column it counts on beyond the
    /// width, so that the trailing columns follow without a case of their own. A map narrower than half a kernel has no scan before its last column:
    /// then the cursor starts at `half`, which is the scan of column 0. Each group thus has `width` of every step.
    fn next(&mut self) -> Option<Step> {
        let width = self.plan.window.map.width;
        let (filters, each) = (self.plan.convolution.filters, self.plan.group_filters);
        let step = |state, clocks, filter_group: u32, column| Step {
            state,
            clocks,
            filter_group,
            active_filters: if state == UnitState::Unpack {
                0
            } else {
                each.min(filters - filter_group * each)
            },
            column,
            first: 0,
            end: 0,
            close: true,
        };
        match self.cursor? {
            Cursor::Unpack => {
                self.cursor =
                    (self.filter_groups > 0).then_some(Cursor::Fetch { filter_group: 0, column: 0 });
                Some(step(UnitState::Unpack, self.unpack, 0, 0))
            }
            Cursor::Fetch { filter_group, column } => {
                self.cursor = Some(Cursor::Accumulate { filter_group, column });
                Some(step(UnitState::Fetch, self.columns[column as usize].0, filter_group, column))
            }
            Cursor::Accumulate { filter_group, column } => {
                let next = column + 1;
                self.cursor = Some(if column >= self.half {
                    Cursor::Scan { filter_group, column }
                } else if next < width {
                    Cursor::Fetch { filter_group, column: next }
                } else {
                    // The map is narrower than half a kernel: its first scan comes after its last column.
                    Cursor::Scan { filter_group, column: self.half }
                });
                Some(step(UnitState::Accumulate, self.columns[column as usize].1, filter_group, column))
            }
            Cursor::Scan { filter_group, column } => {
                let scanned = column - self.half;
                let next = column + 1;
                self.cursor = if next < width {
                    Some(Cursor::Fetch { filter_group, column: next })
                } else if scanned + 1 < width {
                    Some(Cursor::Scan { filter_group, column: next })
                } else if filter_group + 1 < self.filter_groups {
                    Some(Cursor::Fetch { filter_group: filter_group + 1, column: 0 })
                } else {
                    None
                };
                let scan = self.plan.scans[scanned as usize];
                Some(Step {
                    first: scan.first,
                    end: scan.end,
                    ..step(UnitState::Scan, scan.clocks, filter_group, scanned)
                })
            }
        }
    }

    /// The values of the output columns that the scan completes, of the step's filters: column, row, filter, as the memory lies. The last group may
    /// be smaller than the others; the padding behind its filters is never emitted.
    fn emit(&self, step: &Step, out: &mut Vec<Emission>) {
        let plan = self.plan;
        let c = &plan.convolution;
        let filters = padded(c.filters as usize);
        let rows = c.output_rows;
        let first = step.filter_group * plan.group_filters;
        let end = (first + plan.group_filters).min(c.filters);
        for x in step.first..step.end {
            for y in rows.first..rows.end {
                let position = x as usize * rows.len() as usize + (y - rows.first) as usize;
                for filter in first..end {
                    let index = position * filters + filter as usize;
                    if let Some(value) = self.outputs.value(index) {
                        out.push(Emission { x, y, c: c.first_filter + filter, value });
                    }
                }
            }
        }
    }
}
