//! Which pass computes each layer, and how finely a mode divides layers so that the passes are few enough.

use super::splits::Splits;
use crate::mode::{HW_PR_NPS, HW_PR_PASSES, Mode};

/// The pass of each layer, in order; a layer is never divided between passes. `None` if some layer is larger than the
/// device, which has `device` NPs.
///
/// A pass is filled as long as the next layer fits. Passes are runs of consecutive layers, so no other choice takes
/// fewer of them.
pub(super) fn passes(splits: &[Splits], device: u32) -> Option<Vec<u32>> {
    let (mut pass, mut used) = (0, 0);
    splits
        .iter()
        .map(|s| {
            if s.nps() > device {
                return None;
            }
            if used + s.nps() > device {
                pass += 1;
                used = 0;
            }
            used += s.nps();
            Some(pass)
        })
        .collect()
}

/// The least number of filters per slice that keeps within what the mode allows: G of docs/mapping.md. `None` if there
/// is none, or if the mode asks for the least splits.
///
/// A larger G gives no layer more NPs, hence takes no more passes: the first G that fits divides layers most. Beyond
/// the filters of the largest layer nothing changes any more.
pub(super) fn granularity(minimal: &[Splits], device: u32, mode: Mode) -> Option<u32> {
    let count = |splits: &[Splits]| passes(splits, device)?.last().map(|p| p + 1);
    let (most_passes, most_nps) = match mode {
        Mode::Minimal => return None,
        Mode::AllNps => (count(minimal)?, u32::MAX),
        Mode::HwPr => (HW_PR_PASSES, HW_PR_NPS),
    };
    let largest = minimal.iter().filter(|s| s.divisible).map(|s| s.filters).max()?;
    (1..=largest).find(|&g| {
        let splits: Vec<Splits> = minimal.iter().map(|s| s.at(g)).collect();
        splits.iter().all(|s| s.nps() <= most_nps)
            && count(&splits).is_some_and(|passes| passes <= most_passes)
    })
}
