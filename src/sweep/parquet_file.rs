//! A table as Apache Parquet: columns that may be empty, in groups of rows, the same bytes for the same rows.

use std::io;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use super::metric::{Cell, CellKind};
use crate::files::OutputFile;

/// Rows that are held until they are written: what bounds the memory.
const GROUP: usize = 4096;

/// A column.
pub(super) struct Column {
    pub name: String,
    pub kind: CellKind,
}

/// A table that is being written.
pub(super) struct ParquetFile {
    writer: SerializedFileWriter<OutputFile>,
    kinds: Vec<CellKind>,
    rows: Vec<Vec<Option<Cell>>>,
}

impl ParquetFile {
    /// Begins a table.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn begin(file: OutputFile, columns: &[Column]) -> io::Result<ParquetFile> {
        let field = |column: &Column| -> Result<TypePtr, ParquetError> {
            let (physical, logical) = match column.kind {
                CellKind::Count => (Physical::INT64, None),
                CellKind::Number => (Physical::DOUBLE, None),
                CellKind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            };
            let field = Type::primitive_type_builder(&column.name, physical)
                .with_repetition(Repetition::OPTIONAL)
                .with_logical_type(logical);
            field.build().map(Arc::new)
        };
        let fields = columns.iter().map(field).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let schema = Type::group_type_builder("point").with_fields(fields).build().map_err(failed)?;
        let by = format!("spikemesh {}", env!("CARGO_PKG_VERSION"));
        let properties = WriterProperties::builder().set_created_by(by).build();
        let writer =
            SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)).map_err(failed)?;
        Ok(ParquetFile {
            writer,
            kinds: columns.iter().map(|column| column.kind).collect(),
            rows: Vec::new(),
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn row(&mut self, cells: Vec<Option<Cell>>) -> io::Result<()> {
        self.rows.push(cells);
        if self.rows.len() == GROUP { self.group().map_err(failed) } else { Ok(()) }
    }

    /// Ends the table, and gives the file its name.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn end(mut self) -> io::Result<()> {
        if !self.rows.is_empty() {
            self.group().map_err(failed)?;
        }
        self.writer.into_inner().map_err(failed)?.commit()
    }

    fn group(&mut self) -> Result<(), ParquetError> {
        let rows = std::mem::take(&mut self.rows);
        let mut group = self.writer.next_row_group()?;
        for index in 0..self.kinds.len() {
            let cells = || rows.iter().map(|row| row[index].as_ref());
            // Whether each row has a value.
            let levels: Vec<i16> = cells().map(|cell| cell.is_some().into()).collect();
            let Some(mut column) = group.next_column()? else { break };
            match column.untyped() {
                ColumnWriter::Int64ColumnWriter(writer) => {
                    let values: Vec<i64> = cells().flatten().map(count).collect();
                    writer.write_batch(&values, Some(&levels), None)?;
                }
                ColumnWriter::DoubleColumnWriter(writer) => {
                    let values: Vec<f64> = cells().flatten().map(number).collect();
                    writer.write_batch(&values, Some(&levels), None)?;
                }
                ColumnWriter::ByteArrayColumnWriter(writer) => {
                    let values: Vec<ByteArray> = cells().flatten().map(text).collect();
                    writer.write_batch(&values, Some(&levels), None)?;
                }
                _ => return Err(ParquetError::General("no column of this kind is made".to_owned())),
            }
            column.close()?;
        }
        group.close().map(|_| ())
    }
}

fn count(cell: &Cell) -> i64 {
    match cell {
        Cell::Count(count) => i64::try_from(*count).unwrap_or(i64::MAX),
        Cell::Number(number) => *number as i64,
        Cell::Text(_) => 0,
    }
}

fn number(cell: &Cell) -> f64 {
    match cell {
        Cell::Count(count) => *count as f64,
        Cell::Number(number) => *number,
        Cell::Text(_) => f64::NAN,
    }
}

fn text(cell: &Cell) -> ByteArray {
    let text = match cell {
        Cell::Text(text) => text.clone(),
        Cell::Count(count) => count.to_string(),
        Cell::Number(number) => number.to_string(),
    };
    ByteArray::from(text.into_bytes())
}

/// The answer of the system, if that is why.
fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(source) => io::Error::other(source),
        },
        error => io::Error::other(error),
    }
}
