//! Did you mean ...?

use spikemesh_words::nearest;

/// Help for a word that is none of `known`: the nearest one if it is near, all of them otherwise.
pub fn help(word: &str, known: &[&str], what: &str) -> String {
    match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("there are no {what} here"),
        None => format!("{what}: {}", known.join(", ")),
    }
}
