//! Generations of the hardware.

/// Whose limits hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// The pre-production part.
    V1,
    /// The production part, AKD1000.
    V2,
    /// The newest public list of limits.
    Current,
}

impl Profile {
    /// All profiles, oldest first.
    pub const ALL: [Profile; 3] = [Profile::V1, Profile::V2, Profile::Current];

    /// The profile with this name: `v1`, `v2` or `current`.
    pub fn parse(name: &str) -> Option<Profile> {
        Profile::ALL.into_iter().find(|p| p.to_string() == name)
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Profile::V1 => "v1",
            Profile::V2 => "v2",
            Profile::Current => "current",
        })
    }
}
