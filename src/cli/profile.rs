//! The argument `--profile`: whose limits a model has to keep.

use clap::ValueEnum;

use crate::compat::Profile;

/// Whose limits a model has to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProfileArg {
    /// Those of the pre-production part
    V1,
    /// Those of the production part, AKD1000
    V2,
    /// The newest public ones
    Current,
}

impl From<ProfileArg> for Profile {
    fn from(profile: ProfileArg) -> Profile {
        match profile {
            ProfileArg::V1 => Profile::V1,
            ProfileArg::V2 => Profile::V2,
            ProfileArg::Current => Profile::Current,
        }
    }
}
