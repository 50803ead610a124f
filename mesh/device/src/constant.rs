//! A hardware number with the ground it stands on.

use std::fmt;
use std::ops::Deref;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What a number rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Public documentation.
    Documented,
    /// Measured on silicon and published.
    Measured,
    /// Fitted to published measurements.
    Fitted,
    /// Our own choice where nothing is public.
    Assumed,
}

impl Basis {
    /// The basis of this name.
    pub(crate) fn named(name: &str) -> Option<Basis> {
        [Basis::Documented, Basis::Measured, Basis::Fitted, Basis::Assumed]
            .into_iter()
            .find(|basis| basis.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Basis::Documented => "documented",
            Basis::Measured => "measured",
            Basis::Fitted => "fitted",
            Basis::Assumed => "assumed",
        }
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A value, its basis and its source. In RON: `(300_000_000, documented, "product page")`. Dereferences to the value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Constant<T>(pub T, pub Basis, pub String);

impl<T> Constant<T> {
    /// What it rests on.
    pub fn basis(&self) -> Basis {
        self.1
    }

    /// Where it comes from.
    pub fn source(&self) -> &str {
        &self.2
    }
}

/// What a constant is called when it is serialised.
pub(crate) const CONSTANT: &str = "Constant";

/// As a structure of `value`, `basis` and `source`, so that a reader needs no key to it.
impl<T: Serialize> Serialize for Constant<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct(CONSTANT, 3)?;
        fields.serialize_field("value", &self.0)?;
        fields.serialize_field("basis", &self.1)?;
        fields.serialize_field("source", &self.2)?;
        fields.end()
    }
}

impl<T> Deref for Constant<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A time in thousandths of a clock: `10.92` in a device file is 10920. Exact: a fourth decimal is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clocks(pub u64);

/// Parts of a clock that [`Clocks`] counts.
const PARTS: u64 = 1000;
/// The longest time of one step that a device file may give: far above any unit's, far below where a frame's sum overflows.
const MAX_STEP: f64 = 1e6;

impl Clocks {
    /// One clock.
    pub const ONE: Clocks = Clocks(PARTS);

    /// The nearest time to a number of clocks; what is negative is 0.
    pub fn rounded(clocks: f64) -> Clocks {
        Clocks((clocks.clamp(0.0, MAX_STEP) * PARTS as f64).round() as u64)
    }

    /// As a number of clocks.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / PARTS as f64
    }

    /// The whole clocks that cover this time.
    pub fn ceil(self) -> u64 {
        self.0.div_ceil(PARTS)
    }

    /// Of a time on a clock of `hz`, rounded up.
    pub fn of_microseconds(microseconds: u32, hz: u64) -> Clocks {
        // At most 2^32 microseconds on a clock of 10^11 Hz, which the checker allows: below 2^59 parts.
        Clocks((u128::from(microseconds) * u128::from(hz) * u128::from(PARTS)).div_ceil(1_000_000) as u64)
    }

    /// This time, `count` times.
    pub fn times(self, count: u64) -> Clocks {
        Clocks(self.0 * count)
    }
}

impl std::ops::Add for Clocks {
    type Output = Clocks;

    fn add(self, other: Clocks) -> Clocks {
        Clocks(self.0 + other.0)
    }
}

impl std::ops::AddAssign for Clocks {
    fn add_assign(&mut self, other: Clocks) {
        self.0 += other.0;
    }
}

impl fmt::Display for Clocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0 as f64 / PARTS as f64)
    }
}

/// In clocks, as in a device file.
impl Serialize for Clocks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / PARTS as f64)
    }
}

impl<'de> Deserialize<'de> for Clocks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Clocks, D::Error> {
        let clocks = f64::deserialize(deserializer)?;
        let parts = (clocks * PARTS as f64).round();
        if !(0.0..=MAX_STEP).contains(&clocks) || (clocks * PARTS as f64 - parts).abs() > 1e-6 {
            return Err(de::Error::custom(format!(
                "{clocks} is not a time in clocks: 0..={MAX_STEP} with at most three decimals"
            )));
        }
        Ok(Clocks(parts as u64))
    }
}
