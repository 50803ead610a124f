//! Results on their way into a run directory: into the journal batch by batch, and from there into arrays and counters.

use std::cell::RefCell;
use std::io::{self, Write as _};
use std::path::Path;

use serde::ser::{Error as _, SerializeSeq};
use serde::{Serialize, Serializer};

use super::directory_writer::{DirectoryWriter, JOURNAL, is_inside};
use super::error::Error;
use super::hashed_file::FileRecord;
use super::journal::{Journal, JournalFrame, JournalFrames, Recovered};
use super::labels::Labels;
use super::output_array::{OutputArray, output_arrays, written_arrays};
use super::sink::{FinishedBatch, Sink};
use super::stat_rows::FrameStats;
use super::tally::Tally;
use crate::isa::Program;
use crate::mesh::Simulator;
use crate::tensor::npy;

/// Counters of a run.
pub const STATS: &str = "stats.json";

/// Takes the results of a job into a run directory.
pub(crate) struct RunWriter<'a> {
    directory: DirectoryWriter,
    journal: Journal,
    tally: Tally,
    /// The whole frames of a batch that ended early. They are no part of the journal: the batch runs again when the run goes on.
    last: Vec<JournalFrame>,
    program: &'a Program,
    labels: &'a [Labels],
}

/// What an earlier run of a directory has finished.
pub(crate) struct Earlier {
    tally: Tally,
    recovered: Option<Recovered>,
}

impl Earlier {
    /// Looks, and changes nothing. The run has `frames` frames.
    ///
    /// # Errors
    /// The journal or a file of the run is damaged.
    pub fn of(
        directory: &DirectoryWriter,
        identity: &[u8; 32],
        simulator: &Simulator,
        labels: &[Labels],
        frames: usize,
    ) -> Result<Earlier, Error> {
        let mut tally = Tally::new(simulator, labels.len());
        let values = output_arrays(simulator.program()).iter().map(|array| array.map.len()).sum();
        let path = directory.file(JOURNAL);
        let recovered = Journal::recover(&path, identity, values, &mut tally)?;
        if tally.frames() > frames {
            return Err(Error::Changed { path });
        }
        for (name, record) in recovered.iter().flat_map(|recovered| &recovered.files) {
            let path = directory.file(name);
            // The list may be from somebody else. Files of a first batch that is not in the journal are written again.
            let is_ours = is_inside(directory.path(), name);
            if tally.frames() > 0 && (!is_ours || super::hashed_file::record_like(record, &path)? != *record)
            {
                return Err(Error::Changed { path });
            }
        }
        Ok(Earlier { tally, recovered })
    }
}

impl<'a> RunWriter<'a> {
    /// For a run that begins. `identity` is the hash of what the run is.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn begin(
        directory: DirectoryWriter,
        identity: &[u8; 32],
        simulator: &'a Simulator,
        labels: &'a [Labels],
    ) -> Result<RunWriter<'a>, Error> {
        let mut tally = Tally::new(simulator, labels.len());
        let journal = Journal::create(&directory.file(JOURNAL), identity, &mut tally)?;
        Ok(RunWriter { directory, journal, tally, last: Vec::new(), program: simulator.program(), labels })
    }

    /// For a run that goes on: with the frames of its journal, with none if there is no journal.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn go_on(
        mut directory: DirectoryWriter,
        earlier: Earlier,
        identity: &[u8; 32],
        simulator: &'a Simulator,
        labels: &'a [Labels],
    ) -> Result<RunWriter<'a>, Error> {
        let Earlier { tally, recovered } = earlier;
        let Some(recovered) = recovered else {
            return RunWriter::begin(directory, identity, simulator, labels);
        };
        if tally.frames() > 0 {
            recovered.files.iter().for_each(|(name, record)| directory.record(name, record.clone()));
        }
        Ok(RunWriter {
            directory,
            journal: recovered.go_on()?,
            tally,
            last: Vec::new(),
            program: simulator.program(),
            labels,
        })
    }

    /// The sums over all frames so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The directory.
    pub fn directory(&mut self) -> &mut DirectoryWriter {
        &mut self.directory
    }

    /// Writes arrays and counters of the frames that are finished. A run that has frames left keeps its journal.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(mut self, is_whole: bool) -> Result<(DirectoryWriter, Tally), Error> {
        self.journal.append(&mut self.tally)?;
        let RunWriter { mut directory, journal, tally, last, program, .. } = self;
        for array in written_arrays(program) {
            let mut frames = Frames { journal: journal.frames()?, last: last.iter() };
            let shape = array.shape(tally.frames());
            directory.stream(&array.file, |file| {
                file.write_all(&npy::header::<i32>(&shape))?;
                write_values(file, &array, &mut frames)
            })?;
        }
        let frames = Frames { journal: journal.frames()?, last: last.iter() };
        directory.json(STATS, &tally.stats.json(FrameRows(RefCell::new(frames))))?;
        if is_whole {
            drop(journal);
            directory.remove(JOURNAL)?;
        } else {
            let record = journal.close()?;
            directory.record(JOURNAL, record);
        }
        Ok((directory, tally))
    }

    /// What is left of a run whose results cannot be written.
    pub fn abandon(self) -> (DirectoryWriter, Tally) {
        (self.directory, self.tally)
    }
}

/// The finished frames, in their order.
struct Frames<'a> {
    journal: JournalFrames,
    last: std::slice::Iter<'a, JournalFrame>,
}

impl Frames<'_> {
    fn next(&mut self) -> io::Result<Option<JournalFrame>> {
        Ok(self.journal.next()?.or_else(|| self.last.next().cloned()))
    }
}

fn write_values(to: &mut impl io::Write, array: &OutputArray, frames: &mut Frames) -> io::Result<()> {
    let mut bytes = Vec::new();
    while let Some(frame) = frames.next()? {
        bytes.clear();
        bytes.extend(array.of(&frame.outputs).iter().flat_map(|value| value.to_le_bytes()));
        to.write_all(&bytes)?;
    }
    Ok(())
}

/// Frames as a list in JSON.
struct FrameRows<'a>(RefCell<Frames<'a>>);

impl Serialize for FrameRows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut frames = self.0.borrow_mut();
        let mut list = serializer.serialize_seq(None)?;
        while let Some(frame) = frames.next().map_err(S::Error::custom)? {
            list.serialize_element(&frame.stats)?;
        }
        list.end()
    }
}

impl RunWriter<'_> {
    /// Adds a batch to the sums; what is left of it is the counters of its frames.
    fn add(&mut self, batch: &FinishedBatch) -> Vec<FrameStats> {
        let arrays = output_arrays(self.program);
        for (labels, right) in self.labels.iter().zip(&mut self.tally.right) {
            let frames = batch.outcome.frames.iter().map(|frame| frame.outputs[labels.output].as_slice());
            let output = arrays[labels.output].output(frames);
            *right += labels.right(batch.first, &output) as u64;
        }
        self.tally.add(batch);
        std::mem::take(&mut self.tally.stats.frames)
    }
}

/// The values of each frame: those of its outputs, one after the other.
fn outputs(batch: &FinishedBatch) -> Vec<Vec<i32>> {
    batch.outcome.frames.iter().map(|frame| frame.outputs.concat()).collect()
}

impl Sink for RunWriter<'_> {
    fn batch(&mut self, batch: FinishedBatch) -> Result<(), Error> {
        let stats = self.add(&batch);
        let outputs = outputs(&batch);
        self.journal.add(stats.iter().zip(outputs.iter().map(Vec::as_slice)), &mut self.tally)
    }

    fn unfinished(&mut self, batch: FinishedBatch) -> Result<(), Error> {
        let appended = self.journal.append(&mut self.tally);
        let stats = self.add(&batch);
        let frames = stats.into_iter().zip(outputs(&batch));
        self.last = frames.map(|(stats, outputs)| JournalFrame { stats, outputs }).collect();
        appended
    }

    fn written(&mut self, path: &Path, record: FileRecord) -> Result<(), Error> {
        // Waves may be elsewhere: they are no part of the directory then.
        if path.parent() != Some(self.directory.path()) {
            return Ok(());
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        self.journal.file(&name, &record)?;
        self.directory.record(&name, record);
        Ok(())
    }
}
