//! The command line: options of every verb, and the verbs.

use clap::{Parser, Subcommand};

use super::console::ConsoleFormat;
use super::exit::Exit;
use super::{
    asm, check, completions, demo, device, diff, disasm, explain, fit, map, replay, report, run, sweep, test,
    trace, traffic, validate, verify,
};

/// Help starts with an example, which most readers look for first.
const TEMPLATE: &str = "{before-help}{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}{after-help}";

/// Heading of the options that every verb has.
const COMMON: &str = "Options of every verb";

/// The command line, as clap parses it.
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
pub(super) struct CommandLine {
    /// Format of data and errors: human or json
    #[arg(long, global = true, value_enum, default_value_t = ConsoleFormat::Human, hide_possible_values = true)]
    #[arg(help_heading = COMMON)]
    pub format: ConsoleFormat,
    /// Log steps to standard error; -vv logs what each step finds, layer by layer and pass by pass (or set SPIKEMESH_LOG)
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = COMMON)]
    pub verbose: u8,
    /// Print no messages about the progress: results, warnings and errors only
    #[arg(short, long, global = true, help_heading = COMMON)]
    pub quiet: bool,
    /// Print the licences of Spikemesh and of everything that it contains
    #[arg(long)]
    pub licenses: bool,
    /// The verb
    #[command(subcommand)]
    pub verb: Verb,
}

/// A verb with its arguments.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Run a trained network on real images, from check to report
    #[command(before_help = demo::EXAMPLE, help_template = TEMPLATE)]
    Demo(demo::Args),
    /// Check a model against the rules of the hardware, with a suggestion for each violation
    #[command(before_help = check::EXAMPLE, help_template = TEMPLATE)]
    Check(check::Args),
    /// Map a model onto a device: partition, place, route, prove free of deadlock, emit a program
    #[command(before_help = map::EXAMPLE, help_template = TEMPLATE)]
    Map(map::Args),
    /// Simulate a model or a program on the mesh; a model is compared with the engine, value by value
    #[command(before_help = run::EXAMPLE, help_template = TEMPLATE)]
    Run(run::Args),
    /// Explain where the clocks of a batch go: the critical path of its last frame, what sets the period
    #[command(before_help = explain::EXAMPLE, help_template = TEMPLATE)]
    Explain(explain::Args),
    /// Report a run, or two beside each other: where the time goes, layers, memory, energy
    #[command(before_help = report::EXAMPLE, help_template = TEMPLATE)]
    Report(report::Args),
    /// Sweep a space of devices, mappings and inputs: each point once, and a table of all
    #[command(before_help = sweep::EXAMPLE, help_template = TEMPLATE)]
    Sweep(sweep::Args),
    /// Run regression cases against golden outputs and cycles
    #[command(before_help = test::EXAMPLE, help_template = TEMPLATE)]
    Test(test::Args),
    /// Compare two runs, programs or devices: what differs, and the first event that does
    #[command(before_help = diff::EXAMPLE, help_template = TEMPLATE)]
    Diff(diff::Args),
    /// Verify run directories and certificates: every file is what the run wrote, every claim is true
    #[command(before_help = verify::EXAMPLE, help_template = TEMPLATE)]
    Verify(verify::Args),
    /// Replay a packet trace on a network: when each packet was injected and delivered
    #[command(before_help = replay::EXAMPLE, help_template = TEMPLATE)]
    Replay(replay::Args),
    /// Show what is in a packet trace: routes, layers, latencies, busiest links and terminals
    #[command(before_help = trace::EXAMPLE, help_template = TEMPLATE)]
    Trace(trace::Args),
    /// Run synthetic traffic on a network: latency and throughput over the offered load
    #[command(before_help = traffic::EXAMPLE, help_template = TEMPLATE)]
    Traffic(traffic::Args),
    /// Compare predicted clocks and energy with published measurements of real chips
    #[command(before_help = validate::EXAMPLE, help_template = TEMPLATE)]
    Validate(validate::Args),
    /// Fit the constants of a device to published measurements, with the error to expect
    #[command(before_help = fit::EXAMPLE, help_template = TEMPLATE)]
    Fit(fit::Args),
    /// Assemble a program from text
    #[command(before_help = asm::EXAMPLE, help_template = TEMPLATE)]
    Asm(asm::Args),
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
