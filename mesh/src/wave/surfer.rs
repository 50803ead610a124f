//! Command files of Surfer.

use std::fmt::Write as _;

use super::view::View;

/// The commands that show a wave: for `surfer --command-file FILE.sucl FILE`.
pub(super) fn command_file(view: &View) -> String {
    let mut text = String::new();
    let mut line = |value: String| {
        let _ = writeln!(text, "{value}");
    };
    for section in &view.sections {
        line(format!("divider_add {}", section.heading));
        section.rows.iter().for_each(|row| line(format!("variable_add {}", row.name)));
    }
    for (name, time) in &view.marks {
        line(format!("cursor_set {time}"));
        line(format!("marker_set {name}"));
    }
    line("zoom_fit".to_owned());
    text
}
