//! Many results at once: all errors are reported, not only the first.

use crate::error::Error;
use spikemesh_stop::Stop;

/// Problems of rows that are reported at once.
const MAX_PROBLEMS: usize = 20;

/// What is reported of many errors, with how many are not.
pub(crate) fn first_of(mut errors: Vec<Error>) -> Vec<Error> {
    let left = errors.len().saturating_sub(MAX_PROBLEMS);
    errors.truncate(MAX_PROBLEMS);
    if left > 0 {
        errors.push(Error::ManyProblems { left });
    }
    errors
}

/// All values, or the errors.
pub(crate) fn all<T>(results: Vec<Result<T, Error>>) -> Result<Vec<T>, Vec<Error>> {
    let mut errors = Vec::new();
    let values = results.into_iter().filter_map(|result| result.map_err(|e| errors.push(e)).ok()).collect();
    if errors.is_empty() { Ok(values) } else { Err(first_of(errors)) }
}

/// The values, or none of them; errors are added to a list.
pub(crate) fn collect<T>(result: Result<Vec<T>, Vec<Error>>, errors: &mut Vec<Error>) -> Vec<T> {
    result.unwrap_or_else(|more| {
        errors.extend(more);
        Vec::new()
    })
}

/// The messages of all errors, in one line.
pub(crate) fn joined<E: std::fmt::Display>(errors: Vec<E>) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The result of work, unless it was stopped: then rows that seem wrong are those that were not finished.
pub(crate) fn unless_stopped<T>(stop: &Stop, result: Result<T, Vec<Error>>) -> Result<T, Vec<Error>> {
    result.map_err(|errors| if stop.is_set() { vec![Error::Stopped] } else { errors })
}
