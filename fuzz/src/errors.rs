//! Every error can be shown.

use miette::{Diagnostic, Report};

/// The most that is said about one problem, in bytes: a screen or two, whatever the input holds.
const MOST: usize = 20_000;
/// Of many problems as many are shown, the first ones: showing takes longer than most readers do.
const SHOWN: usize = 4;

/// Shows errors for people and for scripts.
pub fn show<E: Diagnostic + Send + Sync + 'static>(errors: impl IntoIterator<Item = E>) {
    errors.into_iter().take(SHOWN).map(Report::new).for_each(|report| show_report(&report));
}

/// Shows an error for people and for scripts.
pub fn show_report(report: &Report) {
    let [people, scripts] = spikemesh::doors::rendered(report);
    assert!(!people.trim().is_empty() && !scripts.trim().is_empty(), "an error says nothing");
    assert!(
        people.len() <= MOST && scripts.len() <= MOST,
        "an error takes {} and {} bytes",
        people.len(),
        scripts.len()
    );
}

/// Shows what is wrong, if anything; otherwise what was read.
pub fn shown<T, E: Diagnostic + Send + Sync + 'static>(result: Result<T, Vec<E>>) -> Option<T> {
    result.map_err(show).ok()
}
