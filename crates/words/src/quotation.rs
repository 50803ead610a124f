//! What messages quote of an input.

/// The longest line of a message, in characters: what is longer quotes an input that is.
pub const LONGEST_LINE: usize = 600;

/// Characters that stay at the beginning and at the end of a longer line.
const HEAD: usize = 400;
const TAIL: usize = 120;

/// A message whose lines have at most [`LONGEST_LINE`] characters: the middle of a longer line is left out, and says so.
///
/// Beginning and end stay, because they are the message; what an input can make long stands between them.
pub fn shortened(message: &str) -> String {
    if message.len() <= LONGEST_LINE {
        return message.to_owned();
    }
    message.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn line(line: &str) -> String {
    let count = line.chars().count();
    if count <= LONGEST_LINE {
        return line.to_owned();
    }
    let at = |index: usize| line.char_indices().nth(index).map_or(line.len(), |(byte, _)| byte);
    let (head, tail) = (at(HEAD), at(count - TAIL));
    format!("{} ... ({} characters) ... {}", &line[..head], count - HEAD - TAIL, &line[tail..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_long_line_is_left_out() {
        let message = format!("unknown key `{}` in layer 3\nsecond line", "é".repeat(100_000));
        let short = shortened(&message);
        assert!(short.chars().count() < LONGEST_LINE + 20, "{short}");
        assert!(short.starts_with("unknown key `éé") && short.contains("in layer 3\nsecond line"), "{short}");
        assert!(short.contains("... (99505 characters) ..."), "{short}");
    }

    #[test]
    fn what_is_short_stays() {
        let lines = vec!["x".repeat(LONGEST_LINE); 3].join("\n");
        assert_eq!(shortened(&lines), lines);
        assert_eq!(shortened("é"), "é");
    }
}
