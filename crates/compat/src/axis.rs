//! Limits along one axis of a map.

use spikemesh_model::Dims;

use crate::profile::Profile;

/// An axis of a map, in the words of this project: rows lie along the height, and the compiler cuts layers between rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Along x: columns.
    Width,
    /// Along y: rows.
    Height,
}

impl Axis {
    /// Both.
    pub const ALL: [Axis; 2] = [Axis::Width, Axis::Height];

    /// The other one.
    pub fn other(self) -> Axis {
        match self {
            Axis::Width => Axis::Height,
            Axis::Height => Axis::Width,
        }
    }

    /// Positions of a map along it.
    pub fn length(self, map: Dims) -> u32 {
        match self {
            Axis::Width => map.width,
            Axis::Height => map.height,
        }
    }
}

impl std::fmt::Display for Axis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Axis::Width => "width",
            Axis::Height => "height",
        })
    }
}

/// The shortest and the longest map that a rule allows along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AxisLimit {
    /// In this profile.
    pub profile: Profile,
    /// Along this axis.
    pub axis: Axis,
    /// The shortest.
    pub least: u32,
    /// The longest; `u32::MAX` if there is no limit.
    pub most: u32,
}

impl AxisLimit {
    pub(crate) const fn new(profile: Profile, axis: Axis, least: u32, most: u32) -> AxisLimit {
        AxisLimit { profile, axis, least, most }
    }

    /// Whether a map is neither too short nor too long.
    pub fn holds(&self, map: Dims) -> bool {
        (self.least..=self.most).contains(&self.axis.length(map))
    }
}

/// `width 5 to 256`, `height from 5`.
impl std::fmt::Display for AxisLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let AxisLimit { axis, least, most, .. } = self;
        match *most {
            u32::MAX => write!(f, "{axis} from {least}"),
            most => write!(f, "{axis} {least} to {most}"),
        }
    }
}

/// The limits of one profile.
fn of(limits: &[AxisLimit], profile: Profile) -> Vec<AxisLimit> {
    limits.iter().copied().filter(|limit| limit.profile == profile).collect()
}

/// All limits of one profile, in words.
pub(crate) fn words(limits: &[AxisLimit], profile: Profile) -> String {
    let limits: Vec<String> = of(limits, profile).iter().map(AxisLimit::to_string).collect();
    limits.join(", ")
}

/// Whether a map keeps all limits of one profile.
pub(crate) fn hold(limits: &[AxisLimit], profile: Profile, map: Dims) -> bool {
    of(limits, profile).iter().all(|limit| limit.holds(map))
}
