//! A layer: a free one, or a view of a layer of a model.

use std::sync::{Arc, Mutex, PoisonError};

use numpy::{IntoPyArray, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikemesh::model::{self, Dims, LayerId, Parameters, Values};

use crate::error::raise;
use crate::parameters;
use crate::state::{LayerKey, ModelState, SharedModel};

/// A layer of a model, wherever it is there.
#[derive(Clone)]
pub struct LayerHandle {
    pub model: Arc<SharedModel>,
    pub key: LayerKey,
}

/// A layer. Once it is in a model, it is a view of what the model holds.
#[pyclass(frozen, module = "spikemesh._core")]
pub struct Layer {
    pub name: String,
    pub parameters: Parameters,
    handle: Mutex<Option<LayerHandle>>,
}

impl Layer {
    /// A view of a model's layer.
    pub fn view(shared: &Arc<SharedModel>, state: &ModelState, id: LayerId) -> Option<Layer> {
        let layer = state.model().layers().get(id.0)?;
        let handle = LayerHandle { model: shared.clone(), key: state.key(id)? };
        Some(Layer {
            name: layer.name.clone(),
            parameters: layer.parameters,
            handle: Mutex::new(Some(handle)),
        })
    }

    /// Its handle, unless it was never added to a model.
    pub fn handle(&self) -> Option<LayerHandle> {
        self.handle.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes it a view of a model's layer.
    pub fn attach(&self, handle: LayerHandle) {
        *self.handle.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
    }

    /// Works on the model's layer; nothing if it is in no model.
    pub fn with<T>(&self, work: impl FnOnce(&mut ModelState, LayerId) -> T) -> Option<T> {
        let handle = self.handle()?;
        let mut state = handle.model.lock();
        let id = state.find(handle.key)?;
        Some(work(&mut state, id))
    }

    fn dims(&self, of: impl FnOnce(&model::Layer) -> Dims) -> Option<(u32, u32, u32)> {
        let dims = self.with(|state, id| of(state.model().layer(id)))?;
        Some((dims.width, dims.height, dims.channels))
    }

    fn no_model(&self) -> PyErr {
        let name = if self.name.is_empty() { self.parameters.kind().word() } else { &self.name };
        PyValueError::new_err(format!(
            "layer `{name}` is in no model: its variables exist once it has been added"
        ))
    }
}

#[pymethods]
impl Layer {
    /// A free layer.
    #[new]
    fn new(layer_type: &str, name: String, fields: &Bound<'_, PyDict>) -> PyResult<Layer> {
        let parameters = parameters::parse(layer_type, fields)?;
        let errors = parameters.check(if name.is_empty() { layer_type } else { &name });
        if errors.is_empty() {
            Ok(Layer { name, parameters, handle: Mutex::new(None) })
        } else {
            Err(raise(errors))
        }
    }

    #[getter]
    fn name(&self) -> String {
        self.with(|state, id| state.model().layer(id).name.clone()).unwrap_or_else(|| self.name.clone())
    }

    #[getter]
    fn layer_type(&self) -> &'static str {
        self.parameters.kind().word()
    }

    #[getter]
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        // Those of the model: added classes are more neurons.
        let parameters = self.with(|state, id| state.model().layer(id).parameters).unwrap_or(self.parameters);
        parameters::dict(py, &parameters)
    }

    /// (width, height, channels), or None.
    #[getter]
    fn input_dims(&self) -> Option<(u32, u32, u32)> {
        let own = self.parameters.input();
        own.map(|dims| (dims.width, dims.height, dims.channels))
            .or_else(|| self.dims(|layer| layer.shape.input))
    }

    /// (width, height, features), or None.
    #[getter]
    fn output_dims(&self) -> Option<(u32, u32, u32)> {
        self.dims(|layer| layer.shape.output)
    }

    fn variable_names(&self) -> Vec<&'static str> {
        let names = self.with(|state, id| state.model().layer(id).variable_names());
        names.unwrap_or_default().into_iter().map(|name| name.as_str()).collect()
    }

    /// Shape of a variable.
    fn variable_shape(&self, name: &str) -> PyResult<Vec<usize>> {
        let shape = self.with(|state, id| {
            let layer = state.model().layer(id);
            state.model().variable(id, name).map(|_| {
                let known = layer.variable_names().into_iter().find(|known| known.as_str() == name);
                known.and_then(|known| layer.variable_shape(known)).unwrap_or_default()
            })
        });
        shape.ok_or_else(|| self.no_model())?.map_err(|error| raise([error]))
    }

    /// A copy of a variable, in its shape.
    fn variable<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        enum Copied {
            I8(Vec<i8>),
            I32(Vec<i32>),
            F32(Vec<f32>),
        }
        let shape = self.variable_shape(name)?;
        let copied = self.with(|state, id| {
            state.model().variable(id, name).map(|values| match values {
                Values::I8(values) => Copied::I8(values.to_vec()),
                Values::I32(values) => Copied::I32(values.to_vec()),
                Values::F32(values) => Copied::F32(values.to_vec()),
                Values::I64(values) => Copied::I32(values.iter().map(|v| *v as i32).collect()),
                Values::F64(values) => Copied::F32(values.iter().map(|v| *v as f32).collect()),
            })
        });
        Ok(match copied.ok_or_else(|| self.no_model())?.map_err(|error| raise([error]))? {
            Copied::I8(values) => values.into_pyarray(py).reshape(shape)?.into_any(),
            Copied::I32(values) => values.into_pyarray(py).reshape(shape)?.into_any(),
            Copied::F32(values) => values.into_pyarray(py).reshape(shape)?.into_any(),
        })
    }

    /// Replaces a variable by integers, row-major.
    fn set_integers(&self, name: &str, values: PyReadonlyArray1<'_, i64>) -> PyResult<()> {
        self.set(name, Values::I64(values.as_slice()?))
    }

    /// Replaces a variable by numbers, row-major.
    fn set_numbers(&self, name: &str, values: PyReadonlyArray1<'_, f64>) -> PyResult<()> {
        self.set(name, Values::F64(values.as_slice()?))
    }

    /// Layers whose outputs it takes in, in their order; none of a free layer.
    fn inbound(&self) -> Vec<Layer> {
        let Some(handle) = self.handle() else { return Vec::new() };
        let inbound = self.with(|state, id| {
            let inbound = &state.model().layer(id).inbound;
            inbound.iter().filter_map(|id| Layer::view(&handle.model, state, *id)).collect()
        });
        inbound.unwrap_or_default()
    }

    /// Arguments of `compile`, of a compiled layer.
    #[getter]
    fn learning<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let parameters =
            self.with(|state, id| state.model().layer(id).learning.as_ref().map(|l| *l.parameters()));
        let Some(learning) = parameters.flatten() else { return Ok(None) };
        let dict = PyDict::new(py);
        dict.set_item("num_weights", learning.num_weights)?;
        dict.set_item("num_classes", learning.num_classes)?;
        dict.set_item("initial_plasticity", learning.initial_plasticity)?;
        dict.set_item("learning_competition", learning.learning_competition)?;
        dict.set_item("min_plasticity", learning.min_plasticity)?;
        dict.set_item("plasticity_decay", learning.plasticity_decay)?;
        dict.set_item("seed", learning.seed)?;
        Ok(Some(dict))
    }

    /// Rows of (percentage, neurons).
    fn learning_histogram(&self) -> PyResult<Vec<(u32, u32)>> {
        let histogram = self.with(|state, id| state.model().layer(id).learning_histogram());
        let free =
            || PyRuntimeError::new_err(format!("layer `{}` is in no model, and so not compiled", self.name));
        histogram.ok_or_else(free)?.map_err(|error| raise([error]))
    }

    /// Its position in its model; None of a layer in no model.
    fn index(&self) -> Option<usize> {
        self.with(|_, id| id.0)
    }

    /// Equal for the same layer of the same model.
    fn identity(slf: &Bound<'_, Self>) -> (usize, u64) {
        match slf.get().handle() {
            Some(handle) => (Arc::as_ptr(&handle.model) as usize, handle.key.0),
            None => (slf.as_ptr() as usize, 0),
        }
    }
}

impl Layer {
    fn set(&self, name: &str, values: Values<'_>) -> PyResult<()> {
        let set = self.with(|state, id| state.change().set_variable(id, name, values));
        set.ok_or_else(|| self.no_model())?.map_err(|error| raise([error]))
    }
}
