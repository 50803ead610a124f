//! Kinds of work, and what the time of a layer depends on.

use serde::{Deserialize, Serialize};

/// What computes a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// The input unit.
    Input,
    /// A plain convolution.
    Convolution,
    /// A separable convolution.
    Separable,
    /// A fully connected layer with weights on chip.
    OnChip,
    /// A fully connected layer with weights outside.
    External,
}

impl Work {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Work::Input => "input convolutions",
            Work::Convolution => "convolutions",
            Work::Separable => "separable convolutions",
            Work::OnChip => "fully connected layers on chip",
            Work::External => "fully connected layers outside",
        }
    }
}

/// What a layer's time depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OperatingPoint {
    /// What computes it.
    pub work: Work,
    /// Side of the kernel; 1 of a fully connected layer.
    pub kernel: u32,
    /// Bits of a weight.
    pub weight_bits: u8,
    /// Rows of the input map.
    pub height: u32,
    /// Its columns.
    pub width: u32,
    /// Its channels.
    pub channels: u32,
    /// Filters or units of one NP.
    pub filters: u32,
    /// Share of the input map that holds events; 1 where time does not depend on it.
    pub density: f64,
}

impl OperatingPoint {
    /// The map has one position: another closed form.
    pub fn is_single_position(&self) -> bool {
        (self.height, self.width) == (1, 1)
    }

    /// Its kind for people.
    pub fn kind(&self) -> String {
        let OperatingPoint { work, kernel, weight_bits, .. } = self;
        let kernels = match work {
            Work::OnChip | Work::External => String::new(),
            _ => format!("{kernel}x{kernel} kernels and "),
        };
        format!("{} with {kernels}{weight_bits}-bit weights", work.name())
    }

    /// What must lie within a range.
    pub(super) fn quantities(&self) -> [(&'static str, f64); 5] {
        [
            ("rows", f64::from(self.height)),
            ("columns", f64::from(self.width)),
            ("channels", f64::from(self.channels)),
            ("filters of an NP", f64::from(self.filters)),
            ("density", self.density),
        ]
    }
}
