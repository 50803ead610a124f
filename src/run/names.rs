//! The names of units and layers.

use crate::mesh::{PassPlan, Simulator, UnitId};

/// Names in a loaded program.
pub(super) struct Names<'a>(pub &'a Simulator);

impl Names<'_> {
    fn plan(&self, pass: usize) -> &PassPlan {
        &self.0.passes()[pass]
    }

    /// The name of a unit.
    pub fn unit(&self, pass: usize, UnitId(unit): UnitId) -> String {
        self.plan(pass).names[unit as usize].clone()
    }

    /// The layer of a unit, if it has one.
    pub fn layer(&self, pass: usize, UnitId(unit): UnitId) -> Option<String> {
        let map = self.plan(pass).output_maps[unit as usize]?;
        Some(self.0.program().output_maps[usize::from(map.0)].name.clone())
    }
}
