//! Colours for a share: from nearly white over orange to dark red.

/// Anchors of the ramp, evenly apart.
const ANCHORS: [[f64; 3]; 5] = [
    [247.0, 244.0, 238.0],
    [254.0, 217.0, 142.0],
    [254.0, 153.0, 41.0],
    [204.0, 76.0, 2.0],
    [102.0, 37.0, 6.0],
];

/// The colour of a share, which is held to 0 to 1; no number counts as 0.
pub(crate) fn colour(share: f64) -> String {
    let [r, g, b] = mix(share);
    format!("#{:02x}{:02x}{:02x}", r.round() as u8, g.round() as u8, b.round() as u8)
}

/// The colour of text on the colour of a share.
pub(crate) fn ink(share: f64) -> &'static str {
    let [r, g, b] = mix(share);
    if 0.3 * r + 0.59 * g + 0.11 * b < 128.0 { "white" } else { "black" }
}

fn mix(share: f64) -> [f64; 3] {
    let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
    let steps = (ANCHORS.len() - 1) as f64;
    let step = (share * steps).floor().min(steps - 1.0);
    let (from, to, part) = (ANCHORS[step as usize], ANCHORS[step as usize + 1], share * steps - step);
    [0, 1, 2].map(|i| from[i] + (to[i] - from[i]) * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_the_ends_of_the_ramp_and_text_can_be_read() {
        assert_eq!((colour(0.0), ink(0.0)), ("#f7f4ee".to_owned(), "black"));
        assert_eq!((colour(1.0), ink(1.0)), ("#662506".to_owned(), "white"));
        assert_eq!(colour(0.5), "#fe9929");
        assert_eq!([colour(-1.0), colour(7.0), colour(f64::NAN)], [colour(0.0), colour(1.0), colour(0.0)]);
    }
}
