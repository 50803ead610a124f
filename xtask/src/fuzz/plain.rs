//! The targets with inputs that are changed by chance: without guidance, in the build of the tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::metadata::cargo;

/// The program that changes inputs, as the tests have built it.
pub struct Plain {
    program: PathBuf,
    /// Memory that an input may take, in MB.
    memory: u32,
}

impl Plain {
    /// Builds it, if the tests have not.
    pub fn build(root: &Path, memory: u32) -> Result<Plain, String> {
        // Of the whole workspace: alone it would have other features, and so be built again with everything below it.
        let status = Command::new(cargo())
            .args(["build", "--quiet", "--workspace", "--example", "mutate"])
            .current_dir(root)
            .status();
        match status.map_err(|error| format!("cargo does not start: {error}"))?.success() {
            true => {
                let program = crate::root::target(root).join("debug/examples/mutate");
                Ok(Plain { program, memory })
            }
            false => Err("the fuzzing program does not build".to_owned()),
        }
    }

    /// Tries inputs for some seconds; returns how many, and whether every law holds. `findings` gets the input that breaks one.
    pub fn fuzz(
        &self,
        root: &Path,
        findings: &Path,
        name: &str,
        seconds: f64,
    ) -> Result<(u64, bool), String> {
        let limit = format!("ulimit -v {}; exec \"$@\"", u64::from(self.memory) * 1000);
        let output = Command::new("sh")
            .args(["-c", &limit, "sh"])
            .arg(&self.program)
            .arg(seconds.to_string())
            .arg(findings)
            .arg(name)
            // Arenas and stacks of threads take address space, not memory.
            .env("MALLOC_ARENA_MAX", "1")
            .env("RAYON_NUM_THREADS", "1")
            .current_dir(root)
            .output()
            .map_err(|error| format!("{}: {error}", self.program.display()))?;
        let printed = String::from_utf8_lossy(&output.stdout);
        let last = printed.lines().last().and_then(|line| line.rsplit(' ').next()?.parse().ok());
        let holds = output.status.success();
        if !holds {
            let log = String::from_utf8_lossy(&output.stderr);
            let start = log.find("panicked at").unwrap_or(log.len().saturating_sub(2000));
            let shown: Vec<&str> = log.get(start..).unwrap_or(&log).lines().take(40).collect();
            eprintln!("{}\n", shown.join("\n"));
        }
        Ok((last.unwrap_or(0), holds))
    }
}
