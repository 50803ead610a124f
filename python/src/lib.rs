//! Python bindings: they convert between Python objects and the values of the library, and nothing else. The package in
//! `python/spikemesh` builds the classes that users see on them.
//!
//! Work runs with the interpreter released, see `work`. No lock is held while a thread waits for the interpreter.

mod compatibility;
mod device;
mod diff;
mod error;
mod executable;
mod input;
mod layer;
mod mode;
mod model;
mod output;
mod parameters;
mod program;
mod run;
mod seen;
mod sparse;
mod state;
mod sweep;
mod values;
mod waves;
mod work;

use pyo3::prelude::*;

/// The compiled module of the package.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<device::Device>()?;
    module.add_class::<layer::Layer>()?;
    module.add_class::<model::Model>()?;
    module.add_class::<program::Program>()?;
    module.add_class::<run::Run>()?;
    module.add_class::<sparse::Sparse>()?;
    module.add_function(wrap_pyfunction!(sparse::coords_to_sparse, module)?)?;
    module.add_function(wrap_pyfunction!(sparse::dense_to_sparse, module)?)?;
    module.add_function(wrap_pyfunction!(sparse::packetize, module)?)?;
    module.add_function(wrap_pyfunction!(parameters::layer_types, module)?)?;
    module.add_function(wrap_pyfunction!(parameters::layer_parameters, module)?)?;
    module.add_function(wrap_pyfunction!(compatibility::violations, module)?)?;
    module.add_function(wrap_pyfunction!(compatibility::repair, module)?)?;
    module.add_function(wrap_pyfunction!(diff::differences, module)?)?;
    module.add_function(wrap_pyfunction!(sweep::sweep_plan, module)?)?;
    module.add_function(wrap_pyfunction!(sweep::sweep_run, module)?)?;
    module.add_function(wrap_pyfunction!(sweep::sweep_collect, module)?)?;
    module.add_function(wrap_pyfunction!(sweep::sweep_point, module)?)?;
    module.add_function(wrap_pyfunction!(sweep::sweep_axis, module)?)?;
    module.add_function(wrap_pyfunction!(sweep::sweep_metrics, module)?)?;
    module.add_function(wrap_pyfunction!(sweep::sweep_report, module)?)?;
    module.add_function(wrap_pyfunction!(work::watch, module)?)?;
    Ok(())
}
