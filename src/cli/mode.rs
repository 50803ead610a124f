//! The argument `--mode`: how many neural processors a mapping uses.

use clap::ValueEnum;

use super::interrupt;

use crate::compiler::{CompileOptions, Mode};

/// How many neural processors a mapping uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ModeArg {
    /// As few as possible
    #[default]
    Minimal,
    /// As many as fit into the passes of `minimal`
    AllNps,
    /// As many as fit into 5 passes, at most 16 for a layer; only on devices that run several passes in one program
    HwPr,
}

impl From<ModeArg> for Mode {
    fn from(mode: ModeArg) -> Mode {
        match mode {
            ModeArg::Minimal => Mode::Minimal,
            ModeArg::AllNps => Mode::AllNps,
            ModeArg::HwPr => Mode::HwPr,
        }
    }
}

impl From<ModeArg> for CompileOptions {
    fn from(mode: ModeArg) -> CompileOptions {
        CompileOptions::from(Mode::from(mode)).with_stop(&interrupt::stop())
    }
}

impl ModeArg {
    /// The name of a mode on the command line.
    pub fn name(mode: Mode) -> String {
        let modes = ModeArg::value_variants().iter().filter(|arg| Mode::from(**arg) == mode);
        modes.filter_map(|arg| arg.to_possible_value()).map(|value| value.get_name().to_owned()).collect()
    }
}
