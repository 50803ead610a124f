//! The chores of this repository: `cargo xtask CHORE`.

mod bench_check;
mod browser;
mod codegen;
mod deny;
mod determinism;
mod faults;
mod fuzz;
mod imports;
mod metadata;
mod notices;
mod package;
mod random;
mod root;
mod scaling;
mod seeded_faults;
mod settings;
#[cfg(unix)]
mod signals;
mod sweeps;
mod test;
mod tidy;
mod traces;
mod walls;
mod waves;

use std::process::ExitCode;

/// Name, one line of help, and what it does with the remaining arguments; its error is empty where everything has been said.
type Chore = (&'static str, &'static str, fn(&[String]) -> Result<(), String>);

const CHORES: &[Chore] = &[
    (
        "test",
        "every test: tidy, imports, rustfmt, clippy, walls, tests, documentation tests, golden cases, determinism, Python package",
        test::run,
    ),
    ("tidy", "rules of the repository: paths of one machine, open ends, lengths", tidy::run),
    ("imports", "circles of imports between Rust files (--list: every import)", imports::run),
    ("walls", "what each crate may import: forbidden imports must not compile", walls::run),
    (
        "determinism",
        "the same bytes for every number of threads, folder, locale, time zone, colour (--short, --command PATH)",
        determinism::run,
    ),
    (
        "settings",
        "runs with --set against runs with edited device files: as many random constants as given, 200 without a number",
        settings::run,
    ),
    (
        "random-programs",
        "random models held against the laws of programs (--count N, --seed S, --keep FOLDER)",
        random::programs,
    ),
    (
        "certificates",
        "every template of tests/models in every mode on every device, with copies and with trees: its certificate holds, and lies are caught (--only NAME, --falsify ROUTES, --of-a-kind N)",
        random::certificates,
    ),
    (
        "reasons",
        "every template of tests/models in every mode: reasons, critical paths, periods (--only NAME)",
        random::reasons,
    ),
    (
        "maps",
        "every template of tests/models in every mode on meshes of four sizes, by every placer, with copies and with trees (--only NAME, --clocks FLITS, --json FILE)",
        random::maps,
    ),
    (
        "traces",
        "recorded traces of AkidaNet 0.5 at 224 in three modes against the counters of the runs",
        traces::run,
    ),
    (
        "bottlenecks",
        "random networks with one seeded fault each: whether it is named first, and how well changes are predicted (--count N, --seed S)",
        random::bottlenecks,
    ),
    ("waves", "waves of large networks: every documented equality, and VCD against FST", waves::large),
    (
        "wave-slices",
        "random parts of waves against the whole: as many choices as given, 200 without a number",
        waves::slices,
    ),
    ("wave-pictures", "the pictures of waves in docs/guide, with GTKWave under Xvfb", waves::pictures),
    #[cfg(unix)]
    (
        "signals",
        "signals at random moments: clean ends, and how soon (--count N, --command PATH)",
        signals::run,
    ),
    (
        "faults",
        "every call of a writing verb to the disk fails, and runs are killed and go on (--kills N)",
        faults::run,
    ),
    (
        "sweeps",
        "many points of the demo network, again, and killed (--points N, --kills N); --tutorial: the picture of its tutorial",
        sweeps::run,
    ),
    (
        "seeded-faults",
        "faults drawn by chance, each found by `test` and named by `diff` (--count N)",
        seeded_faults::run,
    ),
    (
        "bench-check",
        "instructions of fixed jobs against benches/instructions.json (--bless: write them)",
        bench_check::run,
    ),
    (
        "browser",
        "the pages of `report` in Chromium (--pictures FOLDER: those of the documentation)",
        browser::run,
    ),
    (
        "scaling",
        "how time grows with the mesh, the NPs, the frames and the threads: a table, and docs/pictures/scaling.svg",
        scaling::run,
    ),
    ("deny", "licences, versions, sources and advisories of dependencies, by deny.toml", deny::run),
    ("notices", "write THIRD-PARTY.txt, the licences of dependencies (--check: only compare)", notices::run),
    (
        "package",
        "the command and the wheel without paths of this machine (--check FILE: only look)",
        package::run,
    ),
    ("fuzz", "hostile inputs for every reader, under libFuzzer (--help: options)", fuzz::run),
    ("codegen", "generate code from the FlatBuffers schemas (--check: only compare)", codegen::run),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let name = arguments.first().map_or("", String::as_str);
    let Some((_, _, run)) = CHORES.iter().find(|(chore, ..)| *chore == name) else {
        eprintln!("usage: cargo xtask CHORE");
        CHORES.iter().for_each(|(chore, help, _)| eprintln!("  {chore:<15} {help}"));
        return ExitCode::from(2);
    };
    match run(&arguments[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            if !message.is_empty() {
                eprintln!("{name}: {message}");
            }
            ExitCode::FAILURE
        }
    }
}
