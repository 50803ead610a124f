//! Axes: from values to places.

/// An axis with its name.
#[derive(Clone, Debug)]
pub struct Axis {
    pub(crate) name: String,
    scale: Scale,
}

#[derive(Clone, Copy, Debug)]
enum Scale {
    /// From 0 to an end.
    Linear(f64),
    /// From one value to another.
    Between(f64, f64),
    /// From one power of ten to another.
    Logarithmic(i32, i32),
}

impl Axis {
    /// Parts between the ticks of a linear axis.
    const PARTS: u32 = 5;

    /// From 0 to a round number that is not below `highest`.
    pub fn linear(name: &str, highest: f64) -> Axis {
        Axis { name: name.to_owned(), scale: Scale::Linear(ceiling(highest)) }
    }

    /// Round numbers around some values, without 0 if they are far from it: for values that differ by little.
    pub fn around(name: &str, values: impl Iterator<Item = f64>) -> Axis {
        let (low, high) = values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (value.min(low), value.max(high)));
        if low > high || low < 0.5 * high {
            return Axis::linear(name, high.max(0.0));
        }
        let step = ceiling(((high - low) / f64::from(Self::PARTS)).max(high.abs() * 1e-3));
        let begin = (low / step).floor() * step;
        let parts = ((high - begin) / step).ceil().max(1.0);
        Axis { name: name.to_owned(), scale: Scale::Between(begin, begin + parts * step) }
    }

    /// Whole powers of ten around values that are more than 0; 1 to 10 without values.
    pub fn logarithmic(name: &str, values: impl Iterator<Item = f64>) -> Axis {
        let (low, high) =
            values.fold((f64::INFINITY, 1.0), |(low, high), value| (value.min(low), value.max(high)));
        let (low, high) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        let (low, high) = if low < high { (low, high) } else { (0, 1) };
        Axis { name: name.to_owned(), scale: Scale::Logarithmic(low, high) }
    }

    /// The least and the greatest value.
    pub fn ends(&self) -> (f64, f64) {
        match self.scale {
            Scale::Linear(end) => (0.0, end),
            Scale::Between(low, high) => (low, high),
            Scale::Logarithmic(low, high) => (10f64.powi(low), 10f64.powi(high)),
        }
    }

    /// The place of a value: 0 at the least one, 1 at the greatest.
    pub(crate) fn place(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear(end) => value / end,
            Scale::Between(low, high) => (value - low) / (high - low),
            Scale::Logarithmic(low, high) => (value.log10() - f64::from(low)) / f64::from(high - low),
        }
    }

    /// Values with a line of the grid, and their labels.
    pub(crate) fn ticks(&self) -> Vec<(f64, String)> {
        match self.scale {
            Scale::Linear(end) => (0..=Self::PARTS)
                .map(|part| f64::from(part) / f64::from(Self::PARTS) * end)
                .map(|value| (value, plain(value)))
                .collect(),
            Scale::Between(low, high) => (0..=Self::PARTS)
                .map(|part| low + f64::from(part) / f64::from(Self::PARTS) * (high - low))
                .map(|value| (value, plain(value)))
                .collect(),
            Scale::Logarithmic(low, high) => {
                (low..=high).map(|decade| (10f64.powi(decade), with_unit(decade))).collect()
            }
        }
    }
}

/// The least of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10 times a power of ten that is not below a value; 1 for a value of 0.
fn ceiling(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(value.log10().floor());
    let steps = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    steps.into_iter().map(|step| step * power).find(|&end| end >= value * (1.0 - 1e-9)).unwrap_or(value)
}

fn plain(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `100`, `10 k`, `1 M`.
fn with_unit(decade: i32) -> String {
    let (unit, down) = match decade {
        9.. => (" G", 9),
        6..=8 => (" M", 6),
        3..=5 => (" k", 3),
        _ => ("", 0),
    };
    format!("{}{unit}", 10f64.powi(decade - down))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_axes_end_at_round_numbers() {
        for (highest, end) in
            [(0.55, 0.6), (0.6, 0.6), (7.0, 8.0), (150.0, 150.0), (101.0, 150.0), (0.0, 1.0)]
        {
            assert!((Axis::linear("", highest).ends().1 - end).abs() < 1e-9, "{highest}");
        }
        let labels: Vec<String> = Axis::linear("", 0.6).ticks().into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["0", "0.12", "0.24", "0.36", "0.48", "0.6"]);
    }

    #[test]
    fn an_axis_around_values_that_differ_by_little_leaves_0_out() {
        let (low, high) = Axis::around("", [101.0, 104.0, 109.0].into_iter()).ends();
        assert!(low > 90.0 && low <= 101.0 && (109.0..120.0).contains(&high), "{low} {high}");
        assert_eq!(Axis::around("", [1.0, 10.0].into_iter()).ends(), (0.0, 10.0));
        let (low, high) = Axis::around("", std::iter::once(5.0)).ends();
        assert!(low <= 5.0 && 5.0 < high, "{low} {high}");
        assert_eq!(Axis::around("", std::iter::empty()).ends(), (0.0, 1.0));
    }

    #[test]
    fn logarithmic_axes_end_at_powers_of_ten() {
        let axis = Axis::logarithmic("", [250.0, 3e6].into_iter());
        assert_eq!(axis.ends(), (100.0, 1e7));
        let labels: Vec<String> = axis.ticks().into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["100", "1 k", "10 k", "100 k", "1 M", "10 M"]);
        assert!((axis.place(1000.0) - 0.2).abs() < 1e-12);
        assert_eq!(Axis::logarithmic("", std::iter::empty()).ends(), (1.0, 10.0));
    }
}
