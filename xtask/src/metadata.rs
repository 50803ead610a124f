//! What cargo knows of the workspace.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What follows `cargo clippy`: every target, and no warning.
pub const CLIPPY: [&str; 5] = ["--workspace", "--all-targets", "--", "-D", "warnings"];

/// The cargo that runs this program.
pub fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Runs cargo in the root of the repository. It says itself what is wrong, so its failure is an empty error.
pub fn run_cargo(command: &mut Command) -> Result<(), String> {
    let status = command.current_dir(crate::root::root()?).status();
    match status.map_err(|error| format!("cargo does not start: {error}"))?.success() {
        true => Ok(()),
        false => Err(String::new()),
    }
}

/// `cargo metadata`, with the graph of dependencies unless `arguments` says `--no-deps`.
pub fn metadata(root: &Path, arguments: &[&str]) -> Result<Value, String> {
    let mut command = Command::new(cargo());
    command.args(["metadata", "--format-version", "1", "--offline"]).args(arguments).current_dir(root);
    let output = command.output().map_err(|error| format!("cargo metadata: {error}"))?;
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("cargo metadata: {error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// The items of an array, and none of anything else.
pub fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
