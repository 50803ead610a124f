//! A model: layers, files, and what it computes, on the engine or on the simulated mesh.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use numpy::{IntoPyArray, PyArray1, PyArray4, PyArrayMethods};
use pyo3::exceptions::{PyIndexError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use spikemesh::compiler::Mode;
use spikemesh::engine::{self, ClassBy, Engine, Hooks, Input, InputShape, Observation, Output, Statistics};
use spikemesh::model::{self, LayerId};

use crate::device::Device;
use crate::error::{detached, raise};
use crate::input;
use crate::layer::{Layer, LayerHandle};
use crate::mode::{mode_name, mode_named};
use crate::output::output_object;
use crate::run::{self, Run};
use crate::seen::{Seen, call_observers};
use crate::state::{Counts, MappedModel, SharedModel};
use crate::work::{work, work_here_if};
use spikemesh::words::plural;

/// What a pickle of a model holds.
type State<'py> = (Bound<'py, PyBytes>, Option<Device>, &'static str, Vec<Counts>);
/// What [`Model::statistics`] gives.
type LayerFigures = (u64, Option<f64>, Option<f64>, Option<u64>, u64, Option<f64>);

/// The backend of a model.
enum Backend {
    Software,
    Hardware { device: Arc<spikemesh::device::Device>, mode: Mode },
}

/// A model.
#[pyclass(frozen, weakref, module = "spikemesh._core")]
pub struct Model {
    pub shared: Arc<SharedModel>,
    backend: Backend,
    last_run: Mutex<Option<Py<Run>>>,
}

impl Model {
    fn of(model: model::Model, hardware: Option<(&Device, &str)>) -> PyResult<Model> {
        let backend = match hardware {
            None => Backend::Software,
            Some((device, mode)) => {
                Backend::Hardware { device: device.device.clone(), mode: mode_named(mode)? }
            }
        };
        Ok(Model { shared: SharedModel::new(model), backend, last_run: Mutex::new(None) })
    }

    /// The id in this model of one of its layers.
    fn find(&self, layer: &Layer) -> PyResult<LayerId> {
        let handle = layer.handle().filter(|handle| Arc::ptr_eq(&handle.model, &self.shared));
        let found = handle.and_then(|handle| self.shared.lock().find(handle.key));
        found.ok_or_else(|| PyValueError::new_err(format!("layer `{}` is not in this model", layer.name)))
    }

    /// A copy of the model as it is.
    pub fn snapshot(&self) -> model::Model {
        self.shared.lock().model().clone()
    }

    /// An input of this model, see [`input::extract`].
    fn input(&self, input: &Bound<'_, PyAny>, order: Option<&str>) -> PyResult<Input> {
        let takes = InputShape::of(self.shared.lock().model());
        input::extract(input, takes, order)
    }

    fn engine(&self, py: Python<'_>) -> PyResult<Arc<Engine>> {
        detached(py, || self.shared.lock().engine())?.map_err(raise)
    }

    /// Runs the input on the model's backend, with statistics and observers.
    fn compute(&self, py: Python<'_>, engine: &Arc<Engine>, input: &Input) -> PyResult<Output> {
        match &self.backend {
            Backend::Software => self.forward_on_engine(py, engine, input),
            Backend::Hardware { device, mode } => {
                // The engine checks the input first, so that every backend refuses it with the same message.
                engine.check(input).map_err(raise)?;
                let mapped = work(py, |caller| self.shared.lock().mapped(device, *mode, &caller.stop))?;
                let mapped = mapped.map_err(raise)?;
                let run = simulate(py, &mapped, input)?;
                let golden = self.forward_on_engine(py, engine, input)?;
                let output = run.output();
                if output != golden {
                    return Err(PyRuntimeError::new_err("the mesh and the engine differ: please report it"));
                }
                let run = Py::new(py, run)?;
                *self.last_run.lock().unwrap_or_else(PoisonError::into_inner) = Some(run);
                Ok(output)
            }
        }
    }

    fn forward_on_engine(&self, py: Python<'_>, engine: &Arc<Engine>, input: &Input) -> PyResult<Output> {
        let mut statistics = engine.statistics();
        let output =
            self.with_observers(py, &mut statistics, false, |hooks| engine.forward_with(input, hooks))?;
        self.shared.lock().count(engine, &statistics);
        Ok(output)
    }

    /// Does work of the engine, see [`work_here_if`]: learning from one sample `is_short`, on one core. Observers are called on the calling thread; an
    /// exception of one ends the work, and is returned.
    fn with_observers(
        &self,
        py: Python<'_>,
        statistics: &mut Statistics,
        is_short: bool,
        task: impl FnOnce(Hooks<'_>) -> Result<Output, Vec<engine::Error>> + Send,
    ) -> PyResult<Output> {
        let observers = self.shared.lock().observers();
        let mut layers: Vec<LayerId> = observers.iter().map(|(id, _)| *id).collect();
        layers.sort_unstable();
        layers.dedup();
        // The exception of an observer.
        let raised: Mutex<Option<PyErr>> = Mutex::new(None);
        let (shared, seen_by, layers) = (&self.shared, &observers[..], &layers[..]);
        let refused = &raised;
        let result = work_here_if(py, is_short, move |caller| {
            let mut observer = |observation: Observation<'_>| {
                let seen = Seen::of(&observation);
                match caller.call(move |py| call_observers(py, shared, seen_by, seen)) {
                    Some(Ok(())) => ControlFlow::Continue(()),
                    Some(Err(error)) => {
                        *refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                        ControlFlow::Break(())
                    }
                    None => ControlFlow::Break(()),
                }
            };
            task(Hooks {
                statistics: Some(statistics),
                layers,
                observer: Some(&mut observer),
                stop: caller.stop.clone(),
                ..Hooks::default()
            })
        })?;
        match raised.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => result.map_err(raise),
        }
    }
}

fn simulate(py: Python<'_>, mapped: &MappedModel, input: &Input) -> PyResult<Run> {
    let request =
        run::RunRequest { golden: Some(&mapped.model), ..run::RunRequest::new(&mapped.executable, input) };
    run::simulate(py, &request)?.require_agreement()
}

#[pymethods]
impl Model {
    /// A model without layers, or of a file. `device` and `mode` make it compute on the simulated mesh.
    #[new]
    #[pyo3(signature = (path, device, mode))]
    fn new(path: Option<PathBuf>, device: Option<PyRef<'_, Device>>, mode: &str) -> PyResult<Model> {
        let model = match path {
            None => model::Model::new(""),
            Some(path) => model::Model::load(&path).map_err(raise)?,
        };
        Model::of(model, device.as_deref().map(|device| (device, mode)))
    }

    /// A model of the bytes of a model file, with the counts of its statistics.
    #[staticmethod]
    #[pyo3(signature = (bytes, device, mode, counts = Vec::new()))]
    fn decode(
        bytes: &[u8],
        device: Option<PyRef<'_, Device>>,
        mode: &str,
        counts: Vec<Counts>,
    ) -> PyResult<Model> {
        let model = model::file::decode(bytes).map_err(raise)?;
        let model = Model::of(model, device.as_deref().map(|device| (device, mode)))?;
        model.shared.lock().set_counts(&counts);
        Ok(model)
    }

    /// The arguments of [`decode`](Model::decode): what a pickle holds. Observers and the last run are left out.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, State<'py>)> {
        let (model, counts) = {
            let state = slf.get().shared.lock();
            (state.model().clone(), state.counts())
        };
        let bytes = model::file::encode(&model).map_err(|error| raise([error]))?;
        let (device, mode) = match &slf.get().backend {
            Backend::Software => (None, ""),
            Backend::Hardware { device, mode } => (Some(Device { device: device.clone() }), mode_name(*mode)),
        };
        let bytes = PyBytes::new(slf.py(), &bytes);
        Ok((slf.get_type().getattr("decode")?, (bytes, device, mode, counts)))
    }

    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let model = self.snapshot();
        detached(py, || model::file::save(&model, &path))?.map_err(raise)
    }

    /// Name of the model; may be empty.
    #[getter]
    fn name(&self) -> String {
        self.shared.lock().model().name.clone()
    }

    #[getter]
    fn device(&self) -> Option<Device> {
        match &self.backend {
            Backend::Software => None,
            Backend::Hardware { device, .. } => Some(Device { device: device.clone() }),
        }
    }

    /// Adds a layer that is in no model; it becomes a view of this model's layer.
    fn add(&self, layer: &Bound<'_, Layer>, inbound: Vec<PyRef<'_, Layer>>) -> PyResult<()> {
        let layer = layer.get();
        if layer.with(|_, _| ()).is_some() {
            let name = &layer.name;
            return Err(PyValueError::new_err(format!(
                "layer `{name}` is in a model already; `Model(layers=[...])` copies layers"
            )));
        }
        let inbound = inbound.iter().map(|layer| self.find(layer)).collect::<PyResult<Vec<_>>>()?;
        let key = self.shared.lock().add(&layer.name, layer.parameters, &inbound).map_err(raise)?;
        layer.attach(LayerHandle { model: self.shared.clone(), key });
        Ok(())
    }

    /// Adds a copy of a layer; of one that is in a model, with its variables.
    fn add_copy(&self, layer: &Bound<'_, Layer>, inbound: Vec<PyRef<'_, Layer>>) -> PyResult<()> {
        let layer = layer.get();
        let inbound = inbound.iter().map(|layer| self.find(layer)).collect::<PyResult<Vec<_>>>()?;
        let original = layer.with(|state, id| state.model().layer(id).clone());
        let mut state = self.shared.lock();
        let Some(original) = original else {
            return state.add(&layer.name, layer.parameters, &inbound).map(|_| ()).map_err(raise);
        };
        state.add(&original.name, original.parameters, &inbound).map_err(raise)?;
        let last = LayerId(state.model().layers().len() - 1);
        let copied = state.change().copy_variables(last, &original);
        if copied.is_err() {
            state.pop();
        }
        copied.map_err(|error| raise([error]))
    }

    fn pop(&self) -> PyResult<()> {
        let popped = self.shared.lock().pop();
        popped.map(|_| ()).ok_or_else(|| PyValueError::new_err("the model has no layers"))
    }

    fn layer_count(&self) -> usize {
        self.shared.lock().model().layers().len()
    }

    fn layer_at(&self, index: i64) -> PyResult<Layer> {
        let state = self.shared.lock();
        let layers = state.model().layers().len();
        let view =
            usize::try_from(index).ok().and_then(|index| Layer::view(&self.shared, &state, LayerId(index)));
        view.ok_or_else(|| {
            PyIndexError::new_err(format!(
                "there is no layer {index}, the model has {}",
                plural(layers, "layer", "layers")
            ))
        })
    }

    fn layer_named(&self, name: &str) -> PyResult<Layer> {
        let state = self.shared.lock();
        let found = state.model().layer_by_name(name);
        found.and_then(|id| Layer::view(&self.shared, &state, id)).ok_or_else(|| {
            let names: Vec<&str> = state.model().layers().iter().map(|layer| &*layer.name).collect();
            PyValueError::new_err(format!("there is no layer `{name}`, the layers are: {}", names.join(", ")))
        })
    }

    /// The model that a layer is in, on the engine; None of a layer in no model.
    #[staticmethod]
    fn of_layer(layer: &Layer) -> Option<Model> {
        layer.with(|_, _| ())?;
        let shared = layer.handle()?.model;
        Some(Model { shared, backend: Backend::Software, last_run: Mutex::new(None) })
    }

    /// True if a layer is in this model.
    fn contains(&self, layer: &Layer) -> bool {
        self.find(layer).is_ok()
    }

    #[getter]
    fn output_dims(&self) -> Option<(u32, u32, u32)> {
        self.shared.lock().model().output_dims().map(|dims| (dims.width, dims.height, dims.channels))
    }

    fn summary(&self, backend: &str) -> String {
        self.shared.lock().model().summary(backend).to_string()
    }

    #[pyo3(signature = (input, order))]
    fn forward<'py>(
        &self,
        py: Python<'py>,
        input: &Bound<'py, PyAny>,
        order: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let input = self.input(input, order)?;
        let engine = self.engine(py)?;
        output_object(py, self.compute(py, &engine, &input)?)
    }

    /// Seconds that the engine alone takes for `forward`, for benches.
    fn engine_seconds(&self, py: Python<'_>, input: &Bound<'_, PyAny>) -> PyResult<f64> {
        let input = self.input(input, None)?;
        let engine = self.engine(py)?;
        let begin = std::time::Instant::now();
        let output = work(py, |_| engine.forward(&input))?.map_err(raise)?;
        let seconds = begin.elapsed().as_secs_f64();
        drop(std::hint::black_box(output));
        Ok(seconds)
    }

    #[pyo3(signature = (input, order))]
    fn evaluate<'py>(
        &self,
        py: Python<'py>,
        input: &Bound<'py, PyAny>,
        order: Option<&str>,
    ) -> PyResult<Bound<'py, PyArray4<f32>>> {
        let input = self.input(input, order)?;
        let engine = self.engine(py)?;
        engine.can_evaluate().map_err(|error| raise([error]))?;
        let output = self.compute(py, &engine, &input)?;
        let scaled = engine.scale(&output).map_err(|error| raise([error]))?;
        scaled.data.into_pyarray(py).reshape(scaled.shape)
    }

    #[pyo3(signature = (input, num_classes, order))]
    fn predict<'py>(
        &self,
        py: Python<'py>,
        input: &Bound<'py, PyAny>,
        num_classes: Option<i64>,
        order: Option<&str>,
    ) -> PyResult<Bound<'py, PyArray1<i32>>> {
        let input = self.input(input, order)?;
        let engine = self.engine(py)?;
        let classes = match num_classes {
            None => engine.output_dims().channels as usize,
            // A negative number gets the engine's error for 0.
            Some(classes) => usize::try_from(classes).unwrap_or(0),
        };
        engine.can_classify(classes).map_err(|error| raise([error]))?;
        Ok(self.compute(py, &engine, &input)?.classes(classes, ClassBy::Value).into_pyarray(py))
    }

    #[pyo3(signature = (num_weights, num_classes, initial_plasticity, learning_competition, min_plasticity, plasticity_decay, seed))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of the reference")]
    fn compile(
        &self,
        num_weights: i64,
        num_classes: i64,
        initial_plasticity: f64,
        learning_competition: f64,
        min_plasticity: f64,
        plasticity_decay: f64,
        seed: u64,
    ) -> PyResult<()> {
        let learning = model::Learning {
            // Values out of the range of the type become 0, which the library refuses with the allowed range.
            num_weights: u32::try_from(num_weights).unwrap_or(0),
            num_classes: u32::try_from(num_classes).unwrap_or(0),
            initial_plasticity: initial_plasticity as f32,
            learning_competition: learning_competition as f32,
            min_plasticity: min_plasticity as f32,
            plasticity_decay: plasticity_decay as f32,
            seed,
        };
        self.shared.lock().change().compile(&learning).map_err(raise)
    }

    fn add_classes(&self, classes: i64) -> PyResult<()> {
        let mut state = self.shared.lock();
        state.model().require_learning().map_err(|error| raise([error]))?;
        let wrong = || PyValueError::new_err(format!("num_add_classes is {classes}, and must be 1 or more"));
        let classes = u32::try_from(classes).ok().filter(|classes| *classes > 0).ok_or_else(wrong)?;
        state.change().add_classes(classes).map_err(raise)
    }

    /// Learns on the engine, whatever the backend; outputs are what `forward` would have given before each step.
    #[pyo3(signature = (input, labels, order))]
    fn fit<'py>(
        &self,
        py: Python<'py>,
        input: &Bound<'py, PyAny>,
        labels: Option<Vec<i64>>,
        order: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let input = self.input(input, order)?;
        let (before, engine) = detached(py, || {
            let mut state = self.shared.lock();
            state.model().require_learning().map_err(|error| raise([error]))?;
            Ok::<_, PyErr>((state.changes(), state.take_engine()))
        })??;
        let mut engine = engine.map_err(raise)?;
        let mut statistics = engine.statistics();
        let fit = |hooks: Hooks<'_>| engine.learn(&input, labels.as_deref(), hooks);
        let result = self.with_observers(py, &mut statistics, input.samples() <= 1, fit);
        // What was learned before an interruption stays: from whole samples, never from a part of one.
        let kept = self.shared.lock().learned(before, engine, &statistics);
        let output = result?;
        if !kept {
            return Err(PyRuntimeError::new_err(
                "the model was changed while it learned: what it learned is lost",
            ));
        }
        output_object(py, output)
    }

    /// Samples, input sparsity, output sparsity, operations, possible spikes, row sparsity of a layer. Without samples the second to fourth are None.
    fn statistics(&self, layer: &Layer) -> PyResult<LayerFigures> {
        let id = self.find(layer)?;
        let statistics = self.shared.lock().statistics(id);
        let engine::LayerStatistics { samples, possible_spikes, row_sparsity, .. } = statistics;
        let (input, output) = (statistics.input_sparsity(), statistics.output_sparsity());
        Ok((samples, input, output, statistics.ops(), possible_spikes, row_sparsity))
    }

    /// Equal for views of one model.
    fn identity(&self) -> usize {
        Arc::as_ptr(&self.shared) as usize
    }

    /// Calls `callback(layer, source_id, spikes, potentials)` for every sample that passes a layer.
    fn register_observer(&self, layer: &Layer, callback: Py<PyAny>) -> PyResult<u64> {
        let id = self.find(layer)?;
        let mut state = self.shared.lock();
        let key = state.key(id).ok_or_else(|| PyValueError::new_err("the layer has just been removed"))?;
        Ok(state.observe(key, callback))
    }

    fn unregister_observer(&self, observer: i64) -> PyResult<()> {
        let known = u64::try_from(observer).is_ok_and(|id| self.shared.lock().ignore(id));
        if known { Ok(()) } else { Err(PyValueError::new_err(format!("there is no observer {observer}"))) }
    }

    /// The run of the last call that was computed on the simulated mesh.
    #[getter]
    fn last_run(&self, py: Python<'_>) -> Option<Py<Run>> {
        self.last_run.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|run| run.clone_ref(py))
    }
}
