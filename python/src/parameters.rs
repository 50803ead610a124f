//! A layer's parameters, to and from a dictionary with the names of the reference. Enumerations are words here.

use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikemesh::model::{Allowed, LayerKind, Parameter, ParameterValue, Parameters, Presence};

use crate::values::Fields;

/// The parameters of a layer of this type.
pub fn parse(layer_type: &str, fields: &Bound<'_, PyDict>) -> PyResult<Parameters> {
    let fields = Fields(fields);
    let mut parameters = Parameters::new(kind(layer_type)?);
    for parameter in parameters.kind().parameters() {
        let name = parameter.name;
        let value = match parameter.allowed {
            Allowed::Positive => ParameterValue::Number(fields.number(name)?),
            Allowed::Truth => ParameterValue::Truth(fields.truth(name)?),
            Allowed::Words(words) => ParameterValue::Word(fields.word(name, words)?),
            Allowed::Integers(..) | Allowed::OneOf(_) | Allowed::Int32 | Allowed::Window => {
                ParameterValue::Integer(fields.integer(name, &parameter.allowed)?)
            }
        };
        // What fits and is still outside of its range is refused with everything else that is wrong with the layer.
        if parameter.set(&mut parameters, value).is_none() {
            let allowed = &parameter.allowed;
            return Err(PyValueError::new_err(format!("{name} is {value}, allowed is {allowed}")));
        }
    }
    Ok(parameters)
}

/// Parameters by name, in the order of the constructor's arguments.
pub fn dict<'py>(py: Python<'py>, parameters: &Parameters) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for parameter in parameters.kind().parameters() {
        if let Some(value) = parameter.get(parameters) {
            dict.set_item(parameter.name, object(py, value)?)?;
        }
    }
    Ok(dict)
}

/// Name of every parameter of a layer type, in the order of the constructor's arguments, with its default; None where one must be given.
#[pyfunction]
pub fn layer_parameters(py: Python<'_>, layer_type: &str) -> PyResult<Vec<(&'static str, Py<PyAny>)>> {
    let default = |parameter: &Parameter| match parameter.presence {
        Presence::Required(_) => Ok(py.None()),
        Presence::Default(value) => object(py, value),
    };
    kind(layer_type)?.parameters().map(|parameter| Ok((parameter.name, default(parameter)?))).collect()
}

/// The names of all layer types.
#[pyfunction]
pub fn layer_types() -> Vec<&'static str> {
    LayerKind::WORDS.to_vec()
}

fn kind(layer_type: &str) -> PyResult<LayerKind> {
    LayerKind::parse(layer_type)
        .ok_or_else(|| PyValueError::new_err(format!("there is no layer type {layer_type}")))
}

fn object(py: Python<'_>, value: ParameterValue) -> PyResult<Py<PyAny>> {
    match value {
        ParameterValue::Integer(value) => value.into_py_any(py),
        ParameterValue::Number(value) => value.into_py_any(py),
        ParameterValue::Truth(value) => value.into_py_any(py),
        ParameterValue::Word(word) => word.into_py_any(py),
    }
}
