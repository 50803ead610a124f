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

/// Who counts the tests of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// Nobody: the step is one check.
    Nobody,
    /// `Summary [ 1.2s] 40 tests run: 38 passed (1 slow), 1 failed, 1 timed out, 2 skipped`
    Nextest,
    /// `test result: ok. 9 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s`
    CargoTest,
    /// `3 passed, 1 failed, 1 errors`
    Spikemesh,
    /// `2 failed, 38 passed, 1 error in 1.23s`
    Pytest,
}

impl Runner {
    /// The count of a line in which this runner sums up; `None` for any other line, such as one of another runner that a failed
    /// test has printed.
    pub fn count(self, line: &str) -> Option<Count> {
        let sums = match self {
            Runner::Nobody => None,
            Runner::Nextest => {
                line.trim_start().strip_prefix("Summary ")?.split_once(" run: ").map(|parts| parts.1)
            }
            Runner::CargoTest => line.strip_prefix("test result: ")?.split_once(". ").map(|parts| parts.1),
            Runner::Spikemesh => line.starts_with(|c: char| c.is_ascii_digit()).then_some(line),
            Runner::Pytest => {
                let (sums, seconds) = line.rsplit_once(" in ")?;
                (line.starts_with(|c: char| c.is_ascii_digit()) && seconds.ends_with(['s', ')']))
                    .then_some(sums)
            }
        }?;
        let mut count = Count::default();
        let mut known = false;
        for part in sums.split([',', ';']) {
            let Some((number, what)) = part.trim().split_once(' ') else { continue };
            let Ok(number) = number.parse::<usize>() else { continue };
            // nextest adds to a number, as in `3 passed (1 slow)`.
            match what.split(" (").next().unwrap_or_default() {
                "passed" => count.passed += number,
                "failed" | "error" | "errors" | "timed out" | "exec failed" => count.failed += number,
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

    const NEXTEST: &str =
        "     Summary [   0.567s] 40 tests run: 37 passed (1 slow), 2 failed, 1 timed out, 3 skipped";
    const CARGO: &str =
        "test result: FAILED. 7 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.34s";
    const SPIKEMESH: &str = "3 passed, 1 failed, 2 errors";
    const PYTEST: &str = "2 failed, 38 passed, 1 skipped, 1 error in 1.23s";

    #[test]
    fn every_runner_is_understood() {
        assert_eq!(Runner::Nextest.count(NEXTEST), count(37, 3));
        assert_eq!(Runner::Nextest.count("Summary [ 0.1s] 1 test run: 1 passed, 0 skipped"), count(1, 0));
        assert_eq!(Runner::CargoTest.count(CARGO), count(7, 2));
        assert_eq!(Runner::Spikemesh.count(SPIKEMESH), count(3, 3));
        assert_eq!(Runner::Pytest.count(PYTEST), count(38, 3));
        assert_eq!(Runner::Pytest.count("12 passed in 75.10s (0:01:15)"), count(12, 0));
    }

    #[test]
    fn other_lines_are_not_counted() {
        let runners = [Runner::Nobody, Runner::Nextest, Runner::CargoTest, Runner::Spikemesh, Runner::Pytest];
        for line in
            ["", "running 9 tests", "test a ... ok", "12 of 40", "PASS [ 0.1s] x", "1 | let passed = 3;"]
        {
            assert!(runners.iter().all(|runner| runner.count(line).is_none()), "{line}");
        }
        // What a failed test has printed, as nextest shows it.
        assert_eq!(Runner::Nextest.count(&format!("    {CARGO}")), None);
        assert_eq!(Runner::Nextest.count(SPIKEMESH), None);
        assert_eq!(Runner::Nobody.count(CARGO), None);
    }
}
