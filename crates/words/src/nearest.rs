//! Words that somebody may have meant.

/// The known word within a third of its length in edits, upper case aside.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    // Long words cannot be near, and distances grow with the square.
    if word.len() > 64 {
        return None;
    }
    let lower = word.to_lowercase();
    let near = known.iter().filter(|k| k.len() <= 64).map(|k| (distance(&lower, &k.to_lowercase()), *k));
    near.filter(|(edits, k)| *edits <= k.len().div_ceil(3)).min_by_key(|(edits, _)| *edits).map(|(_, k)| k)
}

/// Insertions, deletions and replacements from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, cb) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_edits() {
        for (a, b, edits) in
            [("", "", 0), ("", "ab", 2), ("kitten", "sitting", 3), ("é", "e", 1), ("ab", "ba", 2)]
        {
            assert_eq!(distance(a, b), edits, "{a} {b}");
            assert_eq!(distance(b, a), edits, "{b} {a}");
        }
    }

    #[test]
    fn only_near_words_are_suggested() {
        let known = ["kernel_width", "kernel_height", "name"];
        assert_eq!(nearest("kernel_with", &known), Some("kernel_width"));
        assert_eq!(nearest("Kernel_Height", &known), Some("kernel_height"));
        assert_eq!(nearest("filters", &known), None);
        assert_eq!(nearest(&"k".repeat(100_000), &known), None);
    }
}
