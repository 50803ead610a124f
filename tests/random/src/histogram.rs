//! What a number of cases tried.

use std::collections::BTreeMap;
use std::fmt;

use crate::coverage::Coverage;
use crate::law::Verdict;

/// Counts over many cases, printed as a table.
///
/// The distribution is stated: of the mapped models at least half use two or more NPs in a layer, a quarter have a branch, a tenth two passes or
/// more, a tenth lie within one of a limit, a fifth have two outputs or more; and at least 30 % of all map.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    cases: usize,
    mapped: usize,
    shares: [usize; 5],
    has: BTreeMap<&'static str, usize>,
    limits: BTreeMap<String, usize>,
    refusals: BTreeMap<String, usize>,
}

/// Parts of the contract: what, and the least percentage of mapped models.
const SHARES: [(&str, usize); 5] = [
    ("two or more NPs in a layer", 50),
    ("a branch", 25),
    ("two passes or more", 10),
    ("within one of a limit", 10),
    ("two outputs or more", 20),
];
/// The least percentage of all models that map.
const MAPPED: usize = 30;

impl Histogram {
    /// Adds a case.
    pub fn add(&mut self, verdict: &Verdict) {
        self.cases += 1;
        match verdict {
            Verdict::Held(coverage) => self.mapped(coverage),
            Verdict::Refused(codes) => {
                codes.iter().for_each(|code| *self.refusals.entry(code.clone()).or_default() += 1);
            }
        }
    }

    fn mapped(&mut self, coverage: &Coverage) {
        self.mapped += 1;
        for (count, share) in self.shares.iter_mut().zip(coverage.shares()) {
            *count += usize::from(share);
        }
        coverage.has.iter().for_each(|what| *self.has.entry(what).or_default() += 1);
        if let Some(limit) = coverage.limit {
            *self.limits.entry(format!("{limit:?}")).or_default() += 1;
        }
    }

    /// Adds the cases of another one.
    pub fn merge(&mut self, other: Histogram) {
        self.cases += other.cases;
        self.mapped += other.mapped;
        self.shares.iter_mut().zip(other.shares).for_each(|(count, more)| *count += more);
        other.has.into_iter().for_each(|(what, more)| *self.has.entry(what).or_default() += more);
        other.refusals.into_iter().for_each(|(code, more)| *self.refusals.entry(code).or_default() += more);
        for (limit, more) in other.limits {
            *self.limits.entry(limit).or_default() += more;
        }
    }

    /// Cases that were added.
    pub fn cases(&self) -> usize {
        self.cases
    }

    /// Mapped cases that have something, by its name.
    pub fn has(&self, what: &str) -> usize {
        self.has.get(what).copied().unwrap_or_default()
    }

    /// Parts of the contract that these cases do not keep.
    pub fn missing(&self) -> Vec<String> {
        let percent = |count: usize, of: usize| 100 * count / of.max(1);
        let mut missing = Vec::new();
        if percent(self.mapped, self.cases) < MAPPED {
            missing.push(format!("mapped: {} of {}, not {MAPPED} %", self.mapped, self.cases));
        }
        for ((what, least), &count) in SHARES.iter().zip(&self.shares) {
            if percent(count, self.mapped) < *least {
                missing.push(format!("{what}: {count} of {}, not {least} %", self.mapped));
            }
        }
        missing
    }
}

impl fmt::Display for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |f: &mut fmt::Formatter<'_>, what: &str, count: usize, of: usize| {
            writeln!(f, "{what:<32} {count:>7} {:>6.1} %", 100.0 * count as f64 / of.max(1) as f64)
        };
        row(f, "models", self.cases, self.cases)?;
        row(f, "mapped", self.mapped, self.cases)?;
        writeln!(f, "of the mapped:")?;
        for ((what, _), &count) in SHARES.iter().zip(&self.shares) {
            row(f, &format!("  {what}"), count, self.mapped)?;
        }
        for (what, &count) in &self.has {
            row(f, &format!("  {what}"), count, self.mapped)?;
        }
        for (limit, &count) in &self.limits {
            row(f, &format!("  limit: {limit}"), count, self.mapped)?;
        }
        writeln!(f, "refused:")?;
        for (code, &count) in &self.refusals {
            row(f, &format!("  {code}"), count, self.cases)?;
        }
        Ok(())
    }
}
