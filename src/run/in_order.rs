//! Jobs on all threads whose results are taken in the order of the jobs, each as soon as it can be.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

/// Runs jobs 0 to `count`, which begin in their order, and gives each result to `give` once all before it were given, up to the first that `give`
/// refuses. `given` gets what `give` returns, outside of any lock.
///
/// What was given has no gap, so results behind the one that is refused are lost: those of jobs that ran beside it, one for each other thread if
/// jobs take equally long, and never more than `count`. A run that goes on later computes them again, with the same results.
pub(super) fn in_order<T: Send, E: Send>(
    count: usize,
    run: impl Fn(usize) -> T + Sync,
    give: impl FnMut(T) -> Result<usize, E> + Send,
    given: &(dyn Fn(usize) + Sync),
) -> Result<(), E> {
    struct Given<T, E, G> {
        give: G,
        /// Results that wait for one before them.
        waiting: BTreeMap<usize, T>,
        next: usize,
        end: Option<E>,
    }
    let state = Mutex::new(Given { give, waiting: BTreeMap::new(), next: 0, end: None });
    let (begun, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    (0..count).into_par_iter().with_max_len(1).for_each(|_| {
        // Whichever item a thread takes, the job that begins is the next one.
        let index = begun.fetch_add(1, Ordering::Relaxed);
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let result = run(index);
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let Given { give, waiting, next, end } = &mut *state;
        waiting.insert(index, result);
        let mut frames = 0;
        while let (None, Some(result)) = (&end, waiting.remove(next)) {
            *next += 1;
            match give(result) {
                Ok(more) => frames += more,
                Err(early) => {
                    *end = Some(early);
                    is_over.store(true, Ordering::Relaxed);
                }
            }
        }
        drop(state);
        if frames > 0 {
            given(frames);
        }
    });
    state.into_inner().unwrap_or_else(PoisonError::into_inner).end.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use rayon::ThreadPoolBuilder;

    use super::*;

    const THREADS: usize = 4;

    /// The results that were given, and how many jobs ran, of 64 jobs of which `refused` is refused. Jobs behind it take until then.
    fn run(refused: Option<usize>) -> (Vec<usize>, usize) {
        let pool = ThreadPoolBuilder::new().num_threads(THREADS).build().unwrap();
        let (ran, counted, is_refused) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
        let mut given = Vec::new();
        let ended = pool.install(|| {
            let job = |index: usize| {
                while refused.is_some_and(|refused| index > refused) && !is_refused.load(Ordering::Relaxed) {
                    std::thread::yield_now();
                }
                ran.fetch_add(1, Ordering::Relaxed);
                index
            };
            let give = |index: usize| {
                given.push(index);
                is_refused.store(Some(index) == refused, Ordering::Relaxed);
                if Some(index) == refused { Err(index) } else { Ok(1) }
            };
            in_order(64, job, give, &|more| {
                counted.fetch_add(more, Ordering::Relaxed);
            })
        });
        assert_eq!(ended.err(), refused);
        assert_eq!(counted.into_inner(), given.len() - usize::from(refused.is_some()));
        (given, ran.into_inner())
    }

    #[test]
    fn results_are_given_in_the_order_of_their_jobs() {
        assert_eq!(run(None), ((0..64).collect(), 64));
    }

    /// Were the jobs divided among the threads beforehand, three quarters of them would have begun behind the one that is refused.
    #[test]
    fn behind_a_refused_result_only_those_of_other_threads_are_lost() {
        for refused in [0, 1, 20, 63] {
            let (given, ran) = run(Some(refused));
            assert_eq!(given, (0..=refused).collect::<Vec<_>>());
            assert!(ran <= refused + THREADS, "{ran} jobs ran, {refused} was refused");
        }
    }
}
