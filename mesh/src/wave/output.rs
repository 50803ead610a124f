//! The files of waves: changes go to a thread for each file, which knows time and format.

use std::io::{self, Seek, Write};
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam::channel::{Sender, bounded};
use spikemesh_noc::Cycle;
use spikemesh_words::thousands;

use super::block::{Block, MOST_SIGNALS};
use super::catalogue::Catalogue;
use super::format::WaveFormat;
use super::signal::{Change, Signal, UNKNOWN};
use super::sink::WaveSink;
use super::size::{FileSize, Share, WaveSizes, scaled};
use super::time_scale::TimeScale;

/// Words that are handed over at a time.
const BLOCK: usize = 1 << 15;
/// Blocks that may wait: the run stops when a file is that far behind.
const QUEUE: usize = 4;

/// What the files need to know.
#[derive(Clone)]
pub(super) struct OutputPlan {
    pub catalogue: Catalogue,
    pub scale: TimeScale,
    /// The signal that has the number of the cycle of the last change.
    pub counter: Signal,
    /// Bytes of a file.
    pub limit: u64,
}

/// A file whose end is written.
pub struct FinishedWave<F> {
    /// The file.
    pub file: F,
    /// Why it is a part, if it is one.
    pub partial: Option<String>,
    /// It is because of its limit: bytes that it would have had otherwise, about, if that is known.
    pub limited: Option<Limited>,
}

/// A file that has reached its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limited {
    /// About how many bytes it would have had; not known if it holds no change.
    pub whole: Option<u64>,
}

/// Hands changes to the threads of files.
pub(super) struct Output<F> {
    block: Block,
    /// What has been taken in.
    share: Share,
    sizes: WaveSizes,
    files: Vec<WaveThread<F>>,
    span: Option<(Cycle, Cycle)>,
}

struct WaveThread<F> {
    blocks: Option<Sender<Arc<Block>>>,
    thread: JoinHandle<io::Result<Writing<F>>>,
}

/// A file on its way.
struct Writing<F> {
    sink: Box<dyn WaveSink<F>>,
    partial: Option<String>,
    size: FileSize,
    /// Changes that are written, and those that the limit left out.
    changes: u64,
    missing: u64,
}

impl<F: Write + Seek + Send + 'static> Output<F> {
    /// Begins files with their declarations.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn new(files: Vec<(F, WaveFormat)>, plan: &OutputPlan) -> io::Result<Output<F>> {
        // A mesh of the largest size, with all that can be asked for, has half as many.
        assert!(plan.catalogue.len() <= MOST_SIGNALS, "{} signals", plan.catalogue.len());
        let sizes = WaveSizes::new(files.len());
        let begin = |(index, (file, format)): (usize, (F, WaveFormat))| {
            let sink = format.begin(file, &plan.catalogue, plan.scale, plan.limit)?;
            let (blocks, waiting) = bounded::<Arc<Block>>(QUEUE);
            let (plan, sizes) = (plan.clone(), sizes.clone());
            let thread = std::thread::spawn(move || {
                let header = sink.bytes();
                let size = FileSize { header, bytes: header, ..FileSize::default() };
                let mut writing = Writing { sink, partial: None, size, changes: 0, missing: 0 };
                let mut changes = Vec::new();
                for block in waiting {
                    writing.write(&block, &plan, &mut changes)?;
                    writing.measure(block.share);
                    sizes.set(index, writing.size);
                }
                Ok(writing)
            });
            Ok(WaveThread { blocks: Some(blocks), thread })
        };
        let files = files.into_iter().enumerate().map(begin).collect::<io::Result<_>>()?;
        Ok(Output { block: Block::default(), share: Share::default(), sizes, files, span: None })
    }

    /// Ends the files; each with its own failure. A `partial` one says why.
    pub fn finish(mut self, partial: Option<&str>) -> Vec<io::Result<FinishedWave<F>>> {
        self.send();
        let end = |mut file: WaveThread<F>| {
            file.blocks = None;
            let panicked = |_| io::Error::other("the thread that writes waves panicked");
            let writing = file.thread.join().map_err(panicked)??;
            let Writing { sink, partial: limit, size: FileSize { header, .. }, changes, missing } = writing;
            let is_limited = limit.is_some();
            let partial = limit.or_else(|| partial.map(str::to_owned));
            let (file, bytes) = sink.finish(partial.as_deref())?;
            let whole = (changes > 0).then(|| scaled(header, bytes, changes + missing, changes));
            Ok(FinishedWave { file, partial, limited: is_limited.then_some(Limited { whole }) })
        };
        self.files.into_iter().map(end).collect()
    }

    /// The sizes of the files.
    pub fn sizes(&self) -> &WaveSizes {
        &self.sizes
    }

    /// So much has been taken in.
    pub fn takes_in(&mut self, share: Share) {
        self.share = share;
    }

    /// The first and the last cycle that was written.
    pub fn span(&self) -> Option<(Cycle, Cycle)> {
        self.span
    }

    /// A change of the present cycle.
    #[inline]
    pub fn change(&mut self, change: Change) {
        self.block.change(change);
    }

    /// The present cycle ends; it is written if it has a change. Cycles ascend.
    #[inline]
    pub fn end_cycle(&mut self, cycle: Cycle) {
        if self.block.end_cycle(cycle) {
            self.span = Some((self.span.map_or(cycle, |(first, _)| first), cycle));
            if self.block.len() >= BLOCK {
                self.send();
            }
        }
    }

    /// All changes of a cycle.
    pub fn changes(&mut self, cycle: Cycle, changes: &[Change]) {
        changes.iter().for_each(|&change| self.change(change));
        self.end_cycle(cycle);
    }

    fn send(&mut self) {
        self.block.share = self.share;
        let next = Block::with_capacity(BLOCK + BLOCK / 4);
        let block = Arc::new(std::mem::replace(&mut self.block, next));
        for file in &mut self.files {
            // A thread stops receiving when its file failed, which is told in the end; a probe cannot stop a run.
            if file.blocks.as_ref().is_some_and(|blocks| blocks.send(block.clone()).is_err()) {
                file.blocks = None;
            }
        }
    }
}

impl<F> Writing<F> {
    /// Writes the cycles of a block. `changes` is empty, and is left so.
    fn write(&mut self, block: &Block, plan: &OutputPlan, changes: &mut Vec<Change>) -> io::Result<()> {
        // The number of the cycle comes first.
        changes.push(Change { signal: plan.counter, value: UNKNOWN });
        block.each_cycle(changes, |cycle, changes| {
            // Where all others end, it does too.
            let ends = changes[1..].iter().all(|change| change.value == UNKNOWN);
            changes[0].value = if ends { UNKNOWN } else { cycle };
            self.write_cycle(cycle, changes, plan)
        })?;
        changes.clear();
        Ok(())
    }

    fn write_cycle(&mut self, cycle: Cycle, changes: &[Change], plan: &OutputPlan) -> io::Result<()> {
        let count = changes.len() as u64;
        let has_room = self.partial.is_none() && self.sink.changes(plan.scale.time(cycle), changes)?;
        if has_room {
            self.changes += count;
            return Ok(());
        }
        self.missing += count;
        if self.partial.is_none() {
            let limit = thousands(plan.limit);
            self.partial = Some(format!("the limit of {limit} bytes ended it before cycle {cycle}"));
        }
        Ok(())
    }

    /// How long the file is, when `share` has been taken in. What is compressed block by block is known where a block ends.
    fn measure(&mut self, share: Share) {
        let bytes = self.sink.bytes();
        if bytes != self.size.bytes {
            (self.size.bytes, self.size.share) = (bytes, share);
        }
    }
}
