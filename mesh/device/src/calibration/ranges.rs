//! The measured layers of one kind: their errors, their sizes, and the constants that they rest on.

use serde::{Deserialize, Serialize};

use super::work::{OperatingPoint, Work};
use crate::constant_line::ConstantLine;

/// Layers of one kind that times were compared with, and how far off they were. Errors are fractions of the published clocks.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// What computes them.
    pub work: Work,
    /// Side of their kernel.
    pub kernel: u32,
    /// Bits of their weights.
    pub weight_bits: u8,
    /// How many.
    pub layers: usize,
    /// Half of them are within it.
    pub median: f64,
    /// All of them are within it.
    pub worst: f64,
    /// Least and most rows of the input map.
    pub height: (f64, f64),
    /// Least and most columns.
    pub width: (f64, f64),
    /// Least and most channels.
    pub channels: (f64, f64),
    /// Least and most filters or units of one NP.
    pub filters: (f64, f64),
    /// Least and greatest share of the map that held events.
    pub density: (f64, f64),
    /// The constants that its closed form reads, as they were when the errors were found. Without them nothing is claimed.
    #[serde(default)]
    pub constants: Vec<ConstantLine>,
}

impl Calibration {
    /// Of layers of one kind, with their errors; nothing if there are none. The constants are still to be listed:
    /// [`Device::list_constants`](crate::Device::list_constants).
    pub fn of(points: &[(OperatingPoint, f64)]) -> Option<Calibration> {
        let (first, _) = points.first()?;
        let mut errors: Vec<f64> = points.iter().map(|(_, error)| error.abs()).collect();
        errors.sort_by(f64::total_cmp);
        let range = |index: usize| {
            points
                .iter()
                .map(|(point, _)| point.quantities()[index].1)
                .fold((f64::INFINITY, 0.0), |(low, high), v| (f64::min(low, v), f64::max(high, v)))
        };
        let half = errors.len() / 2;
        Some(Calibration {
            work: first.work,
            kernel: first.kernel,
            weight_bits: first.weight_bits,
            layers: points.len(),
            median: 0.5 * (errors[half] + errors[(errors.len() - 1) / 2]),
            worst: errors.last().copied().unwrap_or(0.0),
            height: range(0),
            width: range(1),
            channels: range(2),
            filters: range(3),
            density: range(4),
            constants: Vec::new(),
        })
    }

    /// It is about layers of this kind.
    pub fn is_of(&self, point: &OperatingPoint) -> bool {
        (self.work, self.kernel, self.weight_bits) == (point.work, point.kernel, point.weight_bits)
    }

    /// What of a layer lies outside, as text; nothing if all lies within.
    pub fn outside(&self, point: &OperatingPoint) -> Option<String> {
        let ranges = [self.height, self.width, self.channels, self.filters, self.density];
        let out =
            point.quantities().into_iter().zip(ranges).filter(|((_, v), (low, high))| v < low || v > high);
        let words: Vec<String> = out
            .map(|((name, value), (low, high))| {
                let round = |v: f64| (v * 1000.0).round() / 1000.0;
                format!("{name} {}: outside of {} to {}", round(value), round(low), round(high))
            })
            .collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// The entry whose kind and sizes cover a layer.
///
/// # Errors
/// Why there is none.
pub fn covering<'a>(
    calibrations: &'a [Calibration],
    point: &OperatingPoint,
) -> Result<&'a Calibration, String> {
    match calibrations.iter().find(|calibration| calibration.is_of(point)) {
        None => Err(format!("no {} were measured", point.kind())),
        Some(calibration) => calibration.outside(point).map_or(Ok(calibration), Err),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINT: OperatingPoint = OperatingPoint {
        work: Work::Separable,
        kernel: 3,
        weight_bits: 4,
        height: 14,
        width: 14,
        channels: 64,
        filters: 64,
        density: 0.5,
    };

    #[test]
    fn only_what_was_seen_is_claimed() {
        let larger = OperatingPoint { height: 28, density: 0.25, ..POINT };
        let seen = [Calibration::of(&[(POINT, 0.01), (larger, -0.03)]).unwrap()];
        assert_eq!((seen[0].layers, seen[0].median, seen[0].worst), (2, 0.02, 0.03));
        assert!(covering(&seen, &OperatingPoint { height: 20, density: 0.3, ..POINT }).is_ok());
        let wide = covering(&seen, &OperatingPoint { width: 15, density: 0.6, ..POINT }).unwrap_err();
        assert_eq!(wide, "columns 15: outside of 14 to 14, density 0.6: outside of 0.25 to 0.5");
        let kernel = covering(&seen, &OperatingPoint { kernel: 7, ..POINT }).unwrap_err();
        assert_eq!(kernel, "no separable convolutions with 7x7 kernels and 4-bit weights were measured");
        assert!(covering(&[], &POINT).is_err());
    }
}
