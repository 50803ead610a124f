//! What differs between two runs, two programs, or two devices.
//!
//! Of two runs: what they are (configuration, constants, program), what they gave (outputs, times, events, energy, links), and the first event that
//! differs, for which both are simulated again. Values come before times: the first event is the least (frame, layer, x, y, feature) whose value
//! differs; if no value does, the first in time since the start of its frame, in the first frame that has one.
//!
//! | file | holds |
//! |---|---|
//! | `side` | what is compared, by path or name |
//! | `report` | what differs, as data |
//! | `constants`, `configuration` | of devices; of what a run is |
//! | `program`, `memory` | of records; of the weights and thresholds in them |
//! | `results` | of outputs and counters |
//! | `first_event`, `frame_events` | the first event that differs; the events of a run, frame by frame |

mod configuration;
mod constants;
mod events_unknown;
mod first_event;
mod frame_events;
mod memory;
mod program;
mod report;
mod results;
mod side;

use crate::Stop;
use crate::device::Device;
use crate::isa::Program;
use crate::run::{DirectoryError, RunDirectory};

pub use events_unknown::EventsUnknown;
pub use report::{Change, DiffReport, EventSide, FirstEvent, OutputChange, OutputPlace, ProgramChange};
pub use side::{DiffError, paths};

/// What [`DiffReport::of`] says of two runs.
pub(crate) const RUNS: &str = "runs";

/// What differs between two devices.
pub(crate) fn devices(a: &Device, b: &Device) -> DiffReport {
    DiffReport { constants: constants::differences(a, b), ..DiffReport::new("devices") }.judged()
}

/// What differs between two programs; units are named on these devices.
pub(crate) fn programs(a: &Program, b: &Program, devices: [Option<&Device>; 2]) -> DiffReport {
    DiffReport { program: program::differences(a, b, devices), ..DiffReport::new("programs") }.judged()
}

/// What differs between two runs that have simulated all of their frames. With `events` both are simulated again.
///
/// # Errors
/// A file of a directory is missing, was changed, or cannot be read.
pub(crate) fn runs(
    a: &RunDirectory,
    b: &RunDirectory,
    events: bool,
    stop: &Stop,
) -> Result<DiffReport, Vec<DirectoryError>> {
    let one = |error: DirectoryError| vec![error];
    let devices = [a.device()?, b.device()?];
    let programs = [a.program(&devices[0])?, b.program(&devices[1])?];
    let [device, other] = &devices;
    let results = results::differences(&a.stats().map_err(one)?, &b.stats().map_err(one)?);
    let mut report = DiffReport {
        configuration: configuration::differences(&a.info().identity, &b.info().identity),
        constants: constants::differences(device, other),
        program: program::differences(&programs[0], &programs[1], [Some(device), Some(other)]),
        outputs: results::outputs(a, b).map_err(one)?,
        ..DiffReport::new(RUNS)
    };
    (report.totals, report.frames, report.layers, report.links) = results;
    if events {
        match first_event::first_event(a, b, stop) {
            Ok(first) => report.first_event = first,
            Err(unknown) => report.first_event_unknown = Some(unknown),
        }
    }
    Ok(report.judged())
}
