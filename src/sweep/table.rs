//! The table of a sweep, read again.

use std::path::Path;

use serde::Serialize;

use super::error::Error;
use super::metric::{CellKind, ClaimOf, METRICS, Metric};
use super::results::{ABOUT, CSV};
use crate::words::{figures, thousands};

/// A table of results.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// The axes.
    pub axes: Vec<String>,
    pub rows: Vec<TableRow>,
}

/// A row of the table.
#[derive(Clone, Debug)]
pub(super) struct TableRow {
    /// Its values of the axes.
    pub axes: Vec<String>,
    pub status: String,
    pub code: String,
    /// The numbers of all metrics; none of texts.
    figures: Vec<Option<Figure>>,
}

/// A number with what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// The number.
    pub value: f64,
    /// `exact`, `spec`, `calibrated`, `extrapolated` or `assumed`.
    pub basis: String,
    /// It is within this fraction; `null` where nothing is claimed.
    pub error: Option<f64>,
}

impl Figure {
    /// How far it may be off; 0 where nothing is known.
    pub fn margin(&self) -> f64 {
        self.error.unwrap_or(0.0) * self.value.abs()
    }

    /// The number as people read it: a count in full.
    pub fn text(&self) -> String {
        match self.basis.as_str() {
            "exact" if self.value.fract() == 0.0 => thousands(self.value),
            _ => figures(self.value, 4),
        }
    }

    /// Something is known of its error.
    pub fn is_known(&self) -> bool {
        self.error.is_some() || self.basis == "exact" || self.basis == "spec"
    }
}

impl TableRow {
    /// The number of a metric.
    pub fn figure(&self, metric: &Metric) -> Option<&Figure> {
        let place = METRICS.iter().position(|known| known.name == metric.name)?;
        self.figures[place].as_ref()
    }

    /// The row has results.
    pub fn is_complete(&self) -> bool {
        self.status == "complete"
    }
}

impl Table {
    /// Reads the table of a folder.
    ///
    /// # Errors
    /// There is none, it cannot be read, or is no table of this version.
    pub fn read(folder: &Path) -> Result<Table, Error> {
        let path = folder.join(CSV);
        let none = |reason: String| Error::NoResults { path: folder.to_owned(), reason };
        let mut reader = csv::Reader::from_path(&path).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Error::Read { path: path.clone(), source }
            }
            _ => none(format!("{CSV} is not there")),
        })?;
        let wrong = |error: csv::Error| none(format!("{CSV}: {error}"));
        let headings = reader.headers().map_err(wrong)?.clone();
        let place = |name: &str| headings.iter().position(|heading| heading == name);
        let of = |name: &str| place(name).ok_or_else(|| none(format!("{CSV} has no column `{name}`")));
        let [begin, status, code, _] = ABOUT.map(of);
        let (begin, status, code) = (begin?, status?, code?);
        let metrics: Vec<[Option<usize>; 3]> = METRICS
            .iter()
            .map(|metric| {
                let column = |end: &str| place(&format!("{}{end}", metric.name));
                [column("").filter(|_| metric.kind != CellKind::Text), column("_basis"), column("_error")]
            })
            .collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(wrong)?;
            let cell = |place: Option<usize>| {
                place.and_then(|place| record.get(place)).filter(|cell| !cell.is_empty())
            };
            let figures = METRICS.iter().zip(&metrics).map(|(metric, [value, basis, error])| {
                let basis =
                    if metric.claim == ClaimOf::Exact { "exact" } else { cell(*basis).unwrap_or("assumed") };
                let error = cell(*error).and_then(|error| error.parse().ok());
                Some(Figure { value: cell(*value)?.parse().ok()?, basis: basis.to_owned(), error })
            });
            rows.push(TableRow {
                axes: record.iter().take(begin).map(str::to_owned).collect(),
                status: record[status].to_owned(),
                code: record[code].to_owned(),
                figures: figures.collect(),
            });
        }
        Ok(Table { axes: headings.iter().take(begin).map(str::to_owned).collect(), rows })
    }
}
