//! The threads that parallel work runs on: how many, and the pool of them.
//!
//! The command makes one pool, Python one for each process. Nothing relies on the pool that rayon makes by itself: it would panic where no
//! thread can be started, start as many as it is told, and not survive a fork.

use std::ffi::OsStr;
use std::io;

use miette::Diagnostic;
use rayon::{ThreadPool, ThreadPoolBuilder};
use thiserror::Error;

/// The variable that says how many threads to use.
const VARIABLE: &str = "RAYON_NUM_THREADS";
/// Most threads: more than that have no use, and a host has few to give.
const MOST: usize = 256;
/// Bytes of a thread's stack: what the main thread of a process has.
const STACK: usize = 8 << 20;

/// How many threads to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Threads {
    /// The number.
    pub count: usize,
    /// Why it is not the number that was asked for.
    pub warning: Option<ThreadsWarning>,
}

/// Another number of threads was asked for than is used.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[error("{VARIABLE} is `{given}`, which is not in 1..={MOST}: {used} are used")]
#[diagnostic(
    code(threads::count),
    severity(Warning),
    help("give a number of threads in 1..={MOST}, or leave it out for one per core")
)]
pub struct ThreadsWarning {
    given: String,
    used: usize,
}

/// The host does not start as many threads as are asked for.
#[derive(Debug, Error, Diagnostic)]
#[error("cannot start {}: {source}", crate::words::plural(*count, "thread", "threads"))]
#[diagnostic(
    code(threads::unavailable),
    help("set {VARIABLE} to fewer, end other programs, or raise the limit of processes (`ulimit -u`)")
)]
pub struct ThreadsError {
    count: usize,
    source: io::Error,
}

impl Threads {
    /// As many as `RAYON_NUM_THREADS` says, or else one per core.
    pub fn of_environment() -> Threads {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Threads::of(std::env::var_os(VARIABLE).as_deref(), cores)
    }

    fn of(given: Option<&OsStr>, cores: usize) -> Threads {
        let cores = cores.min(MOST);
        let Some(given) = given.filter(|given| !given.is_empty()) else {
            return Threads { count: cores, warning: None };
        };
        let given = given.to_string_lossy();
        let number = given.trim();
        let count = match number.parse() {
            Ok(count @ 1..=MOST) => return Threads { count, warning: None },
            Ok(0) | Err(_) if !is_large(number) => cores,
            Ok(_) | Err(_) => MOST,
        };
        let shown = given.chars().take(40).collect();
        Threads { count, warning: Some(ThreadsWarning { given: shown, used: count }) }
    }

    /// Runs `work` so many times at once, each in a pool of its own with its share of the threads of the present pool.
    ///
    /// # Errors
    /// As [`Threads::pool`].
    pub fn side_by_side(jobs: usize, work: impl Fn() + Sync) -> Result<(), ThreadsError> {
        let share = Threads { count: (rayon::current_num_threads() / jobs.max(1)).max(1), warning: None };
        let pools = (0..jobs).map(|_| share.pool()).collect::<Result<Vec<_>, _>>()?;
        std::thread::scope(|scope| {
            let workers: Vec<_> = pools.iter().map(|pool| scope.spawn(|| pool.install(&work))).collect();
            for worker in workers {
                if let Err(panic) = worker.join() {
                    std::panic::resume_unwind(panic);
                }
            }
        });
        Ok(())
    }

    /// The pool of these threads.
    ///
    /// # Errors
    /// The host has no more threads or no memory for them.
    pub fn pool(&self) -> Result<ThreadPool, ThreadsError> {
        let builder = ThreadPoolBuilder::new().num_threads(self.count).stack_size(STACK);
        builder.build().map_err(|error| ThreadsError { count: self.count, source: reason(&error) })
    }
}

/// Digits that are too large a number.
fn is_large(number: &str) -> bool {
    number.trim_start_matches('0').len() > 2 && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// The answer of the system behind an error of the builder.
fn reason(error: &rayon::ThreadPoolBuildError) -> io::Error {
    let answer = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    let code = answer.and_then(io::Error::raw_os_error);
    code.map_or_else(|| io::Error::other(error.to_string()), io::Error::from_raw_os_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_within_the_range_are_taken_and_others_are_replaced_with_a_word() {
        let of = |given: &str| {
            let threads = Threads::of(Some(OsStr::new(given)), 2);
            (threads.count, threads.warning.map(|warning| warning.to_string()))
        };
        assert_eq!(Threads::of(None, 2), Threads { count: 2, warning: None });
        assert_eq!(Threads::of(None, 1000).count, MOST);
        for (given, count) in [("", 2), ("1", 1), (" 16 ", 16), ("256", 256), ("007", 7)] {
            assert_eq!(of(given), (count, None), "{given}");
        }
        for (given, count) in [("0", 2), ("-1", 2), ("two", 2), ("1.5", 2), ("1000000", 256), ("257", 256)] {
            let (used, warning) = of(given);
            assert_eq!(used, count, "{given}");
            assert!(warning.is_some_and(|warning| warning.contains(&format!("`{given}`"))), "{given}");
        }
        assert_eq!(of(&"9".repeat(99)).0, MOST);
        assert!(of(&"x".repeat(9999)).1.unwrap().len() < 200);
    }

    #[test]
    fn a_pool_has_the_threads_that_were_asked_for() {
        let pool = Threads { count: 3, warning: None }.pool().unwrap();
        assert_eq!(pool.install(rayon::current_num_threads), 3);
    }

    #[test]
    fn a_host_without_threads_is_an_error_with_its_number() {
        let refuses = |_| Err(io::Error::from_raw_os_error(11));
        let error = ThreadPoolBuilder::new().num_threads(2).spawn_handler(refuses).build().unwrap_err();
        let error = ThreadsError { count: 2, source: reason(&error) };
        assert_eq!(error.source.raw_os_error(), Some(11));
        assert!(error.to_string().starts_with("cannot start 2 threads: "), "{error}");
        assert!(error.help().unwrap().to_string().contains("RAYON_NUM_THREADS"));
    }
}
