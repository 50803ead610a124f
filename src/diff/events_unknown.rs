//! Why the events of a run are not known.

use miette::Diagnostic;
use serde::Serialize;

/// Why the events of a run are not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventsUnknown {
    /// The code of the error.
    pub code: String,
    /// Its message.
    pub message: String,
}

impl EventsUnknown {
    /// For an error.
    pub(crate) fn of(error: &(impl Diagnostic + ?Sized)) -> EventsUnknown {
        let code = error.code().map(|code| code.to_string()).unwrap_or_default();
        EventsUnknown { code, message: error.to_string() }
    }
}

impl Default for EventsUnknown {
    fn default() -> EventsUnknown {
        EventsUnknown { code: String::new(), message: "it cannot be simulated again".to_owned() }
    }
}
