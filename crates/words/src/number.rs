//! Numbers as people read them.

use std::fmt::Display;

/// `1 frame`, `2 frames`: a count with its noun, and its verb if there is one.
pub fn plural<N: Copy + Display + From<u8> + PartialEq>(count: N, one: &str, many: &str) -> String {
    format!("{count} {}", if count == N::from(1) { one } else { many })
}

/// `1234567.25` as `1,234,567.25`.
pub fn thousands(number: impl Display) -> String {
    let text = number.to_string();
    let from = text.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let to = text[from..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |end| from + end);
    let digits: Vec<char> = text[from..to].chars().rev().collect();
    let groups: Vec<String> = digits.chunks(3).map(|group| group.iter().rev().collect()).rev().collect();
    format!("{}{}{}", &text[..from], groups.join(","), &text[to..])
}

/// Decimals with which a number shows `digits` significant digits; 0 for a number that has more before the point.
pub fn decimals(value: f64, digits: i32) -> usize {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    let before = value.abs().log10().floor() as i32 + 1;
    // Rounding may add a digit: 9.996 is 10.00 with four.
    let rounded = (value.abs() * 10f64.powi(digits - before)).round();
    let before = if rounded >= 10f64.powi(digits) { before + 1 } else { before };
    usize::try_from(digits - before).unwrap_or(0)
}

/// A number with a fixed number of decimals, and separators of thousands.
pub fn fixed(value: f64, decimals: usize) -> String {
    thousands(format!("{value:.decimals$}"))
}

/// A number with `digits` significant digits, and separators of thousands; digits before the point are never rounded away.
pub fn figures(value: f64, digits: i32) -> String {
    fixed(value, decimals(value, digits))
}

/// A share as a percentage with one decimal: `0.4915` is `49.2 %`.
pub fn share(fraction: f64) -> String {
    format!("{:.1} %", 100.0 * fraction)
}

/// A share of a memory, in whole percent: what has begun counts, so that only a full memory is 100 %. The only rounding of such shares.
pub fn percent(bytes: u64, capacity: u64) -> String {
    // 128 bits: files may hold any number.
    format!("{} %", (u128::from(bytes) * 100).div_ceil(u128::from(capacity.max(1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        assert_eq!([0, 1, 2].map(|n| plural(n, "frame", "frames")), ["0 frames", "1 frame", "2 frames"]);
        assert_eq!(plural(1u64, "value differs", "values differ"), "1 value differs");
    }

    #[test]
    fn a_part_of_a_percent_counts() {
        assert_eq!([percent(1, 1000), percent(1000, 1000), percent(0, 1000)], ["1 %", "100 %", "0 %"]);
    }

    #[test]
    fn thousands_are_parted() {
        let numbers = ["0", "999", "1000", "-1234567", "1200.0", "12.8125", "false", ""];
        let parted = ["0", "999", "1,000", "-1,234,567", "1,200.0", "12.8125", "false", ""];
        assert_eq!(numbers.map(thousands), parted);
    }

    #[test]
    fn figures_keep_their_digits() {
        let values = [0.0, 0.000_123_46, 0.53705, 9.9996, 87.24, 1862.04, 161_117.4, -3.1526];
        let texts = ["0", "0.0001235", "0.5371", "10.00", "87.24", "1,862", "161,117", "-3.153"];
        assert_eq!(values.map(|value| figures(value, 4)), texts);
        assert_eq!(figures(f64::INFINITY, 4), "inf");
    }
}
