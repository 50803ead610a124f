//! Tests that need several crates or the command.

mod accuracy_claims;
mod agreement;
mod causes;
mod cli_asm;
mod cli_commands;
mod cli_explain;
mod cli_files;
mod cli_fit;
mod cli_outputs;
mod cli_regression;
mod cli_replay;
mod cli_report;
mod cli_run;
#[cfg(unix)]
mod cli_threads;
mod cli_trace;
mod cli_trace_targets;
mod cli_traffic;
mod cli_validate;
mod cli_words;
mod comparison;
mod demo;
mod device_rules;
mod diff;
mod documentation;
mod energy_parts;
mod error_codes;
#[cfg(unix)]
mod faults;
mod formats;
#[cfg(unix)]
mod full_disk;
#[cfg(unix)]
mod interrupted;
mod json;
#[cfg(unix)]
mod killed;
mod learned_on_mesh;
mod learning_digits;
mod limits;
mod long_lines;
mod manifest_options;
mod mappable;
mod memory_limits;
mod metamorphic;
mod notes;
mod np_memory;
mod outputs;
mod packet_bases;
mod perfetto;
mod placement;
mod plurals;
mod reasons;
mod refusal;
mod repair;
mod run_directory;
mod run_reread;
mod run_stop;
mod run_trace;
mod seeded_faults;
mod sequences;
mod settings;
#[cfg(unix)]
mod signals;
mod source_lines;
mod sources;
mod stalls;
#[cfg(unix)]
mod sweep;
mod timing;
mod traffic_counts;
mod tutorials;
mod vacuity;
mod waves;
#[cfg(unix)]
mod written_through;
