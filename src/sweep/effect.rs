//! What an axis does by itself: the mean of a metric over all points with each of its values.

use std::collections::HashMap;

use serde::Serialize;

use super::metric::Metric;
use super::table::Table;

/// What an axis does to a metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AxisEffect {
    /// The axis.
    pub axis: String,
    /// The metric.
    pub metric: String,
    /// The largest mean less the smallest one, by the mean of all.
    pub span: f64,
    /// The mean for each value, in the order of the table.
    pub means: Vec<ValueMean>,
}

/// The points with a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueMean {
    /// The value.
    pub value: String,
    /// Points with results.
    pub points: usize,
    /// Their mean.
    pub mean: f64,
}

/// The effects of axes, given by their places: metric by metric, the strongest first.
pub(super) fn effects(table: &Table, axes: &[usize], metrics: &[&'static Metric]) -> Vec<AxisEffect> {
    let mut all = Vec::new();
    for metric in metrics {
        let mut of_metric: Vec<AxisEffect> =
            axes.iter().filter_map(|&axis| effect(table, axis, metric)).collect();
        // Of equal spans the first axis.
        of_metric.sort_by(|a, b| b.span.total_cmp(&a.span));
        all.extend(of_metric);
    }
    all
}

fn effect(table: &Table, axis: usize, metric: &Metric) -> Option<AxisEffect> {
    let mut sums: Vec<(&str, usize, f64)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for row in table.rows.iter().filter(|row| row.is_complete()) {
        let Some(figure) = row.figure(metric) else { continue };
        let value = row.axes[axis].as_str();
        let place = *places.entry(value).or_insert_with(|| {
            sums.push((value, 0, 0.0));
            sums.len() - 1
        });
        sums[place].1 += 1;
        sums[place].2 += figure.value;
    }
    let points: usize = sums.iter().map(|(_, points, _)| points).sum();
    let mean = sums.iter().map(|(.., sum)| sum).sum::<f64>() / points.max(1) as f64;
    let mut means: Vec<ValueMean> = sums
        .iter()
        .map(|&(value, points, sum)| ValueMean { value: value.to_owned(), points, mean: sum / points as f64 })
        .collect();
    // As numbers if they are; otherwise as they come in the table.
    let number = |of: &ValueMean| of.value.parse::<f64>().ok();
    if means.iter().all(|of| number(of).is_some()) {
        means.sort_by(|a, b| number(a).partial_cmp(&number(b)).unwrap_or(std::cmp::Ordering::Equal));
    }
    let least = means.iter().map(|of| of.mean).fold(f64::INFINITY, f64::min);
    let most = means.iter().map(|of| of.mean).fold(f64::NEG_INFINITY, f64::max);
    let span = if mean == 0.0 { 0.0 } else { (most - least) / mean.abs() };
    (means.len() > 1).then(|| AxisEffect {
        axis: table.axes[axis].clone(),
        metric: metric.name.to_owned(),
        span,
        means,
    })
}
