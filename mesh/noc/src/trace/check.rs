//! All faults of a trace.

use std::io::Read;

use super::error::TraceError;
use super::limits::TraceLimits;
use super::reader::TraceReader;

/// Faults that are collected before reading stops.
const MAX_PROBLEMS: usize = 20;

/// Reads a whole trace and collects its faults, up to twenty; `file` names it in them.
///
/// # Errors
/// All that were found.
pub fn check(input: impl Read, file: &str, limits: TraceLimits) -> Result<(), Vec<TraceError>> {
    let mut reader = TraceReader::new(input, file, limits).map_err(|error| vec![error])?;
    let mut problems = Vec::new();
    loop {
        match reader.next_packet() {
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => {
                let is_last = !error.is_of_one_packet();
                problems.push(error);
                if is_last {
                    break;
                }
                if problems.len() == MAX_PROBLEMS {
                    problems.push(TraceError::ManyProblems { file: file.to_owned(), shown: MAX_PROBLEMS });
                    break;
                }
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}
