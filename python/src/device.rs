//! Devices.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use spikemesh::device::Setting;

use crate::error::raise;

/// A device, checked.
#[pyclass(frozen, module = "spikemesh._core")]
pub struct Device {
    pub device: Arc<spikemesh::device::Device>,
}

#[pymethods]
impl Device {
    /// A device by name, or of a file.
    #[new]
    fn new(name_or_path: &str) -> PyResult<Device> {
        let device = spikemesh::device::Device::load(name_or_path).map_err(raise)?;
        Ok(Device { device: Arc::new(device) })
    }

    /// A device of the text of a file.
    #[staticmethod]
    fn parse(text: &str) -> PyResult<Device> {
        let device = spikemesh::device::Device::parse("device", text).map_err(raise)?;
        Ok(Device { device: Arc::new(device) })
    }

    /// A device of what [`json`](Self::json) gives, edited.
    #[staticmethod]
    fn from_json(text: &str) -> PyResult<Device> {
        let wrong = |error: serde_json::Error| PyValueError::new_err(format!("not a device: {error}"));
        let device = spikemesh::device::Device::from_json(text).map_err(wrong)?;
        let errors = device.check();
        if errors.is_empty() { Ok(Device { device: Arc::new(device) }) } else { Err(raise(errors)) }
    }

    /// The device with other constants, by path and as a device file writes them; `for_program`: what mapping read is refused.
    #[pyo3(signature = (settings, source, name=None, for_program=false))]
    fn replace(
        &self,
        settings: Vec<(String, String)>,
        source: &str,
        name: Option<String>,
        for_program: bool,
    ) -> PyResult<Device> {
        let settings: Vec<Setting> =
            settings.into_iter().map(|(path, value)| Setting { path, value }).collect();
        let changed = if for_program {
            self.device.with_for_program(&settings)
        } else {
            self.device.with_from(&settings, source)
        };
        let mut device = changed.map_err(raise)?;
        device.name = name.unwrap_or(device.name);
        Ok(Device { device: Arc::new(device) })
    }

    /// Names of the devices that come with the simulator.
    #[staticmethod]
    fn names() -> Vec<&'static str> {
        spikemesh::device::Device::names().collect()
    }

    #[getter]
    fn name(&self) -> &str {
        &self.device.name
    }

    #[getter]
    fn description(&self) -> &str {
        &self.device.description
    }

    /// Neural processors in all.
    #[getter]
    fn nps(&self) -> u32 {
        self.device.nps()
    }

    #[getter]
    fn clock_hz(&self) -> u64 {
        *self.device.clock_hz
    }

    /// Every value and basis, a line each.
    fn canonical_text(&self) -> String {
        self.device.canonical_text()
    }

    /// SHA-256 of the canonical text.
    fn sha256(&self) -> String {
        self.device.sha256()
    }

    /// All constants; each is an object of `value`, `basis` and `source`.
    fn json(&self) -> PyResult<String> {
        serde_json::to_string(&*self.device).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// All constants: what a pickle holds.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((slf.get_type().getattr("from_json")?, (slf.get().json()?,)))
    }
}
