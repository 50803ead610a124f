//! The registry of rules: a file for each concept, in the order in which a layer is judged.

use crate::profile::Profile;
use crate::rule::Rule;
use crate::source::Source;

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

/// The list of rules as two Markdown tables: where limits are written, with a number for each source; id, profiles, requirement and sources of
/// each rule.
pub fn table() -> String {
    let mut sources: Vec<(&str, &str)> = Vec::new();
    let mut rules = String::from("| rule | profiles | requirement | source |\n|---|---|---|---|\n");
    // Pages in the order of the profiles, whichever rule comes first.
    sources.extend(Profile::ALL.map(Source::of).map(|source| (source.page, source.revision)));
    for rule in RULES {
        let profiles: Vec<_> = rule.profiles().map(|profile| profile.to_string()).collect();
        let mut numbers: Vec<String> = Vec::new();
        for source in rule.sources {
            let page = (source.page, source.revision);
            let known = sources.iter().position(|known| *known == page).unwrap_or_else(|| {
                sources.push(page);
                sources.len() - 1
            });
            let number = (known + 1).to_string();
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        let (profiles, numbers) = (profiles.join(", "), numbers.join(", "));
        rules += &format!("| `compat::{}` | {profiles} | {} | {numbers} |\n", rule.id, rule.title);
    }
    let mut out = String::from("| source | page | revision |\n|---|---|---|\n");
    for (index, (page, revision)) in sources.iter().enumerate() {
        out += &format!("| {} | {page} | {revision} |\n", index + 1);
    }
    out + "\n" + &rules
}
