//! How long the files of waves are, and how long they will be.

use std::sync::{Arc, Mutex, PoisonError};

/// How much of a batch has been taken in: of all rows of its images, or of its frames and passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    pub done: u64,
    pub whole: u64,
}

/// The part of the input that a batch has taken in, while it runs: units of later layers are behind by less than a frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Intake {
    /// Frames, passes, and rows that the input unit takes of a frame.
    frames: u64,
    passes: u64,
    rows: u64,
    /// Passes that have begun.
    begun: u64,
    /// The input unit is the first unit of the pass; the frames that it has ended, and the row that it is at.
    ended: u64,
    row: u64,
}

impl Intake {
    /// Of a batch of so many frames in so many passes; of programs without an input unit a frame has one row.
    pub fn new(frames: usize, passes: usize, rows: Option<usize>) -> Intake {
        let rows = rows.unwrap_or(1).max(1) as u64;
        Intake { frames: frames as u64, passes: passes as u64, rows, ..Intake::default() }
    }

    /// A pass begins.
    pub fn begin_pass(&mut self) {
        self.begun += 1;
    }

    /// The first unit of a pass has ended so many of its frames.
    pub fn ended(&mut self, frames: usize) {
        if self.ended != frames as u64 {
            (self.ended, self.row) = (frames as u64, 0);
        }
    }

    /// It is at this row.
    pub fn at(&mut self, row: u32) {
        self.row = u64::from(row).min(self.rows.saturating_sub(1));
    }

    /// What has been taken in. A program of several passes runs each frame through all of them.
    pub fn share(&self) -> Share {
        match self.passes {
            0 | 1 => Share {
                done: (self.ended * self.rows + self.row).min(self.frames * self.rows),
                whole: self.frames * self.rows,
            },
            passes => Share { done: self.begun.saturating_sub(1), whole: self.frames * passes },
        }
    }
}

/// A file that is being written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FileSize {
    /// Bytes of its declarations.
    pub header: u64,
    /// Bytes so far.
    pub bytes: u64,
    /// What they are of.
    pub share: Share,
}

/// The sizes of files of waves while they are written. Clones are of the same files.
#[derive(Clone, Debug, Default)]
pub struct WaveSizes(Arc<Mutex<Vec<FileSize>>>);

/// The size of a file of waves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaveSize {
    /// Bytes so far.
    pub bytes: u64,
    /// About how many there will be if the rest of the batch goes on as before; not known before some of it has been taken in.
    pub whole: Option<u64>,
}

impl WaveSizes {
    pub(super) fn new(files: usize) -> WaveSizes {
        WaveSizes(Arc::new(Mutex::new(vec![FileSize::default(); files])))
    }

    pub(super) fn set(&self, file: usize, size: FileSize) {
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(file) {
            *known = size;
        }
    }

    /// Of each file.
    pub fn sizes(&self) -> Vec<WaveSize> {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let size = |&FileSize { header, bytes, share: Share { done, whole } }: &FileSize| WaveSize {
            bytes,
            whole: (done > 0).then(|| scaled(header, bytes, whole, done)),
        };
        files.iter().map(size).collect()
    }
}

/// The length of a file of `bytes`, of which `header` are declarations, if there were `whole` of what there is `part` of.
pub(super) fn scaled(header: u64, bytes: u64, whole: u64, part: u64) -> u64 {
    let changes = u128::from(bytes.saturating_sub(header));
    header + (changes * u128::from(whole) / u128::from(part.max(1))) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_frames_are_taken_in_one_after_the_other() {
        let mut intake = Intake::new(4, 1, Some(10));
        let share = |done, whole| Share { done, whole };
        assert_eq!(intake.share(), share(0, 40));
        intake.begin_pass();
        intake.at(3);
        assert_eq!(intake.share(), share(3, 40));
        intake.ended(1);
        assert_eq!(intake.share(), share(10, 40));
        intake.at(9);
        intake.ended(1);
        assert_eq!(intake.share(), share(19, 40));
        intake.ended(4);
        assert_eq!(intake.share(), share(40, 40));
    }

    #[test]
    fn passes_are_counted_where_there_are_several() {
        let mut intake = Intake::new(3, 2, None);
        let done = (0..6).map(|_| {
            intake.begin_pass();
            intake.ended(1);
            intake.share()
        });
        assert!(done.eq((0..6).map(|done| Share { done, whole: 6 })));
    }

    #[test]
    fn a_size_is_known_once_some_is_taken_in() {
        let sizes = WaveSizes::new(2);
        let file = |bytes, done| FileSize { header: 100, bytes, share: Share { done, whole: 40 } };
        sizes.set(0, file(100, 0));
        sizes.set(1, file(350, 10));
        let known = [WaveSize { bytes: 100, whole: None }, WaveSize { bytes: 350, whole: Some(1100) }];
        assert_eq!(sizes.sizes(), known);
    }
}
