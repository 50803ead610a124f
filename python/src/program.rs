//! Programs: models mapped onto a device, and files of them.

use std::ffi::CString;
use std::path::PathBuf;

use pyo3::exceptions::{PyRuntimeError, PyUserWarning, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use spikemesh::DeviceRules;
use spikemesh::compiler::deadlock::prove_on;
use spikemesh::device::Unit;
use spikemesh::isa;
use spikemesh::isa::text::{Images, listing};
use spikemesh::isa::{NpId, PackedProgram};
use spikemesh::mapping::map_model;
use spikemesh::model;

use crate::compatibility::profile as profile_named;
use crate::device::Device;
use crate::error::raise;
use crate::executable::Executable;
use crate::input;
use crate::mode::{PlacerRequest, mode_named};
use crate::model::Model;
use crate::run::{self, Run};
use crate::waves::WaveOptions;
use crate::work::work;

/// What a pickle of a program holds.
type State<'py> = (Bound<'py, PyBytes>, Device, Option<Bound<'py, PyBytes>>, Option<String>, Option<String>);

/// A program and the device that runs it.
#[pyclass(frozen, module = "spikemesh._core")]
pub struct Program {
    executable: Executable,
    golden: Option<model::Model>,
    /// The mapping as JSON, of a program that has been compiled here.
    plan: Option<String>,
    /// The rules of the device that it was checked against as JSON, of a program that has been compiled here.
    rules: Option<String>,
}

#[pymethods]
impl Program {
    /// Maps a model onto a device; warns if it breaks rules of the profile, by default the one of the device.
    #[staticmethod]
    fn compile(
        py: Python<'_>,
        model: &Model,
        device: &Device,
        mode: &str,
        profile: Option<&str>,
        placer: PlacerRequest,
    ) -> PyResult<Program> {
        let (model, device) = (model.snapshot(), device.device.clone());
        let options = placer.options(mode_named(mode)?)?;
        let rules = DeviceRules::check(&model, Some(&device), profile.map(profile_named).transpose()?);
        if let Some(broken) = rules.warning() {
            let message = CString::new(broken.to_string())?;
            PyErr::warn(py, &py.get_type::<PyUserWarning>(), &message, 2)?;
        }
        let rules =
            serde_json::to_string(&rules.record()).map_err(|e| PyRuntimeError::new_err(e.to_string()))?;
        let compiled =
            work(py, |caller| map_model(&model, device.as_ref(), &options.clone().with_stop(&caller.stop)))?
                .map_err(raise)?;
        let plan =
            spikemesh::to_json(&compiled.report).map_err(|e| PyRuntimeError::new_err(e.to_string()))?;
        let executable = Executable::new(compiled.program, device);
        Ok(Program { executable, golden: Some(model), plan: Some(plan), rules: Some(rules) })
    }

    /// A program of a file; `golden` is the model that it was compiled from.
    #[staticmethod]
    fn load(path: PathBuf, device: &Device, golden: Option<PyRef<'_, Model>>) -> PyResult<Program> {
        let program = PackedProgram::load(&path).map_err(raise)?;
        let program = spikemesh::mesh::unpack(program, &device.device).map_err(raise)?;
        let golden = golden.map(|model| model.snapshot());
        let executable = Executable::new(program, device.device.clone());
        Ok(Program { executable, golden, plan: None, rules: None })
    }

    /// The program on a device with other constants, which its mapping did not read.
    fn on(&self, device: &Device) -> PyResult<Program> {
        let Program { executable, golden, plan, rules } = self;
        prove_on(executable.program(), &device.device).map_err(|refused| raise([refused]))?;
        let executable = executable.on(device.device.clone());
        Ok(Program { executable, golden: golden.clone(), plan: plan.clone(), rules: rules.clone() })
    }

    fn save(&self, path: PathBuf) -> PyResult<()> {
        spikemesh::save_program(self.executable.program(), &path).map_err(raise)
    }

    #[getter]
    fn name(&self) -> &str {
        &self.executable.program().name
    }

    #[getter]
    fn device(&self) -> Device {
        Device { device: self.executable.device().clone() }
    }

    #[getter]
    fn passes(&self) -> usize {
        self.executable.program().passes.len()
    }

    /// The mapping as JSON.
    #[getter]
    fn plan(&self) -> Option<&str> {
        self.plan.as_deref()
    }

    /// The rules as JSON.
    #[getter]
    fn rules(&self) -> Option<&str> {
        self.rules.as_deref()
    }

    /// Program, device, golden model, plan and rules: what a pickle holds.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, State<'py>)> {
        let py = slf.py();
        let Program { executable, golden, plan, rules } = slf.get();
        let program = PyBytes::new(py, &isa::encode(executable.program()).map_err(raise)?);
        let device = Device { device: executable.device().clone() };
        let golden = golden.as_ref().map(model::file::encode).transpose().map_err(|error| raise([error]))?;
        let golden = golden.map(|bytes| PyBytes::new(py, &bytes));
        Ok((slf.get_type().getattr("from_state")?, (program, device, golden, plan.clone(), rules.clone())))
    }

    /// A program of what a pickle holds.
    #[staticmethod]
    fn from_state(
        program: &[u8],
        device: &Device,
        golden: Option<&[u8]>,
        plan: Option<String>,
        rules: Option<String>,
    ) -> PyResult<Program> {
        let program = PackedProgram::read(program).map_err(raise)?;
        let program = spikemesh::mesh::unpack(program, &device.device).map_err(raise)?;
        let golden = golden.map(model::file::decode).transpose().map_err(raise)?;
        Ok(Program { executable: Executable::new(program, device.device.clone()), golden, plan, rules })
    }

    /// The program as text.
    fn disassemble(&self) -> String {
        let floorplan = self.executable.device().floorplan();
        let name = |np: NpId| floorplan.name(Unit::Np(np.0));
        listing(self.executable.program(), Images::Digest).with_np_names(&name).to_string()
    }

    /// Simulates.
    #[pyo3(signature = (input, batch, waves, trace, events, check, max_cycles, order))]
    #[expect(clippy::too_many_arguments, reason = "the package gives them names and defaults")]
    fn run(
        &self,
        py: Python<'_>,
        input: &Bound<'_, PyAny>,
        batch: usize,
        waves: Option<WaveOptions>,
        trace: Option<PathBuf>,
        events: bool,
        check: bool,
        max_cycles: u64,
        order: Option<&str>,
    ) -> PyResult<Run> {
        if batch == 0 {
            return Err(PyValueError::new_err("batch is 0, and must be at least 1"));
        }
        let takes = spikemesh::run::input_shape(self.executable.program());
        let input = input::extract(input, takes, order)?;
        let waves = waves.map(|waves| waves.request(self.executable.device())).transpose()?;
        let request = run::RunRequest {
            golden: self.golden.as_ref().filter(|_| check),
            batch,
            waves: waves.as_ref(),
            trace: trace.as_deref(),
            events,
            max_cycles,
            ..run::RunRequest::new(&self.executable, &input)
        };
        run::simulate(py, &request)
    }

    /// Explains the first batch: JSON, and columns of what units did when.
    #[pyo3(signature = (input, batch, max_cycles, order))]
    fn explain<'py>(
        &self,
        py: Python<'py>,
        input: &Bound<'py, PyAny>,
        batch: usize,
        max_cycles: u64,
        order: Option<&str>,
    ) -> PyResult<(String, Bound<'py, PyDict>)> {
        if batch == 0 {
            return Err(PyValueError::new_err("batch is 0, and must be at least 1"));
        }
        let takes = spikemesh::run::input_shape(self.executable.program());
        let input = input::extract(input, takes, order)?;
        let request = run::RunRequest { batch, max_cycles, ..run::RunRequest::new(&self.executable, &input) };
        run::explain(py, &request)
    }
}
