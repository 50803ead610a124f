//! One frame as a journal holds it.

use crate::run::stat_rows::FrameStats;

/// One finished frame of a journal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JournalFrame {
    pub stats: FrameStats,
    /// The values of all outputs, one after the other.
    pub outputs: Vec<i32>,
}
