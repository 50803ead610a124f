//! The front as a picture: every point, its error, the front and its ties.

use super::report::{ReportRow, SweepReport};
use crate::plot::{Axis, Chart, Frame, Legend, Mark, Picture};

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 480.0;
const GREY: &str = "#9aa3ad";
const BLUE: &str = "#1f6fb5";
const ORANGE: &str = "#d9822b";
const PALE: &str = "#c9d7e6";
/// Points that are drawn beside the front and its ties: of more every n-th.
const MOST_POINTS: usize = 4_000;

/// Draws the first two metrics of the front.
pub fn front_picture(report: &SweepReport) -> String {
    let metrics: Vec<_> = report.front_metrics().collect();
    let place = |row: &ReportRow| (row.figures[0].value, row.figures[1].value);
    let title = format!(
        "{} points, {} on the front, {} tied with it",
        report.complete,
        report.front.len(),
        report.ties.len()
    );
    let mut picture = Picture::new(WIDTH, HEIGHT, &title);
    let frame = Frame { left: 80.0, top: 56.0, width: 590.0, height: 370.0 };
    let shown = || report.front.iter().chain(&report.ties);
    // With its error, as far as a bar is drawn.
    let ends = |index: usize| {
        let all = report.all.iter().map(move |row| row.figures[index].value);
        all.chain(shown().flat_map(move |row| {
            let figure = &row.figures[index];
            [figure.value - figure.margin(), figure.value + figure.margin()]
        }))
    };
    let axis = |index: usize| {
        Axis::around(&format!("{}: {}", metrics[index].name, metrics[index].about), ends(index))
    };
    let mut chart = Chart::new(&mut picture, frame, axis(0), axis(1));
    let step = report.all.len().div_ceil(MOST_POINTS).max(1);
    for row in report.all.iter().step_by(step) {
        chart.mark(Mark::Circle, place(row), GREY, &words(report, row));
    }
    for row in shown() {
        let (x, y) = place(row);
        let [dx, dy] = [row.figures[0].margin(), row.figures[1].margin()];
        if dx > 0.0 {
            chart.line(&[(x - dx, y), (x + dx, y)], PALE);
        }
        if dy > 0.0 {
            chart.line(&[(x, y - dy), (x, y + dy)], PALE);
        }
    }
    if metrics.len() == 2 {
        chart.line(&report.front.iter().map(place).collect::<Vec<_>>(), BLUE);
    }
    for row in &report.ties {
        chart.mark(Mark::Diamond, place(row), ORANGE, &words(report, row));
    }
    for row in &report.front {
        chart.mark(Mark::Diamond, place(row), BLUE, &words(report, row));
    }
    chart.legend(Legend::Beside, Mark::Diamond, BLUE, "front");
    chart.legend(Legend::Beside, Mark::Diamond, ORANGE, "tied: within the error");
    chart.legend(Legend::Beside, Mark::Circle, GREY, "other points");
    if shown().any(|row| row.figures.iter().take(2).any(|figure| figure.margin() > 0.0)) {
        chart.legend(Legend::Beside, Mark::Line, PALE, "error, at worst");
    }
    picture.finish()
}

/// A row for who points at it.
fn words(report: &SweepReport, row: &ReportRow) -> String {
    let axes = report.axes.iter().zip(&row.axes).map(|(axis, value)| format!("{axis}={value}"));
    let figures = report.metrics.iter().zip(&row.figures).map(|(name, figure)| {
        let error = figure.error.map_or(String::new(), |error| format!(" ±{}", crate::words::share(error)));
        format!("{name} {}{error} [{}]", figure.text(), figure.basis)
    });
    let parts: Vec<String> = std::iter::once(format!("row {}", row.row)).chain(axes).chain(figures).collect();
    parts.join(", ")
}
