//! Waves of a run, as Python asks for them.

use std::path::PathBuf;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use spikemesh::device::Device;
use spikemesh::mesh::wave::{TimeScale, WaveFormat, WavePlan, WaveWhen};
use spikemesh::run::WaveRequest;

use crate::error::raise;

/// The options of waves: the items of a dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct WaveOptions {
    files: Vec<PathBuf>,
    scope: Vec<String>,
    window: Vec<String>,
    when: Option<String>,
    before: u64,
    after: u64,
    last: Option<u64>,
    limit: Option<u64>,
    all: bool,
    routers: bool,
    strict: bool,
    time: String,
}

impl WaveOptions {
    /// What is asked for on a device.
    ///
    /// # Errors
    /// Names of files that are of no format, windows and conditions that are none.
    pub fn request(self, device: &Device) -> PyResult<WaveRequest> {
        let format = |path: PathBuf| match (WaveFormat::of(&path), self.strict) {
            (None, _) => Err(PyValueError::new_err(format!(
                "{}: the name of a wave ends in .vcd or .fst",
                path.display()
            ))),
            (Some(WaveFormat::Vcd), true) => Ok((path, WaveFormat::StrictVcd)),
            (Some(format), _) => Ok((path, format)),
        };
        let scale = match self.time.as_str() {
            "true" => TimeScale::of_clock(*device.clock_hz),
            "clocks" => TimeScale::CLOCKS,
            other => {
                let message = format!("wave_time is '{other}', and must be 'true' or 'clocks'");
                return Err(PyValueError::new_err(message));
            }
        };
        if self.last == Some(0) {
            return Err(PyValueError::new_err("wave_last is 0, and must be at least 1"));
        }
        let windows = self.window.iter().map(|window| window.parse()).collect::<Result<_, _>>();
        let condition = self.when.as_ref().map(|when| when.parse()).transpose();
        let when = |condition| WaveWhen { condition, before: self.before, after: self.after };
        let plan = WavePlan {
            all: self.all,
            routers: self.routers,
            scope: self.scope.clone(),
            windows: windows.map_err(|error| raise([error]))?,
            when: condition.map_err(|error| raise([error]))?.map(when),
            last: self.last,
            limit: self.limit.unwrap_or(u64::MAX),
            scale,
        };
        Ok(WaveRequest::new(plan, self.files.into_iter().map(format).collect::<PyResult<_>>()?))
    }
}
