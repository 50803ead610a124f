//! Tests that need several crates or the command.

mod agreement;
mod cli_commands;
mod cli_files;
mod cli_fit;
mod cli_regression;
mod cli_replay;
mod cli_run;
mod cli_traffic;
mod cli_validate;
mod comparison;
mod demo;
mod documentation;
mod error_codes;
mod formats;
mod learned_on_mesh;
mod learning_digits;
mod mappable;
mod metamorphic;
mod repair;
mod run_stop;
mod run_trace;
mod sequences;
mod sources;
mod stalls;
mod timing;
mod waves;
