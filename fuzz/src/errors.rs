//! Every error can be shown.

use miette::{Diagnostic, Report};

/// Shows errors for people and for scripts.
pub fn show<E: Diagnostic + Send + Sync + 'static>(errors: impl IntoIterator<Item = E>) {
    errors.into_iter().map(Report::new).for_each(|report| show_report(&report));
}

/// Shows an error for people and for scripts.
pub fn show_report(report: &Report) {
    let [people, scripts] = spikemesh::doors::rendered(report);
    assert!(!people.trim().is_empty() && !scripts.trim().is_empty(), "an error says nothing");
}

/// Shows what is wrong, if anything; otherwise what was read.
pub fn shown<T, E: Diagnostic + Send + Sync + 'static>(result: Result<T, Vec<E>>) -> Option<T> {
    result.map_err(show).ok()
}
