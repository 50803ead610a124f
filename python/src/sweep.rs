//! Sweeps: plans, points and tables of a space, for `spikemesh.sweep` and `spikemesh.study`.

use std::path::{Path, PathBuf};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use spikemesh::sweep::{Error, MOST_POINTS, Space, SpaceText, Sweep};

use crate::error::raise;
use crate::work::work;

/// A space, as JSON has it, and its folder.
fn open(space: &str, folder: &Path, most: Option<u64>) -> PyResult<Sweep> {
    let text: SpaceText =
        serde_json::from_str(space).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let space = Space::of(&text, most.unwrap_or(MOST_POINTS)).map_err(|error| raise([error]))?;
    Sweep::open(space, folder).map_err(raise)
}

/// The value of work; what ended early by an exception of a signal has none, and the exception comes first.
fn value<T>(result: Result<T, Error>) -> PyResult<T> {
    result.map_err(|error| raise([error]))
}

/// How many points a space has, how many are there, and the numbers of those that are left: those of one program beside each other.
///
/// # Errors
/// The space is wrong, a file cannot be read.
#[pyfunction]
#[pyo3(signature = (space, folder, most=None))]
pub fn sweep_plan(
    py: Python<'_>,
    space: &str,
    folder: PathBuf,
    most: Option<u64>,
) -> PyResult<(u64, u64, Vec<u64>)> {
    work(py, |caller| {
        let sweep = open(space, &folder, most)?;
        let plan = value(sweep.plan(None, &caller.stop))?;
        Ok((sweep.space().len(), plan.cached, plan.left))
    })?
}

/// Simulates points by their numbers; those that are there are left out. How many were simulated.
///
/// # Errors
/// As [`sweep_plan`]; a record cannot be written.
#[pyfunction]
#[pyo3(signature = (space, folder, points, most=None))]
pub fn sweep_run(
    py: Python<'_>,
    space: &str,
    folder: PathBuf,
    points: Vec<u64>,
    most: Option<u64>,
) -> PyResult<u64> {
    work(py, |caller| {
        let sweep = open(space, &folder, most)?;
        if let Some(point) = points.iter().find(|point| **point >= sweep.space().len()) {
            return Err(PyValueError::new_err(format!("there is no point {point}")));
        }
        let progress = caller.stop.progress();
        progress.expect(points.len() as u64);
        let ran = value(sweep.run(&points, &caller.stop.uncounted(), &|| progress.add(1)))?;
        Ok(ran.simulated)
    })?
}

/// Writes the tables of all points: rows, and rows with results.
///
/// # Errors
/// As [`sweep_plan`]; a point is left.
#[pyfunction]
#[pyo3(signature = (space, folder, most=None))]
pub fn sweep_collect(
    py: Python<'_>,
    space: &str,
    folder: PathBuf,
    most: Option<u64>,
) -> PyResult<(u64, u64)> {
    work(py, |caller| {
        let sweep = open(space, &folder, most)?;
        let plan = value(sweep.plan(None, &caller.stop))?;
        let facts = value(sweep.collect(&plan))?;
        Ok((facts.points, facts.complete))
    })?
}

/// The record of the only point of a space as JSON, simulated if it is not there, and whether it was.
///
/// # Errors
/// As [`sweep_run`].
#[pyfunction]
#[pyo3(signature = (space, folder))]
pub fn sweep_point(py: Python<'_>, space: &str, folder: PathBuf) -> PyResult<(String, bool)> {
    work(py, |caller| {
        let sweep = open(space, &folder, Some(1))?;
        let (record, simulated) = value(sweep.point(0, &caller.stop.uncounted()))?;
        let json = spikemesh::to_json(&record).map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok((json, simulated))
    })?
}

/// The front of a folder's table as JSON, as `sweep report --format json` prints it, and as a page if `page` is a file.
///
/// # Errors
/// There is no table, or it has no such column.
#[pyfunction]
#[pyo3(signature = (folder, metrics, base=None))]
pub fn sweep_report(
    py: Python<'_>,
    folder: PathBuf,
    metrics: Vec<String>,
    base: Option<usize>,
) -> PyResult<(String, String)> {
    work(py, |_| {
        let options = spikemesh::sweep::ReportOptions { metrics, base };
        let report = spikemesh::sweep::SweepReport::of(&folder, &options).map_err(|error| raise([error]))?;
        let json = spikemesh::to_json(&report).map_err(|error| PyValueError::new_err(error.to_string()))?;
        let page = spikemesh::sweep::sweep_page(&report).map_err(PyValueError::new_err)?;
        Ok((json, page))
    })?
}

/// The values of an axis, ranges written out.
///
/// # Errors
/// It is no axis.
#[pyfunction]
pub fn sweep_axis(text: &str) -> PyResult<Vec<String>> {
    Ok(spikemesh::sweep::Axis::parse(text).map_err(|error| raise([error]))?.values)
}

/// The metrics that can be objectives: their names, and whether larger is better.
#[pyfunction]
pub fn sweep_metrics() -> Vec<(&'static str, bool)> {
    use spikemesh::sweep::{Better, CellKind, METRICS};
    let ordered =
        METRICS.iter().filter(|metric| metric.kind != CellKind::Text && metric.better != Better::Neither);
    ordered.map(|metric| (metric.name, metric.better == Better::Higher)).collect()
}
