//! Many cases on all cores, each by its seed.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use crate::case::Case;
use crate::choices::Choices;
use crate::histogram::Histogram;
use crate::law::{Verdict, check};

/// A case that broke a law, or made the code panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// What was found.
    pub what: String,
}

/// Checks the cases of some seeds, with `trees` on devices whose routers fork packets. `done` is called after each. The result does not depend on the number of threads.
pub fn many(seeds: Range<u64>, trees: bool, done: &(dyn Fn() + Sync)) -> (Histogram, Vec<Failure>) {
    let one = |seed: u64| {
        let verdict = caught(seed, trees);
        done();
        (seed, verdict)
    };
    let verdicts: Vec<(u64, Result<Verdict, String>)> = seeds.into_par_iter().map(one).collect();
    let (mut histogram, mut failures) = (Histogram::default(), Vec::new());
    for (seed, verdict) in verdicts {
        match verdict {
            Ok(verdict) => histogram.add(&verdict),
            Err(what) => failures.push(Failure { seed, what }),
        }
    }
    (histogram, failures)
}

/// A case by its seed; a panic is a failure like any other.
fn caught(seed: u64, trees: bool) -> Result<Verdict, String> {
    let case = || Case::new(&mut Choices::seeded(seed));
    let checked = catch_unwind(AssertUnwindSafe(|| check(&if trees { case().with_trees() } else { case() })));
    match checked {
        Ok(verdict) => verdict.map_err(|violation| violation.to_string()),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(format!("panic: {}", text.unwrap_or("without a message")))
        }
    }
}
