//! Options of every verb that maps a model: which neural processors compute its slices.

use std::path::{Path, PathBuf};

use super::error::{CliError, VerbError};
use super::exit::Exit;
use super::interrupt;
use super::mode::ModeArg;
use crate::compiler::{Annealed, Mode, Pins};
use crate::mapping::{MappingObjective, MappingOptions, PlacerChoice, PlacerName, load_pins};

/// Heading of the options of the placement.
pub const PLACEMENT: &str = "Placement";

/// Options of the placement.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct PlacerArgs {
    /// How slices are given to neural processors [default: best, or annealed with --objective or --effort]
    #[arg(long, value_enum, help_heading = PLACEMENT)]
    pub placer: Option<PlacerName>,
    /// What annealing makes small, of a frame in which every position fires [default: flit-hops]
    #[arg(long, value_enum, help_heading = PLACEMENT)]
    pub objective: Option<MappingObjective>,
    /// How long annealing tries: in hundreds of tries for each slice [default: 20]
    #[arg(long, value_name = "N", help_heading = PLACEMENT, value_parser = clap::value_parser!(u32).range(1..=i64::from(Annealed::MAX_EFFORT)))]
    pub effort: Option<u32>,
    /// Where the random numbers of `random` and `annealed` begin [default: 0]
    #[arg(long, value_name = "N", help_heading = PLACEMENT)]
    pub seed: Option<u64>,
    /// Slices whose neural processors are given, all or some, as `map --write-place` writes them
    #[arg(long, value_name = "FILE.ron", help_heading = PLACEMENT)]
    pub place: Option<PathBuf>,
}

impl PlacerArgs {
    /// The same options, with paths as they are meant in `folder`.
    pub fn at(self, folder: &Path) -> PlacerArgs {
        PlacerArgs { place: self.place.map(|path| folder.join(path)), ..self }
    }

    /// The first option that is given.
    pub fn given(&self) -> Option<&'static str> {
        [
            ("--placer", self.placer.is_some()),
            ("--objective", self.objective.is_some()),
            ("--effort", self.effort.is_some()),
            ("--seed", self.seed.is_some()),
            ("--place", self.place.is_some()),
        ]
        .into_iter()
        .find_map(|(option, is_given)| is_given.then_some(option))
    }

    /// How a model is mapped.
    ///
    /// # Errors
    /// Options that have no effect, a placement file that cannot be read.
    pub fn options(&self, mode: ModeArg) -> Result<MappingOptions, VerbError> {
        let PlacerArgs { placer, objective, effort, seed, .. } = *self;
        let options = PlacerChoice { placer, objective, effort, seed }.options(Mode::from(mode));
        let mut options = options.map_err(|none| {
            let message = format!(
                "--{} has no effect with the placer {}: give --placer {}",
                none.option, none.placer, none.needs
            );
            VerbError::one(Exit::Usage, CliError::Usage { message })
        })?;
        options.compile.pins = self.pins()?;
        Ok(options.with_stop(&interrupt::stop()))
    }

    fn pins(&self) -> Result<Option<Pins>, VerbError> {
        let pins = self.place.as_deref().map(load_pins).transpose();
        pins.map_err(|error| VerbError::one(Exit::Error, error))
    }
}
