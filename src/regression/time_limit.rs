//! A limit on the time of this host that work may take.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::Stop;

/// Time between two looks at the clock.
const LOOK: Duration = Duration::from_millis(10);

/// A limit on the time of some work.
pub(super) struct TimeLimit<'a> {
    limit: Duration,
    /// The flag of everybody.
    outer: &'a Stop,
    /// The flag of the work.
    inner: Stop,
    is_over: AtomicBool,
}

impl TimeLimit<'_> {
    /// For work that ends with `outer`, too.
    pub fn new(seconds: f64, outer: &Stop) -> TimeLimit<'_> {
        let limit = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        TimeLimit {
            limit,
            outer,
            inner: Stop::new().counted(outer.progress()),
            is_over: AtomicBool::new(false),
        }
    }

    /// Does work, and sets its flag when the time is over.
    pub fn watch<T: Send>(&self, work: impl FnOnce(&Stop) -> T) -> T {
        let done = AtomicBool::new(false);
        let begin = Instant::now();
        std::thread::scope(|scope| {
            let watch = || {
                while !done.load(Ordering::Acquire) {
                    if begin.elapsed() >= self.limit {
                        self.is_over.store(true, Ordering::Release);
                        self.inner.set();
                    }
                    if self.outer.is_set() {
                        self.inner.set();
                    }
                    std::thread::park_timeout(LOOK);
                }
            };
            // Without a thread for it, nothing is limited.
            let watcher = std::thread::Builder::new().spawn_scoped(scope, watch).ok();
            let result = work(&self.inner);
            done.store(true, Ordering::Release);
            if let Some(watcher) = watcher {
                watcher.thread().unpark();
            }
            result
        })
    }

    /// The time was over before the work.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire) && !self.outer.is_set()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_asked_to_end_by_the_limit_or_by_everybody() {
        let until_set = |stop: &Stop| {
            while !stop.is_set() {
                std::thread::yield_now();
            }
        };
        let never = Stop::new();
        let limit = TimeLimit::new(0.001, &never);
        limit.watch(until_set);
        assert!(limit.is_over());
        let stop = Stop::new();
        stop.set();
        let limit = TimeLimit::new(1e6, &stop);
        limit.watch(until_set);
        assert!(!limit.is_over());
        let limit = TimeLimit::new(1e6, &never);
        assert_eq!((limit.watch(|_| 3), limit.is_over()), (3, false));
    }
}
