//! Words of messages: those of every crate, and advice in the words of Python.

pub use spikemesh_words::{
    SourceLine, decimals, figures, fixed, nearest, percent, plural, share, shortened, thousands,
};

/// Advice of the command line, and the same in Python.
const DOORS: &[(&str, &str)] = &[
    ("draw random ones with --random-weights SEED", "set them with `layer.set_variable`"),
    ("give `--random-weights SEED`", "set them with `layer.set_variable`"),
    ("make the program again with `spikemesh map`", "make the program again with `Model.map`"),
    ("such as with `--mode minimal`", "such as with `MapMode.Minimal`"),
    (
        "choose some with `--sobol N` or `--random N`, leave out values, or raise `--most`",
        "choose some with `sobol=N` or `random=N`, leave out values, or raise `most`",
    ),
    ("give `-i FILE`, or an axis input=FILE", "give an axis `input`"),
    ("take `--random N`", "take `random=N`"),
    ("raise `--max-cycles`", "raise `max_cycles`"),
    ("raise `--batch`", "raise `batch`"),
    ("`--wave-all` adds", "`wave_all=True` adds"),
    ("`--wave-routers` adds", "`wave_routers=True` adds"),
    ("name the order with `--order images`", "name the order with `order='images'`"),
    ("name the order with `--order events`", "name the order with `order='events'`"),
    ("name the order with `--order {}`", "name the order with `order='{}'`"),
    ("`spikemesh check` names", "`compatibility.model_hardware_incompatibilities` names"),
    ("or `spikemesh disasm` to read it", "or `Program.load` to run it"),
    ("make it again with `spikemesh map`", "make it again with `Model.map` and `Program.save`"),
    ("`spikemesh map MODEL -o prog.npx`", "`Model.map` and `Program.save`"),
    (
        "`spikemesh device akd1000` prints a device file to start from",
        "`Device('akd1000').replace` makes a device from one that works",
    ),
    ("`spikemesh device akd1000` shows", "`Device('akd1000').constants` shows"),
    (
        "of `spikemesh device akd1000 --ron` in its place, then let `spikemesh fit` find",
        "of the file of akd1000 (the command line prints it) in its place, then let the command `fit` find",
    ),
    (
        "run with `--set network.multicast=tree` and",
        "replace `network.multicast` of the device by `tree`, and use",
    ),
    ("`spikemesh map --write-place FILE.ron`", "`map --write-place FILE.ron` of the command line"),
    ("`spikemesh device NAME` shows", "`Device(name).constants` shows"),
];

/// Advice for someone who calls the library from Python: options of the command become arguments of functions.
pub fn in_python(advice: &str) -> String {
    DOORS.iter().fold(advice.to_owned(), |text, (command, python)| text.replace(command, python))
}

#[cfg(test)]
mod tests {
    use super::in_python;

    #[test]
    fn advice_in_python_names_no_option_of_the_command_line() {
        let page = std::fs::read_to_string("docs/errors.md").unwrap();
        let areas = ["model", "tensor", "engine", "compiler", "program", "device", "simulate"];
        let mut seen = 0;
        for row in
            page.lines().filter(|row| areas.iter().any(|area| row.starts_with(&format!("| `{area}::"))))
        {
            let advice = in_python(row.trim_end_matches('|').rsplit(" | ").next().unwrap());
            seen += 1;
            let option = advice.contains("--") || advice.contains("`-") || advice.contains("`spikemesh ");
            assert!(!option, "add this to DOORS: {row}");
        }
        assert!(seen > 100, "only {seen} rows were found");
        // The test can fail.
        assert!(in_python("give `--unknown`").contains("--"));
    }
}
