//! Which parameters of a layer are outside of their ranges.

use super::table::Allowed;
use super::{Parameters, PoolingType};
use crate::error::Error;
use crate::limits::MAX_NAME;

impl Parameters {
    /// Everything that is wrong with a layer of this name by itself: its name, and parameters that are outside of their ranges.
    pub fn check(&self, layer: &str) -> Vec<Error> {
        let pools = self.pooling().is_some_and(|p| p.pooling_type != PoolingType::NoPooling);
        let mut errors = Vec::from_iter(check_name(layer));
        for parameter in self.kind().parameters() {
            let Some(value) = parameter.get(self) else { continue };
            let ignored = matches!(parameter.allowed, Allowed::Window) && !pools;
            if !ignored && !parameter.allowed.contains(value) {
                errors.push(Error::ParameterRange {
                    layer: layer.to_string(),
                    parameter: parameter.name,
                    value: value.to_string(),
                    allowed: parameter.allowed.to_string(),
                });
            }
        }
        errors
    }
}

fn check_name(layer: &str) -> Option<Error> {
    let problem = if layer.len() > MAX_NAME {
        "too many characters"
    } else if layer.chars().any(char::is_control) {
        "a control character"
    } else {
        return None;
    };
    Some(Error::LayerName { layer: layer.chars().take(32).collect(), problem, limit: MAX_NAME })
}
