//! The plot of a sweep: latency and accepted throughput over the offered load.

use spikemesh_plot::{Axis, Chart, Frame, Legend, Mark, Picture};

use super::rate_row::RateRow;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 400.0;
const BLUE: &str = "#2b5c9e";
const ORANGE: &str = "#c77b30";
const RED: &str = "#b03030";

/// Both charts. Saturated rates have no latency; a dashed line marks the first of them.
pub(super) fn svg(title: &str, rows: &[RateRow]) -> String {
    let mut picture = Picture::new(WIDTH, HEIGHT, title);
    let rates = rows.iter().map(|row| row.rate).fold(0.0, f64::max);
    let saturation = rows.iter().find(|row| row.is_saturated()).map(|row| row.rate);
    let offered = || Axis::linear("offered flits per terminal and cycle", rates);
    let frame =
        |column: f64| Frame { left: column * WIDTH / 2.0 + 62.0, top: 56.0, width: 350.0, height: 292.0 };

    let mean: Vec<_> = rows.iter().filter_map(|row| Some((row.rate, row.mean?, row.mean_ci95))).collect();
    let p99: Vec<_> = rows.iter().filter_map(|row| Some((row.rate, row.p99? as f64, None))).collect();
    // Near saturation latency has no limit; ten times the lowest shows the knee.
    let lowest = mean.first().map_or(1.0, |value| value.1);
    let highest = mean.iter().chain(&p99).map(|value| value.1).fold(1.0, f64::max);
    let cycles = Axis::linear("latency, cycles", highest.min(10.0 * lowest));
    let mut chart = Chart::new(&mut picture, frame(0.0), offered(), cycles);
    saturation.into_iter().for_each(|rate| chart.limit(rate, "saturated", RED));
    curve(&mut chart, &p99, ORANGE, "99 % of packets");
    curve(&mut chart, &mean, BLUE, "mean");

    let accepted: Vec<_> =
        rows.iter().filter_map(|row| Some((row.rate, row.accepted?, row.accepted_ci95))).collect();
    let flits = Axis::linear("accepted flits per terminal and cycle", rates);
    let mut chart = Chart::new(&mut picture, frame(1.0), offered(), flits);
    saturation.into_iter().for_each(|rate| chart.limit(rate, "saturated", RED));
    let ((_, end), _) = chart.ends();
    chart.line(&[(0.0, 0.0), (end, end)], "#aaaaaa");
    curve(&mut chart, &accepted, BLUE, "accepted");
    picture.finish()
}

/// A curve over the rates, with marks, and bars of half a confidence interval each way.
fn curve(chart: &mut Chart, values: &[(f64, f64, Option<f64>)], color: &str, name: &str) {
    let points: Vec<(f64, f64)> = values.iter().map(|&(rate, value, _)| (rate, value)).collect();
    chart.line(&points, color);
    for &(rate, value, half) in values {
        chart.mark(Mark::Circle, (rate, value), color, "");
        half.into_iter().for_each(|half| chart.bar(rate, (value - half, value + half), color));
    }
    chart.legend(Legend::Inside, Mark::Line, color, name);
}
