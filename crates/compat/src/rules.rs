//! The registry of rules: a file for each concept, in the order in which a layer is judged.

use crate::profile::Profile;
use crate::rule::Rule;

/// Makes a module of every file, and [`RULES`] of the rules in it.
macro_rules! registry {
    ($($file:ident: $($rule:ident),+;)+) => {
        $(mod $file;)+

        /// Every rule.
        pub static RULES: &[&Rule] = &[$($(&$file::$rule),+),+];
    };
}

registry! {
    input_convolutional: UNSUPPORTED, SIZE, KERNEL, STRIDE, FILTERS;
    input_pooling: MAX, AVERAGE;
    kernel: SIZE, SQUARE;
    stride: SIZE, SQUARE;
    padding: SAME, FULL;
    layer_size: RULE;
    fully_connected: INPUTS;
    bits: INPUT, WEIGHTS, ACTIVATION;
    max_pooling: SIZE, STRIDE, WITHIN;
    after_max_pooling: RULE;
    average_pooling: SIZE, ROWS, POINT;
    thresholds: THRESHOLD, STEP;
}

/// The list of rules as a Markdown table: id, profiles, requirement.
pub fn table() -> String {
    let mut out = String::from("| rule | profiles | requirement |\n|---|---|---|\n");
    for rule in RULES {
        let profiles: Vec<_> = rule.profiles.iter().map(Profile::to_string).collect();
        out += &format!("| `compat::{}` | {} | {} |\n", rule.id, profiles.join(", "), rule.title);
    }
    out
}
