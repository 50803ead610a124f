//! A factor on times.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A factor in thousandths: `1.5` in a device file is 1500. Exact: a fourth decimal is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scale(pub u32);

impl Scale {
    /// Parts of 1.
    pub const PARTS: u32 = 1000;
    /// Times as they are.
    pub const ONE: Scale = Scale(Scale::PARTS);
    /// The least that a device file may give.
    pub(crate) const LEAST: Scale = Scale(1);
    /// The largest that a device file may give.
    pub(crate) const MOST: Scale = Scale(1000 * Scale::PARTS);
}

impl Default for Scale {
    fn default() -> Scale {
        Scale::ONE
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", f64::from(self.0) / f64::from(Scale::PARTS))
    }
}

impl Serialize for Scale {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / f64::from(Scale::PARTS))
    }
}

impl<'de> Deserialize<'de> for Scale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Scale, D::Error> {
        let factor = f64::deserialize(deserializer)?;
        let parts = (factor * f64::from(Scale::PARTS)).round();
        let most = f64::from(u32::MAX / Scale::PARTS);
        if !(0.0..=most).contains(&factor) || (factor * f64::from(Scale::PARTS) - parts).abs() > 1e-6 {
            return Err(de::Error::custom(format!(
                "{factor} is no scale: a number with at most three decimals"
            )));
        }
        Ok(Scale(parts as u32))
    }
}
