//! Command files of Surfer.

use std::fmt::Write as _;

use super::view::View;

/// The commands that show a wave: for `surfer --command-file FILE.sucl FILE`.
///
/// A divider and a mark have a name of one word, and letters, digits and underscores make one: what comes behind is refused with the command. `#`
/// begins a comment, `;` another command. Surfer's page says that a mark is set at the cursor; its parser wants the time behind the name.
pub(super) fn command_file(view: &View) -> String {
    let mut text = String::new();
    let mut line = |value: String| {
        let _ = writeln!(text, "{value}");
    };
    for section in &view.sections {
        line(format!("divider_add {}", word(&section.heading)));
        section.rows.iter().for_each(|row| line(format!("variable_add {}", row.name)));
    }
    for (name, time) in &view.marks {
        line(format!("marker_set {} {time}", word(name)));
    }
    line("zoom_fit".to_owned());
    text
}

/// A text as one word.
fn word(text: &str) -> String {
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn names_are_words() {
        let names = [
            ("busiest link: n0_0.east, 1,234 flits", "busiest_link_n0_0_east_1_234_flits"),
            ("sep_6", "sep_6"),
        ];
        for (text, expected) in names {
            assert_eq!(word(text), expected);
        }
    }
}
