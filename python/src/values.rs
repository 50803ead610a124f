//! Integers and words that come from Python, with errors that say what came and what was expected.

use std::fmt::Display;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Named values of a layer's constructor.
pub struct Fields<'a, 'py>(pub &'a Bound<'py, PyDict>);

impl<'py> Fields<'_, 'py> {
    fn get(&self, key: &str) -> PyResult<Bound<'py, PyAny>> {
        self.0.get_item(key)?.ok_or_else(|| PyTypeError::new_err(format!("{key} is missing")))
    }

    /// An integer of 64 bits; `allowed` says which ones make sense.
    pub fn integer(&self, key: &str, allowed: &dyn Display) -> PyResult<i64> {
        let value = self.get(key)?;
        let Ok(index) = value.call_method0("__index__") else {
            return Err(wrong_type(key, &value, "an integer"));
        };
        index
            .extract::<i64>()
            .ok()
            .ok_or_else(|| PyValueError::new_err(format!("{key} is {value}, allowed is {allowed}")))
    }

    /// A number in single precision.
    pub fn number(&self, key: &str) -> PyResult<f32> {
        let value = self.get(key)?;
        value.extract::<f64>().map(|number| number as f32).map_err(|_| wrong_type(key, &value, "a number"))
    }

    /// A truth value.
    pub fn truth(&self, key: &str) -> PyResult<bool> {
        let value = self.get(key)?;
        value.extract().map_err(|_| wrong_type(key, &value, "True or False"))
    }

    /// One of a few words.
    pub fn word(&self, key: &str, words: &[&'static str]) -> PyResult<&'static str> {
        let value = self.get(key)?;
        let word: String = value.extract().map_err(|_| wrong_type(key, &value, "a word"))?;
        let found = words.iter().find(|known| **known == word);
        found.copied().ok_or_else(|| PyValueError::new_err(format!("{key} is {word}")))
    }
}

fn wrong_type(key: &str, value: &Bound<'_, PyAny>, expected: &str) -> PyErr {
    let came = value.get_type().name().map(|name| name.to_string()).unwrap_or_default();
    PyTypeError::new_err(format!("{key} is {value} ({came}), and must be {expected}"))
}
