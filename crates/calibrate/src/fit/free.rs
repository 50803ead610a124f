//! Which constants may move.

use crate::error::Error;
use spikemesh_device::{Basis, Device};
use spikemesh_stop::Stop;

/// What to fit.
#[derive(Clone, Debug, PartialEq)]
pub struct FitOptions {
    /// Constants that may move: paths in the device file, or beginnings of them. Without any, those that are `fitted` already.
    pub free: Vec<String>,
    /// How far published times may be off, in milliseconds: they are read off bars.
    pub reading_ms: f64,
    /// Ends the work with [`Error::Stopped`] once it is set.
    pub stop: Stop,
}

impl Default for FitOptions {
    fn default() -> Self {
        FitOptions { free: Vec::new(), reading_ms: 0.005, stop: Stop::NEVER }
    }
}

/// Constants that may move.
pub(super) struct FreeConstants<'a> {
    names: &'a [String],
    fitted: Vec<String>,
}

impl<'a> FreeConstants<'a> {
    pub fn new(device: &Device, options: &'a FitOptions, errors: &mut Vec<Error>) -> FreeConstants<'a> {
        let (mut known, mut fitted) = (Vec::new(), Vec::new());
        let bases = device.timing.clocks().into_iter().map(|(name, c)| (name, c.basis()));
        let energies = device.energy.picojoules().into_iter().map(|(name, c)| (name, c.basis()));
        for (name, basis) in bases.chain(energies) {
            if basis == Basis::Fitted {
                fitted.push(name.clone());
            }
            known.push(name);
        }
        let unknown = options.free.iter().filter(|free| !known.iter().any(|name| name.starts_with(*free)));
        errors
            .extend(unknown.map(|name| Error::Constant { name: name.clone(), device: device.name.clone() }));
        FreeConstants { names: &options.free, fitted }
    }

    /// A constant may move.
    pub fn is(&self, name: &str) -> bool {
        if self.names.is_empty() {
            self.fitted.iter().any(|fitted| fitted == name)
        } else {
            self.asked_for(name)
        }
    }

    /// The user named it.
    pub fn asked_for(&self, name: &str) -> bool {
        self.names.iter().any(|free| name.starts_with(free.as_str()))
    }
}
