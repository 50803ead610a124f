//! Outputs of models.

use numpy::{IntoPyArray, PyArrayMethods, PyReadonlyArray4};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use spikemesh::engine::Output;
use spikemesh::tensor::Dense;

use crate::sparse::Sparse;

/// Outputs as Python objects: `Sparse`, or an int32 array (n, w, h, c).
pub fn output_object(py: Python<'_>, output: Output) -> PyResult<Bound<'_, PyAny>> {
    match output {
        Output::Levels(levels) => Ok(Sparse::new(levels).into_pyobject(py)?.into_any()),
        Output::Potentials(potentials) => {
            Ok(potentials.data.into_pyarray(py).reshape(potentials.shape)?.into_any())
        }
    }
}

/// What [`output_object`] gave, back again.
pub fn output_of(object: &Bound<'_, PyAny>) -> PyResult<Output> {
    if let Ok(levels) = object.cast::<Sparse>() {
        return levels.borrow().four_dimensional().map(Output::Levels);
    }
    let potentials: PyReadonlyArray4<'_, i32> = object.extract()?;
    let array = potentials.as_array();
    let &[n, w, h, c] = array.shape() else {
        return Err(PyValueError::new_err("potentials have four dimensions"));
    };
    Ok(Output::Potentials(Dense { shape: [n, w, h, c], data: array.iter().copied().collect() }))
}
