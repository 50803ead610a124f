//! Inputs of models.

use std::ffi::CStr;

use numpy::{
    PyArray1, PyArray4, PyArrayDescrMethods, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods, dtype,
};
use pyo3::exceptions::{PyTypeError, PyUserWarning, PyValueError};
use pyo3::prelude::*;
use spikemesh::engine::{Input, InputOrder, InputShape, OrderedInput};
use spikemesh::tensor::Dense;
use spikemesh::tensor::npy::{ValueRange, conversion};

use crate::error::raise;
use crate::sparse::Sparse;
use spikemesh::words::plural;

/// Both orders of an array fit. Python shows the same warning of the same line once.
const AMBIGUOUS: &CStr = c"an array of 1 or 3 channels with equal sides was read as images (n, h, w, c); say which it is: order='images', \
                           or order='events' for (n, w, h, c)";

/// An input as the engine takes it: a `Sparse` (n, w, h, c), or a uint8 array, whose order is the one that is named, otherwise images
/// (n, h, w, c) for 1 or 3 channels and events (n, w, h, c) for others.
pub fn extract(input: &Bound<'_, PyAny>, takes: Option<InputShape>, order: Option<&str>) -> PyResult<Input> {
    let order = order.map(str::parse::<InputOrder>).transpose().map_err(PyValueError::new_err)?;
    if let Ok(sparse) = input.cast::<Sparse>() {
        if order == Some(InputOrder::Images) {
            return Err(PyValueError::new_err(
                "order is 'images', and a Sparse is always (n, w, h, c): leave `order` out",
            ));
        }
        return sparse.borrow().four_dimensional().map(Input::Events);
    }
    let Ok(array) = input.cast::<PyUntypedArray>() else {
        let came = input.get_type().name()?;
        return Err(PyTypeError::new_err(format!(
            "the input is a {came}; it must be a Sparse (n, w, h, c) or a numpy.ndarray of uint8: images (n, h, w, c) or events (n, w, h, c)"
        )));
    };
    let found = array.dtype();
    if !found.is_equiv_to(&dtype::<u8>(input.py())) {
        let advice = conversion(value_range(array), "uint8");
        return Err(PyValueError::new_err(format!(
            "the input is an array of {found}; inputs are uint8; {advice}"
        )));
    }
    let rank = array.ndim();
    let Ok(images) = input.cast::<PyArray4<u8>>() else {
        return Err(PyValueError::new_err(format!(
            "the input has {}, shape {:?}; it needs 4: (n, h, w, c) for images, (n, w, h, c) for events",
            plural(rank, "dimension", "dimensions"),
            array.shape()
        )));
    };
    let images = images.try_readonly().map_err(|error| PyValueError::new_err(error.to_string()))?;
    // `as_slice` accepts column-major arrays too, whose order would be wrong.
    let data = match images.as_slice() {
        Ok(row_major) if images.is_c_contiguous() => row_major.to_vec(),
        _ => images.as_array().iter().copied().collect(),
    };
    let shape = images.shape();
    let array = Dense { shape: [shape[0], shape[1], shape[2], shape[3]], data };
    let ordered = OrderedInput::new(array, takes, order).map_err(|error| raise([error]))?;
    if ordered.ambiguous {
        let py = input.py();
        PyErr::warn(py, &py.get_type::<PyUserWarning>(), AMBIGUOUS, 1)?;
    }
    Ok(ordered.input)
}

/// What is known of the values of an array of another type; none if they are no numbers.
fn value_range(array: &Bound<'_, PyUntypedArray>) -> Option<ValueRange> {
    let values = array.call_method1("astype", ("float64",)).ok()?;
    let values = values.call_method0("ravel").ok()?;
    let values = values.cast::<PyArray1<f64>>().ok()?.readonly();
    ValueRange::of(values.as_array().iter().copied())
}
