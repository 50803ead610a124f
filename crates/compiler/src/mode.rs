//! How many neural processors a mapping spends.

use serde::{Deserialize, Serialize};

/// Most passes of a program under [`Mode::HwPr`]: part of what the mode means, on any device.
pub(crate) const HW_PR_PASSES: u32 = 5;
/// Most neural processors of a layer under [`Mode::HwPr`].
pub(crate) const HW_PR_NPS: u32 = 16;

/// How many neural processors to spend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// As few as possible.
    #[default]
    Minimal,
    /// As many as the passes of `Minimal` have room for.
    AllNps,
    /// As many as 5 passes have room for, and at most 16 per layer.
    HwPr,
}
