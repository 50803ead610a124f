//! Modes and placers of a mapping, by name.

use std::path::PathBuf;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use spikemesh::compiler::{Annealed, Mode};
use spikemesh::mapping::{MappingObjective, MappingOptions, PlacerChoice, PlacerName, load_pins};

use crate::error::raise;

/// A placer as Python asks for it.
#[derive(FromPyObject)]
pub struct PlacerRequest {
    #[pyo3(item)]
    placer: Option<String>,
    #[pyo3(item)]
    objective: Option<String>,
    #[pyo3(item)]
    effort: Option<u32>,
    #[pyo3(item)]
    seed: Option<u64>,
    #[pyo3(item)]
    place: Option<PathBuf>,
}

impl PlacerRequest {
    /// How a model is mapped with it.
    pub fn options(self, mode: Mode) -> PyResult<MappingOptions> {
        let unknown = |what: &str, name: &str, known: &[&str]| {
            PyValueError::new_err(format!("there is no {what} {name:?}: {}", known.join(", ")))
        };
        let placer = self
            .placer
            .map(|name| PlacerName::named(&name).ok_or_else(|| unknown("placer", &name, &PlacerName::NAMES)));
        let objective = self.objective.map(|name| {
            MappingObjective::named(&name)
                .ok_or_else(|| unknown("objective", &name, &MappingObjective::NAMES))
        });
        if self.effort.is_some_and(|effort| !(1..=Annealed::MAX_EFFORT).contains(&effort)) {
            return Err(PyValueError::new_err(format!("effort is 1 to {}", Annealed::MAX_EFFORT)));
        }
        let choice = PlacerChoice {
            placer: placer.transpose()?,
            objective: objective.transpose()?,
            effort: self.effort,
            seed: self.seed,
        };
        let mut options = choice.options(mode).map_err(|none| {
            PyValueError::new_err(format!(
                "{} has no effect with the placer {}: choose {}",
                none.option, none.placer, none.needs
            ))
        })?;
        options.compile.pins = self.place.map(|path| load_pins(&path)).transpose().map_err(|e| raise([e]))?;
        Ok(options)
    }
}

/// The mode of this name.
pub fn mode_named(name: &str) -> PyResult<Mode> {
    match name {
        "minimal" => Ok(Mode::Minimal),
        "all-nps" => Ok(Mode::AllNps),
        "hw-pr" => Ok(Mode::HwPr),
        _ => Err(PyValueError::new_err(format!("there is no mapping {name:?}: minimal, all-nps, hw-pr"))),
    }
}

/// The name of a mode.
pub fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Minimal => "minimal",
        Mode::AllNps => "all-nps",
        Mode::HwPr => "hw-pr",
    }
}
