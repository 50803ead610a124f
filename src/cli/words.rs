//! Numbers in sentences.

/// `1 frame`, `2 frames`.
pub(super) fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn one_is_not_many() {
        assert_eq!([0, 1, 2].map(|n| plural(n, "frame", "frames")), ["0 frames", "1 frame", "2 frames"]);
    }
}
