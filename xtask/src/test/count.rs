//! Tests that passed and failed, as test runners report them.

use std::fmt;
use std::ops::Add;

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// That passed.
    pub passed: usize,
    /// That failed, or could not run.
    pub failed: usize,
}

impl Count {
    /// The count of a line in which a runner sums up; `None` for any other line.
    ///
    /// | runner | line |
    /// |---|---|
    /// | nextest | `Summary [ 1.2s] 40 tests run: 38 passed, 1 failed, 1 timed out, 2 skipped` |
    /// | cargo test | `test result: ok. 9 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; ...` |
    /// | spikemesh test | `3 passed, 1 failed, 1 errors` |
    pub fn of(line: &str) -> Option<Count> {
        let line = line.trim();
        let sums = if let Some((head, sums)) = line.split_once(" run: ") {
            head.starts_with("Summary").then_some(sums)?
        } else if let Some((_, sums)) = line.strip_prefix("test result: ").and_then(|l| l.split_once(". ")) {
            sums
        } else {
            line.starts_with(|c: char| c.is_ascii_digit()).then_some(line)?
        };
        let mut count = Count::default();
        let mut known = false;
        for part in sums.split([',', ';']) {
            let Some((number, what)) = part.trim().split_once(' ') else { continue };
            let Ok(number) = number.parse::<usize>() else { continue };
            // nextest adds to a number, as in `3 passed (1 slow)`.
            match what.split(" (").next().unwrap_or_default() {
                "passed" => count.passed += number,
                "failed" | "errors" | "timed out" | "exec failed" => count.failed += number,
                _ => continue,
            }
            known = true;
        }
        known.then_some(count)
    }
}

impl Add for Count {
    type Output = Count;

    fn add(self, other: Count) -> Count {
        Count { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(passed: usize, failed: usize) -> Option<Count> {
        Some(Count { passed, failed })
    }

    #[test]
    fn every_runner_is_understood() {
        let nextest =
            "     Summary [   0.567s] 40 tests run: 37 passed (1 slow), 2 failed, 1 timed out, 3 skipped";
        assert_eq!(Count::of(nextest), count(37, 3));
        assert_eq!(Count::of("Summary [ 0.1s] 1 test run: 1 passed, 0 skipped"), count(1, 0));
        let cargo = "test result: FAILED. 7 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.34s";
        assert_eq!(Count::of(cargo), count(7, 2));
        assert_eq!(Count::of("3 passed, 1 failed, 2 errors"), count(3, 3));
    }

    #[test]
    fn other_lines_are_not_counted() {
        for line in
            ["", "running 9 tests", "test a ... ok", "12 of 40", "PASS [ 0.1s] x", "1 | let passed = 3;"]
        {
            assert_eq!(Count::of(line), None, "{line}");
        }
    }
}
