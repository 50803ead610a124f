//! The command line: a file per verb, and what all verbs share.
//!
//! A verb is a module with an `Args` that clap fills and a `run(&Args, &Output) -> Result<(), Failure>`. Data goes to standard
//! output, everything else to standard error; [`Exit`] lists the exit codes. A verb never prints an error itself: it returns a
//! [`Failure`] with all problems, and [`run`] shows them as `--format` asks.

pub mod check;
pub mod completions;
pub mod demo;
pub mod device;
pub mod disasm;
pub mod failure;
pub mod fit;
pub mod load;
pub mod map;
pub mod network;
pub mod output;
pub mod replay;
pub mod run;
mod session;
pub mod table;
pub mod test;
pub mod traffic;
pub mod validate;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use failure::{Exit, Failure};
pub use output::{Format, Output};

/// Help starts with the example, which is what most people look for.
const TEMPLATE: &str = "{before-help}{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}{after-help}";

/// Heading of the options that every verb has.
const EVERYWHERE: &str = "Options of every verb";

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "spikemesh",
    version,
    about = "A cycle-accurate simulator of Akida-class neuromorphic processors",
    before_help = "Example:\n  spikemesh demo\n",
    after_help = Exit::TABLE,
    help_template = TEMPLATE,
    arg_required_else_help = true,
    term_width = 100
)]
pub struct Cli {
    /// How data and errors are written: human or json
    #[arg(long, global = true, value_enum, default_value_t = Format::Human, hide_possible_values = true)]
    #[arg(help_heading = EVERYWHERE)]
    pub format: Format,
    /// Say more about what is done; twice for details (or set SPIKEMESH_LOG)
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = EVERYWHERE)]
    pub verbose: u8,
    /// What to do
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run a trained network on real images, from check to report
    #[command(before_help = demo::EXAMPLE, help_template = TEMPLATE)]
    Demo(demo::Args),
    /// Hold a model against the hardware's rules: all that it breaks, and what would mend it
    #[command(before_help = check::EXAMPLE, help_template = TEMPLATE)]
    Check(check::Args),
    /// Map a model onto a device: partition, place, route, prove, emit
    #[command(before_help = map::EXAMPLE, help_template = TEMPLATE)]
    Map(map::Args),
    /// Simulate a model or a program and compare it with the engine
    #[command(before_help = run::EXAMPLE, help_template = TEMPLATE)]
    Run(run::Args),
    /// Run regression cases against golden outputs and cycles
    #[command(before_help = test::EXAMPLE, help_template = TEMPLATE)]
    Test(test::Args),
    /// Send the packets of a trace through a network: when each left and arrived
    #[command(before_help = replay::EXAMPLE, help_template = TEMPLATE)]
    Replay(replay::Args),
    /// Offer synthetic traffic to a network: latency and throughput over the load
    #[command(before_help = traffic::EXAMPLE, help_template = TEMPLATE)]
    Traffic(traffic::Args),
    /// Hold predicted clocks and energy against what was published for real chips
    #[command(before_help = validate::EXAMPLE, help_template = TEMPLATE)]
    Validate(validate::Args),
    /// Fit a device's constants to published rows, and say what may be claimed of the result
    #[command(before_help = fit::EXAMPLE, help_template = TEMPLATE)]
    Fit(fit::Args),
    /// Print a program as text
    #[command(before_help = disasm::EXAMPLE, help_template = TEMPLATE)]
    Disasm(disasm::Args),
    /// List devices, or print every constant of one with its source
    #[command(before_help = device::EXAMPLE, help_template = TEMPLATE)]
    Device(device::Args),
    /// Print a completion script for a shell
    #[command(before_help = completions::EXAMPLE, help_template = TEMPLATE)]
    Completions(completions::Args),
}

/// Runs the command line `args`, the first of which is the name of the program.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &args),
    };
    let output = Output::new(cli.format);
    trace(cli.verbose, &output);
    let result = match &cli.verb {
        Verb::Demo(args) => demo::run(args, &output),
        Verb::Check(args) => check::run(args, &output),
        Verb::Map(args) => map::run(args, &output),
        Verb::Run(args) => run::run(args, &output),
        Verb::Test(args) => test::run(args, &output),
        Verb::Replay(args) => replay::run(args, &output),
        Verb::Traffic(args) => traffic::run(args, &output),
        Verb::Validate(args) => validate::run(args, &output),
        Verb::Fit(args) => fit::run(args, &output),
        Verb::Disasm(args) => disasm::run(args, &output),
        Verb::Device(args) => device::run(args, &output),
        Verb::Completions(args) => completions::run(args, &output),
    };
    match result {
        Ok(()) => Exit::Fine.into(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit.into()
        }
    }
}

/// Help and version, which clap hands over as errors, or what is wrong with the arguments.
fn usage(error: &clap::Error, args: &[OsString]) -> ExitCode {
    if !error.use_stderr() {
        // Nobody is left to tell if the pipe is closed.
        let _ = error.print();
        return Exit::Fine.into();
    }
    if Format::asked_for(args) == Format::Json {
        let text = error.render().to_string();
        let message = text.trim_start_matches("error: ").trim_end().to_string();
        let failure = Failure::one(Exit::Usage, failure::Error::Usage { message });
        Output::new(Format::Json).failure(&failure);
    } else {
        let _ = error.print();
    }
    Exit::Usage.into()
}

/// Traces go to standard error: `-v`, `-vv`, or a filter in `SPIKEMESH_LOG`.
fn trace(verbose: u8, output: &Output) {
    let default = match verbose {
        0 => "off",
        1 => "spikemesh=info",
        2 => "spikemesh=debug,spikemesh_mesh=info,spikemesh_isa=info",
        _ => "trace",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("SPIKEMESH_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    // A second call in one process keeps the first subscriber.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(output.color())
        .without_time()
        .try_init();
}
