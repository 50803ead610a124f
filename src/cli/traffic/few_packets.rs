//! The warning that a sweep has measured too little.

use miette::Diagnostic;
use thiserror::Error;

use super::rate_row::RateRow;
use crate::noc::traffic::LoadPoint;

/// Rates at which few packets were measured: their figures say little.
#[derive(Debug, Error, Diagnostic)]
#[error("fewer than {} packets were measured at {rates}", LoadPoint::FEW_PACKETS)]
#[diagnostic(
    code(traffic::few_packets),
    severity(Warning),
    help("raise --sample-period, --max-samples or --runs")
)]
pub(super) struct FewPackets {
    /// The rates, with their packets.
    rates: String,
}

impl FewPackets {
    /// Rates that are named.
    const SHOWN: usize = 5;

    /// The warning, if there is such a rate.
    pub(super) fn of(rows: &[RateRow]) -> Option<FewPackets> {
        let few: Vec<&RateRow> = rows.iter().filter(|row| row.packets < LoadPoint::FEW_PACKETS).collect();
        let name = |row: &&RateRow| format!("rate {} ({})", row.rate, row.packets);
        let mut names: Vec<String> = few.iter().take(Self::SHOWN).map(name).collect();
        if few.len() > Self::SHOWN {
            names.push(format!("{} more rates", few.len() - Self::SHOWN));
        }
        (!few.is_empty()).then(|| FewPackets { rates: names.join(", ") })
    }
}
