//! What must hold for every input, however hostile: a law for each reader of data that others made.
//!
//! A [`Target`] is an ordinary function of bytes that panics if a law is broken. `cargo xtask fuzz` runs it with inputs that libFuzzer makes, guided by
//! the code that they reach; the test `corpus` runs it with the inputs of `corpus/`, which cover what was reached so far, and with every input that
//! once broke a law.
//!
//! The laws: decode(encode(x)) = x; what a reader takes is taken again; a program that the verifier passes runs to an end that is no defect of a unit;
//! mesh and engine compute the same for every model that compiles; every error can be shown, for people and for scripts; nothing panics, hangs, or
//! takes memory out of proportion.

mod assembly;
pub mod certificate;
mod command_line;
mod device;
mod errors;
mod golden;
mod labels;
mod manifest;
mod model;
mod network;
mod npy;
mod program;
mod python;
mod python_layers;
mod random_model;
mod rows;
pub mod run_directory;
mod seal;
mod simulation;
mod template;
mod trace;

/// The environment variable that names the target of a fuzzing program.
pub const TARGET_VARIABLE: &str = "SPIKEMESH_FUZZ_TARGET";

/// A reader and its laws.
#[derive(Debug)]
pub struct Target {
    /// Its name on the command line, and of its folder in `corpus/`.
    pub name: &'static str,
    /// What its inputs are.
    pub input: &'static str,
    /// Most bytes of an input that is tried.
    pub max_bytes: usize,
    /// A simulation runs behind the reader.
    pub simulates: bool,
    /// Panics if a law is broken.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "program", input: "a .npx file", max_bytes: 4096, simulates: false, run: program::file },
    Target {
        name: "program_records",
        input: "records of a program, put into a file whose checksums are right",
        max_bytes: 4096,
        simulates: true,
        run: program::records,
    },
    Target {
        name: "assembly",
        input: "the text of a program",
        max_bytes: 4096,
        simulates: false,
        run: assembly::run,
    },
    Target {
        name: "certificate",
        input: "a certificate of a small program, its digest made right",
        max_bytes: 8192,
        simulates: false,
        run: certificate::run,
    },
    Target {
        name: "model_file",
        input: "a .fb or .fbz file",
        max_bytes: 4096,
        simulates: false,
        run: model::file,
    },
    Target {
        name: "model_content",
        input: "the content of a .fb file, put into a file whose checksum is right",
        max_bytes: 4096,
        simulates: false,
        run: model::content,
    },
    Target {
        name: "random_model",
        input: "layers and a device as numbers: a model that is mapped, simulated and compared with the engine",
        max_bytes: 512,
        simulates: true,
        run: random_model::run,
    },
    Target {
        name: "model_run",
        input: "the content of a .fb file: a model that is mapped, simulated and compared with the engine",
        max_bytes: 2048,
        simulates: true,
        run: model::simulated,
    },
    Target {
        name: "template",
        input: "a YAML template",
        max_bytes: 2048,
        simulates: false,
        run: template::run,
    },
    Target { name: "npy", input: "a .npy file", max_bytes: 1024, simulates: false, run: npy::run },
    Target { name: "spt", input: "an .spt trace", max_bytes: 2048, simulates: false, run: trace::spt },
    Target {
        name: "spt_blocks",
        input: "blocks of an .spt trace, put into a file whose checksums are right",
        max_bytes: 2048,
        simulates: false,
        run: trace::spt_blocks,
    },
    Target { name: "csv_trace", input: "a trace as CSV", max_bytes: 1024, simulates: false, run: trace::csv },
    Target {
        name: "replay_trace",
        input: "a trace, CSV or .spt, that is replayed",
        max_bytes: 1024,
        simulates: true,
        run: trace::replayed,
    },
    Target {
        name: "answers",
        input: "a letter, then the answer of a replay, or its hops if the letter is h",
        max_bytes: 1024,
        simulates: false,
        run: trace::answers,
    },
    Target { name: "device", input: "a device file", max_bytes: 32768, simulates: false, run: device::run },
    Target {
        name: "manifest",
        input: "a manifest of cases",
        max_bytes: 2048,
        simulates: false,
        run: manifest::run,
    },
    Target {
        name: "golden",
        input: "a golden file of a case",
        max_bytes: 2048,
        simulates: false,
        run: golden::run,
    },
    Target {
        name: "silicon_rows",
        input: "a letter for the kind of rows, then published rows as CSV",
        max_bytes: 2048,
        simulates: false,
        run: rows::run,
    },
    Target {
        name: "run_directory",
        input: "a letter, then run.json or the journal of a run that was cut off, which goes on and is verified",
        max_bytes: 4096,
        simulates: true,
        run: run_directory::run,
    },
    Target {
        name: "labels",
        input: "six choices, then the .npy file of labels",
        max_bytes: 512,
        simulates: false,
        run: labels::run,
    },
    Target {
        name: "command_line",
        input: "an argument on each line",
        max_bytes: 512,
        simulates: false,
        run: command_line::run,
    },
    Target {
        name: "traffic",
        input: "a line for the pattern, a line of rates, and the lines of a file of targets",
        max_bytes: 512,
        simulates: true,
        run: network::traffic,
    },
    Target {
        name: "python_arguments",
        input: "shapes, coordinates and values as Python gives them",
        max_bytes: 512,
        simulates: false,
        run: python::run,
    },
    Target {
        name: "python_layers",
        input: "layers, their parameters and variables as Python gives them",
        max_bytes: 512,
        simulates: false,
        run: python_layers::run,
    },
];

/// The target of a name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
