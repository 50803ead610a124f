//! Jobs on all threads, for which nobody waits once the command is to end.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use rayon::ThreadPool;
use rayon::prelude::*;

use super::console::Console;
use super::error::VerbError;
use super::exit::Exit;
use super::interrupt;
use crate::Stop;
use crate::threads::Threads;

/// Time between two looks at the flag.
const LOOK: Duration = Duration::from_millis(10);

/// The threads of the command; a word if they are not as many as were asked for.
///
/// # Errors
/// The host has not as many.
pub(super) fn pool(console: &Console) -> Result<ThreadPool, VerbError> {
    let threads = Threads::of_environment();
    if let Some(warning) = &threads.warning {
        console.warn(warning.clone());
    }
    threads.pool().map_err(|error| VerbError::one(Exit::Error, error))
}

type Panic = Box<dyn Any + Send>;

/// The results of all jobs, in their order. Once `stop` is set, those that are not there by then are none: a job may be far from its next look,
/// and the process ends without it. As soon as one is there, the command has something to keep. Not to be called on a thread of the pool.
pub(super) fn until_stopped<J, T>(
    pool: &ThreadPool,
    jobs: Vec<J>,
    stop: &Stop,
    work: impl Fn(J) -> T + Send + Sync + 'static,
) -> Vec<Option<T>>
where
    J: Send + 'static,
    T: Send + 'static,
{
    let mut results: Vec<Option<T>> = jobs.iter().map(|_| None).collect();
    let (sender, receiver) = channel::<(usize, Result<T, Panic>)>();
    pool.spawn(move || {
        jobs.into_par_iter().enumerate().for_each_with(sender, |sender, (index, job)| {
            let result = catch_unwind(AssertUnwindSafe(|| work(job)));
            // Nobody listens any more if the command ends.
            let _ = sender.send((index, result));
        });
    });
    while !stop.is_set() {
        match receiver.recv_timeout(LOOK) {
            Ok((_, Err(panic))) => resume_unwind(panic),
            Ok((index, Ok(result))) => {
                interrupt::keep();
                results[index] = Some(result);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    for (index, result) in receiver.try_iter() {
        results[index] = result.ok();
    }
    results
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_jobs_and_a_stop_waits_for_nobody() {
        let pool = Threads { count: 2, warning: None }.pool().unwrap();
        let all = until_stopped(&pool, vec![3, 1, 2], &Stop::NEVER, |job: u32| job * 10);
        assert_eq!(all, [Some(30), Some(10), Some(20)]);

        let stop = Stop::new();
        let (end, ended) = channel::<()>();
        let ended = std::sync::Mutex::new(ended);
        let (at_work, asks) = (stop.clone(), stop.clone());
        let jobs = until_stopped(&pool, vec![0, 1], &at_work, move |job: u32| {
            if job == 1 {
                asks.set();
                // Without an end until the caller has gone on.
                let _ = ended.lock().map(|ended| ended.recv());
            }
            job
        });
        assert_eq!(jobs[1], None);
        drop(end);
    }
}
