//! Outputs of models.

use numpy::{IntoPyArray, PyArrayMethods};
use pyo3::prelude::*;
use spikemesh::engine::Output;

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
