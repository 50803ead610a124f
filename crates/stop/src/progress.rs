//! How far work is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How much of the work is done, in units that whoever waits for it knows: frames, rows, cycles. Clones share the counts.
///
/// Work counts and never waits; who waits looks now and then. A [`Stop`](crate::Stop) carries it, because both go the same way.
#[derive(Clone, Debug, Default)]
pub struct Progress(Option<Arc<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    done: AtomicU64,
    expected: AtomicU64,
}

impl Progress {
    /// Nobody looks: nothing is counted. It is the default.
    pub const UNSEEN: Progress = Progress(None);

    /// Nothing is done, nothing is expected.
    pub fn new() -> Progress {
        Progress(Some(Arc::default()))
    }

    /// There is more to do.
    pub fn expect(&self, more: u64) {
        if let Some(counts) = &self.0 {
            counts.expected.fetch_add(more, Ordering::Relaxed);
        }
    }

    /// More is done.
    pub fn add(&self, more: u64) {
        if let Some(counts) = &self.0 {
            counts.done.fetch_add(more, Ordering::Relaxed);
        }
    }

    /// What is done so far.
    pub fn done(&self) -> u64 {
        self.0.as_ref().map_or(0, |counts| counts.done.load(Ordering::Relaxed))
    }

    /// What is to be done in all, as far as it is known; 0 if it is not.
    pub fn expected(&self) -> u64 {
        self.0.as_ref().map_or(0, |counts| counts.expected.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_the_counts() {
        let progress = Progress::new();
        progress.expect(3);
        progress.clone().expect(2);
        progress.clone().add(4);
        assert_eq!((progress.done(), progress.expected()), (4, 5));
        let unseen = Progress::UNSEEN;
        unseen.expect(1);
        unseen.add(1);
        assert_eq!((unseen.done(), unseen.expected()), (0, 0));
    }
}
