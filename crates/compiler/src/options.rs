//! How to compile.

use crate::mode::Mode;
use crate::placement_file::Pins;
use crate::placer::Placer;
use spikemesh_stop::Stop;

/// How to compile. The default is mode [`Mode::Minimal`] and placer [`Placer::Best`].
///
/// ```
/// use spikemesh_compiler::{CompileOptions, Mode, Placer};
///
/// let options = CompileOptions::default().with_mode(Mode::AllNps).with_placer(Placer::Best);
/// assert_eq!(options, CompileOptions::from(Mode::AllNps));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct CompileOptions {
    /// How many neural processors to spend.
    pub mode: Mode,
    /// How to choose among them.
    pub placer: Placer,
    /// Slices that are placed already.
    pub pins: Option<Pins>,
    /// Ends the work with [`Error::Stopped`](crate::Error::Stopped) once it is set.
    pub stop: Stop,
}

impl CompileOptions {
    /// With another mode.
    pub fn with_mode(mut self, mode: Mode) -> CompileOptions {
        self.mode = mode;
        self
    }

    /// With a flag that ends the work early.
    pub fn with_stop(mut self, stop: &Stop) -> CompileOptions {
        self.stop = stop.clone();
        self
    }

    /// With slices that are placed already.
    pub fn with_pins(mut self, pins: Pins) -> CompileOptions {
        self.pins = Some(pins);
        self
    }

    /// With another placer.
    pub fn with_placer(mut self, placer: Placer) -> CompileOptions {
        self.placer = placer;
        self
    }
}

impl From<Mode> for CompileOptions {
    fn from(mode: Mode) -> CompileOptions {
        CompileOptions::default().with_mode(mode)
    }
}
