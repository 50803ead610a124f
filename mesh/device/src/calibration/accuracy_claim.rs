//! What may be claimed of a number, and of a sum.

use std::fmt;

use serde::Serialize;

/// What a number in a report rests on, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimBasis {
    /// Exact against the specification.
    Spec,
    /// Compared with silicon; the error is known.
    Calibrated,
    /// Beyond what was measured.
    Extrapolated,
    /// Our own choice, or a constant that is another than the measured one.
    Assumed,
}

impl fmt::Display for ClaimBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ClaimBasis::Spec => "spec",
            ClaimBasis::Calibrated => "calibrated",
            ClaimBasis::Extrapolated => "extrapolated",
            ClaimBasis::Assumed => "assumed",
        })
    }
}

/// The accuracy that may be claimed for a number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccuracyClaim {
    /// What the number rests on.
    pub basis: ClaimBasis,
    /// Half of the measured values of its kind are within this fraction; `None` for a sum, and where nothing is claimed.
    pub median: Option<f64>,
    /// All of them are within it; `None` where nothing is claimed.
    pub worst: Option<f64>,
    /// Why no error is claimed; empty if one is.
    pub reasons: Vec<String>,
}

impl AccuracyClaim {
    /// An exact number.
    pub const SPEC: AccuracyClaim =
        AccuracyClaim { basis: ClaimBasis::Spec, median: None, worst: None, reasons: Vec::new() };

    pub(super) fn calibrated(median: f64, worst: f64) -> AccuracyClaim {
        let (median, worst) = (Some(median), Some(worst));
        AccuracyClaim { basis: ClaimBasis::Calibrated, median, worst, reasons: Vec::new() }
    }

    pub(super) fn none(basis: ClaimBasis, reason: String) -> AccuracyClaim {
        AccuracyClaim { basis, median: None, worst: None, reasons: vec![reason] }
    }

    /// The same with the part that it is about before each reason.
    pub fn of_part(mut self, part: &str) -> AccuracyClaim {
        self.reasons.iter_mut().for_each(|reason| *reason = format!("{part}: {reason}"));
        self
    }

    /// The claim for a sum or a product of parts: the weakest basis of any. The error of a sum of positive parts is at most the largest of
    /// theirs; it is claimed only where each part has one or is exact.
    pub fn weakest<'a>(parts: impl IntoIterator<Item = &'a AccuracyClaim>) -> AccuracyClaim {
        let mut sum = AccuracyClaim::SPEC;
        for part in parts {
            sum.basis = sum.basis.max(part.basis);
            sum.worst = part.worst.into_iter().chain(sum.worst).reduce(f64::max);
            for reason in
                part.reasons.iter().filter(|reason| !sum.reasons.contains(reason)).collect::<Vec<_>>()
            {
                sum.reasons.push(reason.clone());
            }
        }
        if sum.basis > ClaimBasis::Calibrated {
            sum.worst = None;
        }
        sum
    }
}
