//! The script that runs a sweep on a cluster with Slurm.

use std::path::Path;

/// A script that submits an array of `tasks`, each with its share of the points, and a job behind it that collects the results. `command` are the
/// arguments of this command.
pub(super) fn slurm(command: &[String], folder: &Path, tasks: u32, points: u64) -> String {
    let mut arguments = command.to_vec();
    // `--slurm N` or `--slurm=N`.
    while let Some(at) =
        arguments.iter().position(|argument| argument == "--slurm" || argument.starts_with("--slurm="))
    {
        let count = if arguments[at] == "--slurm" { 2 } else { 1 };
        arguments.drain(at..(at + count).min(arguments.len()));
    }
    let sweep =
        std::iter::once("spikemesh".to_owned()).chain(arguments.iter().map(|argument| quoted(argument)));
    let sweep = sweep.collect::<Vec<_>>().join(" ");
    let tasks = u64::from(tasks).min(points);
    let folder = quoted(&folder.display().to_string());
    format!(
        "#!/bin/bash
# {points} points in {tasks} tasks of Slurm: `bash` this file in the folder that the paths are relative to.
# Run it again to go on: points that are finished are not simulated again.
set -eu
mkdir -p {folder}/points {folder}/slurm
array=$(sbatch --parsable --job-name=spikemesh-sweep --array=1-{tasks} --cpus-per-task=1 --requeue \\
  --output={folder}/slurm/%A_%a.out <<'JOB'
#!/bin/bash
export RAYON_NUM_THREADS=\"${{SLURM_CPUS_PER_TASK:-1}}\"
exec {sweep} --shard \"$SLURM_ARRAY_TASK_ID/{tasks}\"
JOB
)
# A task that failed leaves points, which this job simulates before it writes the results.
sbatch --job-name=spikemesh-collect --cpus-per-task=1 --dependency=afterany:\"${{array%%;*}}\" \\
  --output={folder}/slurm/collect_%j.out <<'JOB'
#!/bin/bash
export RAYON_NUM_THREADS=\"${{SLURM_CPUS_PER_TASK:-1}}\"
exec {sweep}
JOB"
    )
}

/// An argument as a shell takes it.
fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./=,:-+@%".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_task_has_its_share_and_quotation_survives_the_shell() {
        let command =
            ["sweep", "model=m.fbz", "--where", "mode == 'minimal'", "--slurm", "4", "-o", "my sweep"];
        let command = command.map(str::to_owned);
        let script = slurm(&command, Path::new("my sweep"), 4, 100);
        let sweep = r"spikemesh sweep model=m.fbz --where 'mode == '\''minimal'\''' -o 'my sweep'";
        assert_eq!(script.matches(sweep).count(), 2, "{script}");
        assert!(script.contains("--array=1-4 ") && !script.contains("--slurm"), "{script}");
        assert!(slurm(&["sweep".into(), "--slurm=9".into()], Path::new("o"), 9, 3).contains("--array=1-3 "));
    }
}
