//! The exit codes of the command.

use std::process::ExitCode;

/// The exit codes of the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// The verb did what was asked.
    Success = 0,
    /// An error in the input: a file that cannot be read, a value out of range.
    Error = 1,
    /// The command line is invalid.
    Usage = 2,
    /// The model breaks rules of the profile.
    Incompatible = 3,
    /// Outputs or cycles differ from the golden reference.
    Mismatch = 4,
    /// The model does not fit on the device.
    Unmappable = 5,
    /// What is verified is not what was written.
    Unverified = 6,
    /// A hang or a deadlock: no unit and no flit can move.
    Hang = 7,
    /// A limit was hit, such as the number of cycles.
    LimitHit = 8,
    /// The terminal is gone (the signal HUP): as `Interrupted`.
    HungUp = 129,
    /// Interrupted by Ctrl-C (the signal INT). What was finished is on disk, marked as a part.
    Interrupted = 130,
    /// Asked to end (the signal TERM): as `Interrupted`.
    Terminated = 143,
}

impl Exit {
    /// All codes, as help shows them.
    pub const TABLE: &str = "\
Exit codes: 0 success, 1 error, 2 usage, 3 incompatible model, 4 golden mismatch,
5 unmappable model, 6 not verified, 7 hang, 8 limit hit, 129 hung up, 130 interrupted, 143 terminated";
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
