//! Where the limits are written.

use crate::profile::Profile;

/// The page that a limit of a profile is written on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The profile.
    pub profile: Profile,
    /// The page, and the part of it.
    pub page: &'static str,
    /// Which revision of it was read.
    pub revision: &'static str,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {}", self.page, self.revision)
    }
}

impl Source {
    /// The page of a profile, which nearly all of its limits are written on.
    pub fn of(profile: Profile) -> Source {
        match profile {
            Profile::V1 => V1,
            Profile::V2 => V2,
            Profile::Current => CURRENT,
        }
    }
}

const V1: Source = Source {
    profile: Profile::V1,
    page: "Hardware constraints, section Akida NSoC (Pre-production)",
    revision: "akida_examples, doc/user_guide/hw_constraints.rst, the revision with a section for each part",
};

const V2: Source = Source {
    profile: Profile::V2,
    page: "Hardware constraints, section Akida NSoC (Production)",
    revision: "akida_examples, doc/user_guide/hw_constraints.rst, the revision with a section for each part",
};

const CURRENT: Source = Source {
    profile: Profile::Current,
    page: "Akida 1.0 capabilities",
    revision: "akida_examples, doc/user_guide/hardware/1.0.rst, revision 1fb65745b98b",
};

/// A limit that no page of these has.
const fn elsewhere(profile: Profile) -> Source {
    Source {
        profile,
        page: "widths of the registers, as public documentation gives them for all parts",
        revision: "page and revision were not recorded",
    }
}

/// Limits of every profile.
pub(crate) const ALL: &[Source] = &[V1, V2, CURRENT];
/// Limits of the pre-production part only.
pub(crate) const FIRST: &[Source] = &[V1];
/// Limits from the production part on.
pub(crate) const FROM_V2: &[Source] = &[V2, CURRENT];
/// Limits of the newest page only.
pub(crate) const NEWEST: &[Source] = &[CURRENT];
/// Limits of every profile that are on none of the pages.
pub(crate) const REGISTERS: &[Source] =
    &[elsewhere(Profile::V1), elsewhere(Profile::V2), elsewhere(Profile::Current)];
