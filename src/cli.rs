//! The `spikemesh` command: one file per verb, and what the verbs share.
//!
//! A verb is a module with an `Args` that clap fills and a `run(&Args, &Console) -> Result<(), VerbError>`. Data goes to standard
//! output, everything else to standard error; `Exit` lists the exit codes. A verb never prints an error itself: it returns a
//! `VerbError` with all problems, and [`run`] shows them in the format that `--format` names.

mod args;
mod asm;
mod check;
mod completions;
mod console;
mod demo;
mod device;
mod diff;
mod diff_text;
mod disasm;
mod error;
mod exit;
mod explain;
mod fit;
mod inputs;
mod interrupt;
mod label_arg;
mod logging;
mod map;
mod mode;
mod network;
mod network_waves;
mod outputs;
mod placer_args;
mod preset_settings;
mod problem;
mod profile;
mod replay;
mod report;
mod report_text;
mod rows_file;
mod run;
mod run_command;
mod run_summary;
mod set;
mod snippet;
mod sweep;
mod sweep_report;
mod sweep_script;
mod table;
mod test;
mod test_list;
mod test_report;
mod trace;
mod traffic;
mod validate;
mod verify;
mod watch;
mod wave_args;
mod workers;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use miette::Report;

use args::{CommandLine, Verb};
use console::{Console, ConsoleFormat};
use error::{CliError, VerbError};
use exit::Exit;

pub(crate) use problem::in_both_formats;

/// Runs the command line `args`, whose first element is the name of the program.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    // Alone it needs no verb, as `--help` does.
    if let [_, flag] = &args[..]
        && flag == "--licenses"
    {
        return licenses();
    }
    let command_line = match CommandLine::try_parse_from(&args) {
        Ok(command_line) => command_line,
        Err(error) => return usage(&error, &args),
    };
    if command_line.licenses {
        return licenses();
    }
    let console = Console::new(command_line.format, command_line.quiet);
    logging::start(command_line.verbose, &console);
    interrupt::listen(move || {
        console.clear_line();
        console.error(&VerbError::one(Exit::Interrupted, CliError::Interrupted));
    });
    match on_threads(&command_line.verb, &command(&args), &console) {
        Ok(()) => Exit::Success.into(),
        Err(error) => {
            let error = error.of_signal();
            console.error(&error);
            error.exit.into()
        }
    }
}

/// Runs a verb on a pool of threads of its own, if it has work for several.
fn on_threads(verb: &Verb, command: &[String], console: &Console) -> Result<(), VerbError> {
    match verb {
        Verb::Check(_)
        | Verb::Asm(_)
        | Verb::Disasm(_)
        | Verb::Device(_)
        | Verb::Trace(_)
        | Verb::Completions(_) => run_verb(verb, command, console),
        // It makes the pool itself, and waits for its jobs on a thread that is none of it.
        Verb::Traffic(_) => run_verb(verb, command, console),
        _ => workers::pool(console)?.install(|| run_verb(verb, command, console)),
    }
}

fn run_verb(verb: &Verb, command: &[String], console: &Console) -> Result<(), VerbError> {
    match verb {
        Verb::Demo(args) => demo::run(args, console),
        Verb::Check(args) => check::run(args, console),
        Verb::Map(args) => map::run(args, console),
        Verb::Run(args) => run::run(args, command, earlier_run, console),
        Verb::Explain(args) => explain::run(args, console),
        Verb::Report(args) => report::run(args, console),
        Verb::Diff(args) => diff::run(args, console),
        Verb::Sweep(args) => sweep::run(args, command, console),
        Verb::Test(args) => test::run(args, console),
        Verb::Replay(args) => replay::run(args, console),
        Verb::Trace(args) => trace::run(args, console),
        Verb::Traffic(args) => traffic::run(args, console),
        Verb::Verify(args) => verify::run(args, console),
        Verb::Validate(args) => validate::run(args, console),
        Verb::Fit(args) => fit::run(args, console),
        Verb::Asm(args) => asm::run(args, console),
        Verb::Disasm(args) => disasm::run(args, console),
        Verb::Device(args) => device::run(args, console),
        Verb::Completions(args) => completions::run(args, CommandLine::command(), console),
    }
}

/// The arguments as text, if they are text: as `run.json` keeps them.
fn command(args: &[OsString]) -> Vec<String> {
    args.iter().skip(1).map(|arg| arg.to_str().map(str::to_owned)).collect::<Option<_>>().unwrap_or_default()
}

/// The arguments of an earlier run, from its command.
fn earlier_run(command: &[OsString]) -> Option<run::Args> {
    let args = std::iter::once(OsString::from("spikemesh")).chain(command.iter().cloned());
    match CommandLine::try_parse_from(args).ok()?.verb {
        Verb::Run(args) => Some(args),
        _ => None,
    }
}

/// What is wrong with a command line, or with the network that it describes; nothing is run. `args` begin with the name of the program.
pub(crate) fn problems_of_arguments(args: &[OsString]) -> Vec<Report> {
    let network = match CommandLine::try_parse_from(args) {
        Ok(CommandLine { verb: Verb::Replay(args), .. }) => args.network,
        Ok(CommandLine { verb: Verb::Traffic(args), .. }) => args.network,
        Ok(_) => return Vec::new(),
        Err(error) => return vec![Report::new(CliError::Usage { message: error.render().to_string() })],
    };
    network.config().err().map(|error| error.problems).unwrap_or_default()
}

/// What is wrong with a command, which runs in this thread and prints no problem itself.
pub(crate) fn problems_of_command(args: &[OsString]) -> Vec<Report> {
    match CommandLine::try_parse_from(args) {
        Ok(line) => {
            let console = Console::new(ConsoleFormat::Human, true);
            let ended = run_verb(&line.verb, &command(args), &console);
            ended.err().map(|error| error.problems).unwrap_or_default()
        }
        Err(error) => vec![Report::new(CliError::Usage { message: error.render().to_string() })],
    }
}

/// Licences of what is compiled into the command.
const THIRD_PARTY: &str = include_str!("../THIRD-PARTY.txt");

fn licenses() -> ExitCode {
    let own = "Spikemesh is under MIT or Apache-2.0, at your choice.\n";
    match Console::new(ConsoleFormat::Human, true).text(format_args!("{own}\n{}", THIRD_PARTY.trim_end())) {
        Ok(()) => Exit::Success.into(),
        Err(error) => error.exit.into(),
    }
}

/// Shows help and version, which clap returns as errors, or the error in the arguments.
fn usage(error: &clap::Error, args: &[OsString]) -> ExitCode {
    if !error.use_stderr() {
        // A closed pipe leaves nobody to report to.
        let _ = error.print();
        return Exit::Success.into();
    }
    if ConsoleFormat::in_args(args) == ConsoleFormat::Json {
        let text = error.render().to_string();
        let message = text.trim_start_matches("error: ").trim_end().to_string();
        let error = VerbError::one(Exit::Usage, CliError::Usage { message });
        Console::new(ConsoleFormat::Json, false).error(&error);
    } else {
        let _ = error.print();
    }
    Exit::Usage.into()
}
