//! The table of a sweep: a row for each point, as `.csv` and as `.parquet`.

use std::io::{self, Write};

use serde::Serialize;

use super::axis::Axis;
use super::error::Error;
use super::metric::{Cell, CellKind, ClaimOf, METRICS};
use super::parquet_file::{Column, ParquetFile};
use super::plan::Plan;
use super::record::PointRecord;
use super::refusal::PointStatus;
use super::space::Space;
use super::store::Store;
use crate::files::OutputFile;

/// The table as text.
pub const CSV: &str = "results.csv";
/// The table for pandas, polars and DuckDB.
pub const PARQUET: &str = "results.parquet";

/// Columns between the axes and the metrics.
pub(super) const ABOUT: [&str; 4] = ["point", "status", "code", "message"];

/// What a table has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TableFacts {
    /// Rows.
    #[serde(skip)]
    pub points: u64,
    /// Rows with results.
    pub complete: u64,
    /// Rows without, by code.
    pub refused: std::collections::BTreeMap<String, u64>,
    /// Rows whose outputs differ from the engine's.
    pub different: u64,
}

/// The columns of a table.
fn columns(axes: &[Axis]) -> Vec<Column> {
    let column = |name: String, kind| Column { name, kind };
    let axis = |axis: &Axis| column(axis.name.clone(), axis_kind(axis));
    let mut columns: Vec<Column> = axes.iter().map(axis).collect();
    columns.extend(ABOUT.map(|name| column(name.to_owned(), CellKind::Text)));
    for metric in METRICS {
        columns.push(column(metric.name.to_owned(), metric.kind));
        if metric.claim != ClaimOf::Exact {
            columns.push(column(format!("{}_basis", metric.name), CellKind::Text));
            columns.push(column(format!("{}_error", metric.name), CellKind::Number));
        }
    }
    columns
}

/// What the values of an axis are: counts or numbers if all of them are.
fn axis_kind(axis: &Axis) -> CellKind {
    if axis.values.iter().all(|value| value.parse::<u64>().is_ok_and(|value| i64::try_from(value).is_ok())) {
        CellKind::Count
    } else if axis.values.iter().all(|value| value.parse::<f64>().is_ok_and(f64::is_finite)) {
        CellKind::Number
    } else {
        CellKind::Text
    }
}

/// The value of an axis as a cell of its column.
fn axis_cell(kind: CellKind, value: &str) -> Cell {
    let text = || Cell::Text(value.to_owned());
    match kind {
        CellKind::Count => value.parse().map_or_else(|_| text(), Cell::Count),
        CellKind::Number => value.parse().map_or_else(|_| text(), Cell::Number),
        CellKind::Text => text(),
    }
}

/// Writes both tables, row by row: memory does not grow with their length.
///
/// # Errors
/// A point has no result, or cannot be read; a table cannot be written.
pub(super) fn write_tables(space: &Space, plan: &Plan, store: &Store) -> Result<TableFacts, Error> {
    let columns = columns(space.axes());
    let wrong = |name: &str| {
        let path = store.file(name);
        move |source: io::Error| Error::Write { path, source }
    };
    let begin = |name: &str| OutputFile::create(&store.file(name)).map_err(wrong(name));
    let (mut csv, mut parquet) = (
        CsvFile::begin(begin(CSV)?, &columns).map_err(wrong(CSV))?,
        begin(PARQUET).and_then(|file| ParquetFile::begin(file, &columns).map_err(wrong(PARQUET)))?,
    );
    let mut facts = TableFacts::default();
    for (index, digest) in (0..).zip(&plan.digests) {
        let mut cells: Vec<Option<Cell>> = Vec::with_capacity(columns.len());
        let values = space.values(index);
        cells.extend(columns.iter().zip(values).map(|(column, value)| Some(axis_cell(column.kind, value))));
        let text = |text: &str| Some(Cell::Text(text.to_owned()));
        facts.points += 1;
        match (digest, plan.refused.get(&index)) {
            (Some(digest), _) => {
                let record = store.record(digest)?;
                facts.add(&record);
                cells.extend([text(digest), text(record.status.name())]);
                cells.extend([&record.code, &record.message].map(|part| part.clone().map(Cell::Text)));
                cells.extend(metric_cells(&record));
            }
            (None, refusal) => {
                let (code, message) = refusal.map_or(("", ""), |refusal| (&refusal.code, &refusal.message));
                *facts.refused.entry(code.to_owned()).or_default() += 1;
                cells.extend([None, text(PointStatus::Refused.name()), text(code), text(message)]);
            }
        }
        cells.resize(columns.len(), None);
        csv.row(&cells).map_err(wrong(CSV))?;
        parquet.row(cells).map_err(wrong(PARQUET))?;
    }
    csv.end().map_err(wrong(CSV))?;
    parquet.end().map_err(wrong(PARQUET))?;
    Ok(facts)
}

impl TableFacts {
    fn add(&mut self, record: &PointRecord) {
        match record.status {
            PointStatus::Complete => self.complete += 1,
            PointStatus::Mismatch => self.different += 1,
            _ => *self.refused.entry(record.code.clone().unwrap_or_default()).or_default() += 1,
        }
    }
}

/// The numbers of a point, each with what it rests on.
fn metric_cells(record: &PointRecord) -> impl Iterator<Item = Option<Cell>> {
    METRICS.iter().flat_map(|metric| {
        let value = record.values.get(metric.name).map(|cell| match (metric.kind, cell) {
            // A number without a fraction is read as a count.
            (CellKind::Number, Cell::Count(count)) => Cell::Number(*count as f64),
            (_, cell) => cell.clone(),
        });
        let claim = value.as_ref().and_then(|_| record.claims.get(&metric.claim));
        let (basis, error) =
            (claim.map(|claim| Cell::Text(claim.basis.clone())), claim.and_then(|claim| claim.error));
        let claimed = [basis, error.map(Cell::Number)].into_iter().filter(|_| metric.claim != ClaimOf::Exact);
        std::iter::once(value).chain(claimed).collect::<Vec<_>>()
    })
}

/// A table as text: what has no value is empty.
struct CsvFile {
    writer: csv::Writer<OutputFile>,
}

impl CsvFile {
    fn begin(file: OutputFile, columns: &[Column]) -> io::Result<CsvFile> {
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(columns.iter().map(|column| &column.name))?;
        Ok(CsvFile { writer })
    }

    fn row(&mut self, cells: &[Option<Cell>]) -> io::Result<()> {
        let cells = cells.iter().map(|cell| match cell {
            None => String::new(),
            Some(Cell::Count(count)) => count.to_string(),
            Some(Cell::Number(number)) => number.to_string(),
            Some(Cell::Text(text)) => text.clone(),
        });
        Ok(self.writer.write_record(cells)?)
    }

    fn end(self) -> io::Result<()> {
        let mut file = self.writer.into_inner().map_err(|error| error.into_error())?;
        file.flush()?;
        file.commit()
    }
}
