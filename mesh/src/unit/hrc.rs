//! The input unit: a dense convolution over an image, in raster order, groups of filters innermost.
//!
//! The image streams in while it computes. Events leave in full packets, and whatever is left at the end of a row.

use spikemesh_isa::memory::{Contents, Layout};
use spikemesh_isa::{Activation, Axis, HrcRecord, Pooling, Rows};

use super::arithmetic::comparator::Comparators;
use super::arithmetic::dense::DenseConvolution;
use super::arithmetic::scratch::Scratch;
use super::arithmetic::{padded, pooling};
use super::context::UnitContext;
use super::emission::Emission;
use super::np::{Outputs, Unsupported, comparators};
use super::outbox::{Flow, Outbox};
use super::sequencer::{Sequencer, Step, StepSource};
use super::status::UnitState;
use spikemesh_device::{Clocks, Device, Scale};

/// Everything about the input unit that does not change while it runs.
#[derive(Clone, Debug)]
pub struct HrcPlan {
    flows: Vec<Flow>,
    activation: Activation,
    /// Events that its output FIFO holds.
    pub fifo: u32,
    filters: u32,
    x: Axis,
    y: Axis,
    pooling: Pooling,
    pooled_rows: Rows,
    kernel: DenseConvolution,
    comparators: Option<Comparators>,
    /// First filter and end of each filter group, and its time per position; the last group may be smaller.
    filter_groups: Vec<(u32, u32, Clocks)>,
    /// Columns and rows of the (pooled) output that are complete once a convolution column or row is.
    columns: Vec<(u32, u32)>,
    rows: Vec<(u32, u32)>,
}

impl HrcPlan {
    /// Rows that it computes of a frame.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Prepares the input unit.
    ///
    /// # Errors
    /// An image of weights of the wrong length.
    pub fn new(record: &HrcRecord, device: &Device, flows: Vec<Flow>) -> Result<HrcPlan, Unsupported> {
        let contents = Contents::unpack(&record.memory, &Layout::of_hrc(record)).ok_or(Unsupported::Image)?;
        let timing = &device.timing.hrc;
        let per_group = *timing.filters_per_group;
        let filter_groups = (0..record.filters.div_ceil(per_group))
            .map(|filter_group| {
                let (first, end) =
                    (filter_group * per_group, ((filter_group + 1) * per_group).min(record.filters));
                (first, end, timing.group_position(end - first))
            })
            .collect();
        let (columns, rows) = match record.pooling {
            Pooling::None => (one_to_one(record.x.outputs), one_to_one(record.y.outputs)),
            Pooling::Max { x, y } => (completed(x, record.x.outputs), completed(y, record.y.outputs)),
            Pooling::GlobalSum => {
                (completed(whole(record.x), record.x.outputs), completed(whole(record.y), record.y.outputs))
            }
        };
        let pooled_rows = Rows { first: 0, end: rows.last().map_or(0, |r| r.1) };
        Ok(HrcPlan {
            flows,
            activation: record.activation,
            fifo: *device.np.fifo_events,
            filters: record.filters,
            x: record.x,
            y: record.y,
            pooling: record.pooling,
            pooled_rows,
            kernel: DenseConvolution::new(
                record.image,
                record.padding_value,
                record.x,
                record.y,
                record.filters,
                &contents,
            ),
            comparators: comparators(record.activation, &contents),
            filter_groups,
            columns,
            rows,
        })
    }
}

impl HrcPlan {
    /// Its steps of a kind take so much of their time, rounded up to a thousandth of a clock.
    pub fn scale_steps(&mut self, state: UnitState, scale: Scale) {
        if state == UnitState::Convolve {
            for (.., clocks) in &mut self.filter_groups {
                *clocks = Clocks((clocks.0 * u64::from(scale.0)).div_ceil(u64::from(Scale::PARTS)));
            }
        }
    }
}

fn whole(axis: Axis) -> Axis {
    Axis { size: axis.outputs, stride: 1, pad: 0, outputs: 1 }
}

fn one_to_one(outputs: u32) -> Vec<(u32, u32)> {
    (0..outputs).map(|o| (o, o + 1)).collect()
}

/// For each convolution output of an axis, the range of pooled outputs whose last input it is.
fn completed(pool: Axis, outputs: u32) -> Vec<(u32, u32)> {
    let last = |o: u32| (o * pool.stride + pool.size - 1).saturating_sub(pool.pad).min(outputs - 1);
    let lasts: Vec<u32> = (0..pool.outputs).map(last).collect();
    (0..outputs)
        .map(|o| (lasts.partition_point(|&l| l < o) as u32, lasts.partition_point(|&l| l <= o) as u32))
        .collect()
}

/// The steps of one frame.
pub struct RasterSteps<'p> {
    plan: &'p HrcPlan,
    x: u32,
    y: u32,
    filter_group: usize,
    outputs: Outputs<'p>,
}

impl RasterSteps<'_> {
    fn start(&mut self, pixels: &[u8], Scratch { potentials, pooled, .. }: &mut Scratch) {
        let plan = self.plan;
        plan.kernel.run(pixels, potentials);
        let (rows, filters) = (Rows { first: 0, end: plan.y.outputs }, padded(plan.filters as usize));
        let pooled =
            pooling::pool(plan.pooling, potentials, plan.x.outputs, rows, plan.pooled_rows, filters, pooled);
        self.outputs.set(pooled);
        (self.x, self.y, self.filter_group) = (0, 0, 0);
    }
}

impl StepSource for RasterSteps<'_> {
    fn next(&mut self) -> Option<Step> {
        let plan = self.plan;
        if self.y == plan.y.outputs {
            return None;
        }
        let (first, end) = plan.columns[self.x as usize];
        let step = Step {
            state: UnitState::Convolve,
            clocks: plan.filter_groups[self.filter_group].2,
            filter_group: self.filter_group as u32,
            active_filters: 0,
            column: self.y,
            first,
            end,
            close: self.x + 1 == plan.x.outputs && self.filter_group + 1 == plan.filter_groups.len(),
        };
        self.filter_group += 1;
        if self.filter_group == plan.filter_groups.len() {
            self.filter_group = 0;
            self.x += 1;
            if self.x == plan.x.outputs {
                self.x = 0;
                self.y += 1;
            }
        }
        Some(step)
    }

    fn emit(&self, step: &Step, out: &mut Vec<Emission>) {
        if step.state != UnitState::Convolve {
            return;
        }
        let plan = self.plan;
        let filters = padded(plan.filters as usize);
        let (first, end, _) = plan.filter_groups[step.filter_group as usize];
        let rows = plan.rows[step.column as usize];
        for y in rows.0..rows.1 {
            for x in step.first..step.end {
                let position = x as usize * plan.pooled_rows.len() as usize + y as usize;
                for c in first..end {
                    let index = position * filters + c as usize;
                    if let Some(value) = self.outputs.value(index) {
                        out.push(Emission { x, y, c, value });
                    }
                }
            }
        }
    }
}

/// The input unit at work: it takes one image after the other.
pub struct Hrc<'p> {
    images: Vec<&'p [u8]>,
    next: usize,
    /// Its steps and its output.
    pub sequencer: Sequencer<'p, RasterSteps<'p>>,
}

impl<'p> Hrc<'p> {
    /// An input unit after reset, with the images that it will take: (row, column, channel) each.
    pub fn new(plan: &'p HrcPlan, images: Vec<&'p [u8]>) -> Hrc<'p> {
        let steps = RasterSteps {
            plan,
            x: 0,
            y: plan.y.outputs,
            filter_group: 0,
            outputs: Outputs::new(plan.comparators.as_ref()),
        };
        let sequencer = Sequencer::new(steps, Outbox::new(&plan.flows, plan.activation, plan.fifo));
        Hrc { images, next: 0, sequencer }
    }

    /// Starts on the next image, if there is one.
    pub fn start(&mut self, cycle: u64, context: &mut UnitContext) {
        if let Some(pixels) = self.images.get(self.next) {
            self.next += 1;
            self.sequencer.steps.start(pixels, context.scratch);
            self.sequencer.start(cycle, pixels.len() as u64, context);
        }
    }

    /// A packet's tail has left.
    pub fn sent(&mut self, context: &mut UnitContext, batch: u32) {
        if self.sequencer.sent(batch, context) {
            self.start(context.now + 1, context);
        }
    }
}
