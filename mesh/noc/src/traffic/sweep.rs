//! A sweep: the rates, and all runs of one rate together.

use super::error::TrafficError;
use super::histogram::LatencyHistogram;
use super::measurement::Measurement;
use crate::Cycle;
use crate::LinkCounters;

/// A quantile of Student's distribution for 95 % on both sides, by degrees of freedom from 1 on.
const STUDENT: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/// One rate of a sweep, all its runs together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadPoint {
    /// Latencies of all runs.
    pub latencies: LatencyHistogram,
    /// Network latencies of all runs.
    pub network_latencies: LatencyHistogram,
    /// Mean of the runs' mean latencies; `None` if a run saturated or measured nothing.
    pub mean: Option<f64>,
    /// Half of the 95 % confidence interval of that mean; `None` for a single run.
    pub confidence: Option<f64>,
    /// Mean accepted flits per terminal and cycle; `None` if nothing arrived and nothing was measured.
    pub accepted: Option<f64>,
    /// Half of its 95 % confidence interval.
    pub accepted_confidence: Option<f64>,
    /// No run saturated: BookSim2's verdict, which is of latency.
    pub stable: bool,
    /// At least [`LoadPoint::KEPT`] of the offered load was accepted; `None` without a figure.
    pub throughput_kept: Option<bool>,
    /// Mean routers on the way of a packet, over the packets of all runs; `None` without packets.
    pub routers: Option<f64>,
    /// Flits over each link, and its fullest buffer, all runs together.
    pub links: Vec<LinkCounters>,
    /// Cycles in which these flits were counted, all runs together.
    pub window: Cycle,
}

impl LoadPoint {
    /// The least share of the offered load that a network accepts which keeps up with it.
    pub const KEPT: f64 = 0.95;
    /// Measured packets below which means and percentiles say little.
    pub const FEW_PACKETS: u64 = 100;

    /// Puts runs together whose load was offered at `rate`.
    pub fn of(rate: f64, runs: &[Measurement]) -> LoadPoint {
        let mut point = LoadPoint { stable: runs.iter().all(|run| run.stable), ..LoadPoint::default() };
        let mut routers = 0;
        for run in runs {
            routers += run.routers;
            point.window += run.window;
            point.latencies.merge(&run.latencies);
            point.network_latencies.merge(&run.network_latencies);
            LinkCounters::add_all(&mut point.links, &run.links);
        }
        let packets = point.latencies.packets();
        point.routers = (packets > 0).then(|| routers as f64 / packets as f64);
        let accepted: Vec<f64> = runs.iter().map(|run| run.accepted).collect();
        let (accepted, confidence) = mean_of(&accepted);
        if packets > 0 || accepted > 0.0 {
            (point.accepted, point.accepted_confidence) = (Some(accepted), confidence);
            point.throughput_kept = Some(accepted >= Self::KEPT * rate);
        }
        let means: Option<Vec<f64>> = runs.iter().map(|run| run.latencies.mean()).collect();
        if let Some(means) = means.filter(|means| point.stable && !means.is_empty()) {
            let (mean, confidence) = mean_of(&means);
            (point.mean, point.confidence) = (Some(mean), confidence);
        }
        point
    }
}

/// The mean, and half of its 95 % confidence interval where there are two values or more.
fn mean_of(values: &[f64]) -> (f64, Option<f64>) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count.max(1.0);
    if values.len() < 2 {
        return (mean, None);
    }
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    // Beyond the table the normal distribution is close enough.
    let quantile = STUDENT.get(values.len() - 2).copied().unwrap_or(1.96);
    (mean, Some(quantile * (variance / count).sqrt()))
}

/// Rates of a sweep: `0.2`, `0.1,0.2,0.35`, or `0.05..0.5:0.05` for first, last and step.
///
/// # Errors
/// [`TrafficError::Rates`], [`TrafficError::Rate`].
pub fn rates(text: &str) -> Result<Vec<f64>, TrafficError> {
    /// Most rates of one sweep.
    const MOST: f64 = 1000.0;
    let error =
        |rule: &str| TrafficError::Rates { text: text.chars().take(60).collect(), rule: rule.to_owned() };
    let number = |text: &str| -> Result<f64, TrafficError> {
        let rate: f64 = text.trim().parse().map_err(|_| error("not a number"))?;
        if rate > 0.0 && rate <= 1.0 { Ok(rate) } else { Err(TrafficError::Rate { rate, most: 1.0 }) }
    };
    let Some((first, rest)) = text.split_once("..") else {
        return text.split(',').map(number).collect();
    };
    let (last, step) = rest.split_once(':').ok_or_else(|| error("the step is missing"))?;
    let (first, last, step) = (number(first)?, number(last)?, number(step)?);
    // The last rate counts even if the sum of the steps misses it by a rounding error.
    let steps = ((last - first) / step + 1e-9).floor();
    if !(0.0..MOST).contains(&steps) {
        return Err(error("the last must not be below the first, and at most 1000 rates are run"));
    }
    // Rounded, so that 0.15 is 0.15 and not 0.15000000000000002.
    Ok((0..=steps as u32).map(|n| ((first + f64::from(n) * step) * 1e9).round() / 1e9).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read() {
        assert_eq!(rates("0.2").unwrap(), [0.2]);
        assert_eq!(rates("0.1, 0.35").unwrap(), [0.1, 0.35]);
        assert_eq!(rates("0.05..0.3:0.05").unwrap(), [0.05, 0.1, 0.15, 0.2, 0.25, 0.3]);
        for text in ["", "x", "0.1..0.2", "0.2..0.1:0.1", "0.1..1:1e-9", "0.1,,0.2"] {
            assert!(matches!(rates(text), Err(TrafficError::Rates { .. })), "{text}");
        }
        for text in ["nan", "0", "-1", "inf", "1.01", "0.1..0.2:nan"] {
            assert!(matches!(rates(text), Err(TrafficError::Rate { .. })), "{text}");
        }
    }

    #[test]
    fn the_interval_is_students() {
        let (mean, half) = mean_of(&[1.0, 2.0, 3.0]);
        assert_eq!(mean, 2.0);
        assert!((half.unwrap() - 4.303 / 3f64.sqrt()).abs() < 1e-12);
        assert_eq!(mean_of(&[5.0]), (5.0, None));
    }
}
