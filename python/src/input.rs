//! Inputs of models.

use numpy::{PyArray4, PyArrayDescrMethods, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods, dtype};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use spikemesh::engine::Input;
use spikemesh::tensor::Dense;

use crate::sparse::Sparse;

/// An input as the engine takes it: a `Sparse` (n, w, h, c), or a uint8 array (n, h, w, c).
pub fn extract(input: &Bound<'_, PyAny>) -> PyResult<Input> {
    if let Ok(sparse) = input.cast::<Sparse>() {
        return sparse.borrow().four_dimensional().map(Input::Events);
    }
    let Ok(array) = input.cast::<PyUntypedArray>() else {
        let came = input.get_type().name()?;
        return Err(PyTypeError::new_err(format!(
            "the input is a {came}; it must be a Sparse (n, w, h, c) or a numpy.ndarray (n, h, w, c) of uint8"
        )));
    };
    let found = array.dtype();
    if !found.is_equiv_to(&dtype::<u8>(input.py())) {
        return Err(PyValueError::new_err(format!("the input is an array of {found}; images are uint8")));
    }
    let rank = array.ndim();
    let Ok(images) = input.cast::<PyArray4<u8>>() else {
        return Err(PyValueError::new_err(format!(
            "the input has {rank} dimensions, shape {:?}; images have 4: (n, h, w, c)",
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
    Ok(Input::Images(Dense { shape: [shape[0], shape[1], shape[2], shape[3]], data }))
}
