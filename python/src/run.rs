//! Runs on the simulated mesh.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikemesh::Stop;
use spikemesh::engine::{Input, Output};
use spikemesh::isa::OutputMapId;
use spikemesh::mesh::probe::Spike;
use spikemesh::mesh::{EarlyEnd, Emission, Ended};
use spikemesh::model::Model;
use spikemesh::run::{self, Job, RunResults, WaveRequest};

use crate::device::Device;
use crate::error::raise;
use crate::executable::Executable;
use crate::output::{output_object, output_of};
use crate::work::work;

/// The arguments of a run.
pub struct RunRequest<'a> {
    pub executable: &'a Executable,
    pub input: &'a Input,
    /// The model whose layers are compared, if any.
    pub golden: Option<&'a Model>,
    /// Frames of a batch: they enter the mesh one after another without a reset.
    pub batch: usize,
    /// Waves of the first batch.
    pub waves: Option<&'a WaveRequest>,
    /// File for the packets of the first batch.
    pub trace: Option<&'a Path>,
    /// Keep every event.
    pub events: bool,
    /// A batch ends with an error beyond this cycle.
    pub max_cycles: u64,
}

impl<'a> RunRequest<'a> {
    /// One frame at a time, without comparison, waves, trace or events.
    pub fn new(executable: &'a Executable, input: &'a Input) -> RunRequest<'a> {
        RunRequest {
            executable,
            input,
            golden: None,
            batch: 1,
            waves: None,
            trace: None,
            events: false,
            max_cycles: 1 << 40,
        }
    }
}

/// A finished run.
#[pyclass(frozen, module = "spikemesh._core")]
pub struct Run {
    /// Every output with its layer's name, in the order of layers; the last is the model's.
    outputs: Vec<(String, Output)>,
    cycles: Vec<u64>,
    stats: String,
    differences: Vec<String>,
    compared: bool,
    events: Option<Vec<Spike>>,
    layers: Vec<String>,
    device: Arc<spikemesh::device::Device>,
    host_seconds: f64,
}

/// Simulates, and stops on Ctrl-C.
///
/// # Errors
/// The errors of the simulator, a hang, and exceptions that Python raises meanwhile.
pub fn simulate(py: Python<'_>, request: &RunRequest<'_>) -> PyResult<Run> {
    let begin = Instant::now();
    let results = work(py, |caller| results(request, &caller.stop))??;
    let results = results.into_finished().map_err(|unfinished| early(unfinished.end))?;
    let program = request.executable.program();
    let stats = spikemesh::to_json(&results.stats).map_err(|e| PyRuntimeError::new_err(e.to_string()))?;
    Ok(Run {
        outputs: results.outputs(program),
        cycles: results.frames.iter().map(|frame| frame.cycles).collect(),
        stats,
        differences: results.differences.iter().map(ToString::to_string).collect(),
        compared: request.golden.is_some(),
        events: request.events.then_some(results.events),
        layers: program.output_maps.iter().map(|output_map| output_map.name.clone()).collect(),
        device: request.executable.device().clone(),
        host_seconds: begin.elapsed().as_secs_f64(),
    })
}

/// Explains the first batch, and stops on Ctrl-C: JSON, and columns of what units did when.
///
/// # Errors
/// As [`simulate`]; no frame has ended.
pub fn explain<'py>(py: Python<'py>, request: &RunRequest<'_>) -> PyResult<(String, Bound<'py, PyDict>)> {
    let ended = work(py, |caller| {
        let simulator = request.executable.simulator().map_err(raise)?;
        let job = Job::new(simulator, request.input).batch(request.batch).max_cycles(request.max_cycles);
        run::explain(&job.stop(&caller.stop)).map_err(raise)
    })??;
    let explained = ended.into_finished().map_err(|unfinished| early(unfinished.end))?;
    let explained = explained.ok_or_else(|| PyRuntimeError::new_err("no frame has ended"))?;
    let json = spikemesh::to_json(&explained).map_err(|e| PyRuntimeError::new_err(e.to_string()))?;
    let times = explained.unit_times;
    let columns = PyDict::new(py);
    columns.set_item("pass", times.iter().map(|time| time.pass).collect::<Vec<_>>())?;
    columns.set_item("unit", times.iter().map(|time| time.unit.as_str()).collect::<Vec<_>>())?;
    columns.set_item("layer", times.iter().map(|time| time.layer.as_deref()).collect::<Vec<_>>())?;
    columns.set_item("frame", times.iter().map(|time| time.frame).collect::<Vec<_>>())?;
    columns.set_item("reason", times.iter().map(|time| time.reason).collect::<Vec<_>>())?;
    columns.set_item("start", times.iter().map(|time| time.start).collect::<Vec<_>>())?;
    columns.set_item("end", times.iter().map(|time| time.end).collect::<Vec<_>>())?;
    Ok((json, columns))
}

/// Why a run ended before its end, as an exception.
fn early(end: EarlyEnd<run::Error>) -> PyErr {
    match end {
        EarlyEnd::Failure(error) => raise([error]),
        EarlyEnd::Limit(limit) => raise([limit]),
        end @ (EarlyEnd::Hang(_) | EarlyEnd::Stopped) => PyRuntimeError::new_err(end.to_string()),
    }
}

fn results(request: &RunRequest<'_>, stop: &Stop) -> PyResult<Ended<RunResults, run::Error>> {
    let simulator = request.executable.simulator().map_err(raise)?;
    stop.progress().expect(request.input.samples() as u64);
    let mut job = Job::new(simulator, request.input)
        .batch(request.batch)
        .max_cycles(request.max_cycles)
        .events(request.events)
        .stop(stop);
    if let Some(model) = request.golden {
        job = job.against(model);
    }
    if let Some(waves) = request.waves {
        job = job.waves(waves);
    }
    if let Some(path) = request.trace {
        job = job.trace(path);
    }
    run::simulate(&job).map_err(raise)
}

impl Run {
    /// The output of the last layer.
    pub fn output(&self) -> Output {
        self.outputs.last().map(|(_, output)| output.clone()).expect("a program has an output")
    }

    /// The run, or an exception if it differs from the engine.
    pub fn require_agreement(self) -> PyResult<Run> {
        match self.differences.first() {
            None => Ok(self),
            Some(first) => Err(PyRuntimeError::new_err(format!("the mesh differs from the engine: {first}"))),
        }
    }
}

#[pymethods]
impl Run {
    /// As `Model.forward` returns them.
    #[getter]
    fn outputs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        output_object(py, self.output())
    }

    /// Names of the layers that nothing reads, in the order of layers.
    #[getter]
    fn output_names(&self) -> Vec<String> {
        self.outputs.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The outputs of one of these layers.
    fn outputs_of<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let found = self.outputs.iter().find(|(layer, _)| layer == name);
        let (_, output) = found.ok_or_else(|| {
            let names = self.output_names().iter().map(|name| format!("'{name}'")).collect::<Vec<_>>();
            PyValueError::new_err(format!("'{name}' is no output; the outputs are {}", names.join(", ")))
        })?;
        output_object(py, output.clone())
    }

    /// Clocks of every frame.
    #[getter]
    fn cycles<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<u64>> {
        self.cycles.clone().into_pyarray(py)
    }

    /// Counters as JSON.
    #[getter]
    fn stats(&self) -> &str {
        &self.stats
    }

    /// The first difference of every frame that differs from the engine.
    #[getter]
    fn differences(&self) -> Vec<String> {
        self.differences.clone()
    }

    /// Whether every layer was compared with the engine.
    #[getter]
    fn compared(&self) -> bool {
        self.compared
    }

    /// Names of the layers that events refer to.
    #[getter]
    fn layer_names(&self) -> Vec<String> {
        self.layers.clone()
    }

    #[getter]
    fn clock_hz(&self) -> u64 {
        *self.device.clock_hz
    }

    #[getter]
    fn host_seconds(&self) -> f64 {
        self.host_seconds
    }

    /// Columns of all events, ascending by frame and cycle; None if they were not kept.
    fn events<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(events) = &self.events else { return Ok(None) };
        event_columns(py, events).map(Some)
    }

    /// Everything: what a pickle holds.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyDict>,))> {
        let py = slf.py();
        // All fields by name: one that is added must be added to the state too.
        let Run { outputs, cycles, stats, differences, compared, events, layers, device, host_seconds } =
            slf.get();
        let state = PyDict::new(py);
        let objects = outputs.iter().map(|(name, output)| Ok((name, output_object(py, output.clone())?)));
        state.set_item("outputs", objects.collect::<PyResult<Vec<_>>>()?)?;
        state.set_item("cycles", cycles)?;
        state.set_item("stats", stats)?;
        state.set_item("differences", differences)?;
        state.set_item("compared", compared)?;
        state.set_item("events", events.as_ref().map(|events| event_columns(py, events)).transpose()?)?;
        state.set_item("layers", layers)?;
        state.set_item("device", Device { device: device.clone() })?;
        state.set_item("host_seconds", host_seconds)?;
        Ok((slf.get_type().getattr("from_state")?, (state,)))
    }

    /// A run of what a pickle holds.
    #[staticmethod]
    fn from_state(state: &Bound<'_, PyDict>) -> PyResult<Run> {
        let get = |name: &str| {
            state.get_item(name)?.ok_or_else(|| PyValueError::new_err(format!("the run has no {name}")))
        };
        let device: PyRef<'_, Device> = get("device")?.extract()?;
        let events = get("events")?;
        let objects: Vec<(String, Bound<'_, PyAny>)> = get("outputs")?.extract()?;
        if objects.is_empty() {
            return Err(PyValueError::new_err("the run has no output"));
        }
        let outputs = objects.into_iter().map(|(name, object)| Ok((name, output_of(&object)?)));
        Ok(Run {
            outputs: outputs.collect::<PyResult<_>>()?,
            cycles: get("cycles")?.extract()?,
            stats: get("stats")?.extract()?,
            differences: get("differences")?.extract()?,
            compared: get("compared")?.extract()?,
            events: if events.is_none() { None } else { Some(events_of_columns(events.cast()?)?) },
            layers: get("layers")?.extract()?,
            device: device.device.clone(),
            host_seconds: get("host_seconds")?.extract()?,
        })
    }
}

/// Events as arrays by name.
fn event_columns<'py>(py: Python<'py>, events: &[Spike]) -> PyResult<Bound<'py, PyDict>> {
    let columns = PyDict::new(py);
    let column = |of: &dyn Fn(&Spike) -> u32| events.iter().map(of).collect::<Vec<_>>().into_pyarray(py);
    columns.set_item("frame", column(&|event| event.frame))?;
    columns.set_item("cycle", events.iter().map(|event| event.cycle).collect::<Vec<_>>().into_pyarray(py))?;
    columns.set_item("layer", column(&|event| event.output_map.0.into()))?;
    columns.set_item("x", column(&|event| event.emission.x))?;
    columns.set_item("y", column(&|event| event.emission.y))?;
    columns.set_item("c", column(&|event| event.emission.c))?;
    let values = events.iter().map(|event| event.emission.value).collect::<Vec<_>>();
    columns.set_item("value", values.into_pyarray(py))?;
    Ok(columns)
}

/// What [`event_columns`] gave, back again.
fn events_of_columns(columns: &Bound<'_, PyDict>) -> PyResult<Vec<Spike>> {
    let column = |name: &str| {
        columns.get_item(name)?.ok_or_else(|| PyValueError::new_err(format!("the events have no {name}")))
    };
    let integers = |name: &str| -> PyResult<Vec<u32>> {
        let column: PyReadonlyArray1<'_, u32> = column(name)?.extract()?;
        Ok(column.as_array().to_vec())
    };
    let cycles: PyReadonlyArray1<'_, u64> = column("cycle")?.extract()?;
    let values: PyReadonlyArray1<'_, i32> = column("value")?.extract()?;
    let [frames, layers, xs, ys, cs] =
        [integers("frame")?, integers("layer")?, integers("x")?, integers("y")?, integers("c")?];
    let (cycles, values) = (cycles.as_array(), values.as_array());
    if [layers.len(), xs.len(), ys.len(), cs.len(), cycles.len(), values.len()] != [frames.len(); 6] {
        return Err(PyValueError::new_err("the columns of the events have different lengths"));
    }
    (0..frames.len())
        .map(|i| {
            let output_map = u16::try_from(layers[i]).map_err(|e| PyValueError::new_err(e.to_string()))?;
            let emission = Emission { x: xs[i], y: ys[i], c: cs[i], value: values[i] };
            Ok(Spike { frame: frames[i], cycle: cycles[i], output_map: OutputMapId(output_map), emission })
        })
        .collect()
}
