//! The report of a sweep as one page that needs no network.

use askama::Template;

use super::picture::front_picture;
use super::report::{ReportRow, SweepReport};
use super::table::Figure;
use crate::words::{figures, share, thousands};

/// Style of the pages of reports.
const CSS: &str = include_str!("../../templates/report/page.css");
/// Rows of a table of the page.
const MOST_ROWS: usize = 500;

#[derive(Template)]
#[template(path = "sweep.html")]
struct Page<'a> {
    report: &'a SweepReport,
    css: &'static str,
    picture: String,
    version: &'static str,
}

impl Page<'_> {
    /// The front, then its ties.
    fn rows(&self) -> Vec<(&'static str, &ReportRow)> {
        let front = self.report.front.iter().map(|row| ("front", row));
        let ties = self.report.ties.iter().map(|row| ("tied", row));
        let base = self.report.base.iter().map(|row| ("base line", row));
        base.chain(front).chain(ties).take(MOST_ROWS).collect()
    }
}

fn value(figure: &Figure) -> String {
    figure.text()
}

fn error(figure: &Figure) -> String {
    figure.error.map_or(String::new(), |error| format!("±{}", share(error)))
}

fn delta(delta: &Option<f64>) -> String {
    delta.map_or(String::new(), |delta| format!("{:+.1} %", 100.0 * delta))
}

/// The page.
///
/// # Errors
/// A template that does not fit: a defect.
pub fn sweep_page(report: &SweepReport) -> Result<String, String> {
    let page = Page { report, css: CSS, picture: front_picture(report), version: env!("CARGO_PKG_VERSION") };
    page.render().map_err(|error| error.to_string())
}
