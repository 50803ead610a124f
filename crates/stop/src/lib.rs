//! What goes along with long work: a flag that asks it to end early, at a clean point, and a count of how far it is.
//!
//! Whoever starts long work keeps a [`Stop`] and gives a clone of it to the work, with its other options. The work looks at it with
//! [`Stop::is_set`] every few thousand steps and ends as after any other early end: what is finished is kept and marked. Nothing here is
//! global: the command line has one flag for its signals, and Python one for each call.
//!
//! ```
//! use spikemesh_stop::Stop;
//!
//! fn sum(numbers: &[u64], stop: &Stop) -> Option<u64> {
//!     let mut sum = 0;
//!     for some in numbers.chunks(4096) {
//!         if stop.is_set() {
//!             return None;
//!         }
//!         sum += some.iter().sum::<u64>();
//!     }
//!     Some(sum)
//! }
//!
//! let stop = Stop::new();
//! assert_eq!(sum(&[1, 2], &stop), Some(3));
//! stop.set();
//! assert_eq!(sum(&[1, 2], &stop), None);
//! ```

mod progress;
mod until_stop;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use progress::Progress;
pub use until_stop::UntilStop;

/// A flag that asks work to end early. Clones share it, and only they are equal. Once set it stays set.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    flag: Option<Arc<AtomicBool>>,
    progress: Progress,
}

impl Stop {
    /// A flag that nobody can set, for work that runs to its end. It is the default.
    pub const NEVER: Stop = Stop { flag: None, progress: Progress::UNSEEN };

    /// A flag that is not set.
    pub fn new() -> Stop {
        Stop { flag: Some(Arc::default()), progress: Progress::UNSEEN }
    }

    /// The same flag, for work that counts what it has done.
    #[must_use]
    pub fn counted(&self, progress: &Progress) -> Stop {
        Stop { flag: self.flag.clone(), progress: progress.clone() }
    }

    /// The same flag, for a part of work that is counted as a whole.
    #[must_use]
    pub fn uncounted(&self) -> Stop {
        self.counted(&Progress::UNSEEN)
    }

    /// Where work counts what it has done.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Asks the work to end. Any thread may do so.
    pub fn set(&self) {
        if let Some(flag) = &self.flag {
            flag.store(true, Ordering::Relaxed);
        }
    }

    /// Ends the work with `?` if it is asked to end.
    ///
    /// # Errors
    /// The flag is set.
    pub fn check(&self) -> Result<(), Stopped> {
        if self.is_set() { Err(Stopped) } else { Ok(()) }
    }

    /// Whether the work is asked to end. Costs a load, without any ordering: what is asked for is seen soon, not at once.
    pub fn is_set(&self) -> bool {
        self.flag.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

impl PartialEq for Stop {
    fn eq(&self, other: &Stop) -> bool {
        match (&self.flag, &other.flag) {
            (Some(flag), Some(other)) => Arc::ptr_eq(flag, other),
            (flag, other) => flag.is_none() && other.is_none(),
        }
    }
}

/// The work ended early because its [`Stop`] was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_the_flag_and_never_has_none() {
        let stop = Stop::new();
        let clone = stop.clone();
        assert!(!clone.is_set());
        stop.set();
        assert!(clone.is_set() && !Stop::new().is_set());
        assert_eq!((stop.check(), Stop::new().check()), (Err(Stopped), Ok(())));
        assert!(
            stop == clone && stop != Stop::new() && stop != Stop::NEVER && Stop::NEVER == Stop::default()
        );
        Stop::NEVER.set();
        assert!(!Stop::NEVER.is_set() && !Stop::default().is_set());
    }
}
