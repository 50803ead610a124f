//! Random models on random devices: mesh and engine compute the same, and what else holds for every program of the compiler.

use spikemesh_random::{Case, Choices, check};

use crate::errors::shown;
use crate::model;

/// Values of all maps, and weights, of a model that is simulated: more would take long.
const MAX_VALUES: usize = 1 << 10;

/// Reads choices from bytes, and holds the case that they give against the laws.
pub fn run(data: &[u8]) {
    let case = Case::new(&mut Choices::bytes(data));
    model::laws(&case.model);
    if model::values(&case.model) > MAX_VALUES || model::weights(&case.model) > MAX_VALUES {
        return;
    }
    let _ = shown(case.compile());
    if let Err(violation) = check(&case) {
        panic!("{violation}");
    }
}
