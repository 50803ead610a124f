//! What is run in each environment.

use std::path::Path;
use std::process::Command;

use super::environment::Environment;

/// A call of the command.
pub struct Job {
    /// Its arguments; files are those of [`inputs`], or of earlier jobs.
    arguments: &'static str,
    /// Its exit code.
    exit: i32,
}

/// Every verb that computes, in an order in which each finds its files; a few of them where it must be short.
pub fn jobs(short: bool) -> Vec<Job> {
    let job = |arguments, exit| Job { arguments, exit };
    let mut jobs = vec![
        job("map tiny.yaml --random-weights 7 -d two-nodes -m all-nps -o tiny.npx", 0),
        job("disasm tiny.npx", 0),
        job("check tiny.yaml -d akd1000 --format json", 0),
        job(
            "run tiny.yaml --random-weights 7 -d two-nodes -i images.npy --batch 5 --waves --trace -o run",
            0,
        ),
        job("run tiny.yaml --random-weights 7 -d two-nodes -i images.npy -o run-json --format json", 0),
        job("run tiny.npx --golden tiny.yaml --random-weights 8 -d two-nodes -i images.npy -o differs", 4),
        job("test cases.ron --bless", 0),
        job("test cases.ron --junit results.xml --format json", 0),
        job("replay run/trace.spt -d two-nodes -o replayed.csv --hops hops.csv --check", 0),
        job(
            "traffic uniform --size 4x4 --rates 0.1,0.3 --runs 4 --sample-period 200 --warmup-periods 1 --max-samples 3 \
             --csv curve.csv --plot curve.svg --links links.csv",
            0,
        ),
    ];
    if !short {
        jobs.extend([
            job("run fashion.fbz -i fashion.npy --labels fashion-labels.npy --batch 7 -o fashion", 0),
            job("map fashion.fbz -d akd1500 --format json", 0),
            job("device akd1000", 0),
            job("validate --layers layers.csv --models models.csv --micro micro.csv --np-counts counts.csv -o page", 0),
            job("fit layers.csv --models models.csv --micro micro.csv -o fitted.ron", 0),
            job("run nothing.fbz -i images.npy -o none", 1),
            job("help", 0),
        ]);
    }
    jobs
}

impl Job {
    /// Runs it in a folder; what it has printed, by name.
    ///
    /// # Errors
    /// It cannot be started, or ends with another code.
    pub fn run(
        &self,
        command: &Path,
        folder: &Path,
        environment: &Environment,
    ) -> Result<Vec<(String, Vec<u8>)>, String> {
        let mut process = Command::new(command);
        process.args(self.arguments.split_whitespace()).current_dir(folder);
        process.envs(environment.variables.iter().map(|(name, value)| (*name, value)));
        let output = process.output().map_err(|error| format!("{}: {error}", command.display()))?;
        if output.status.code() != Some(self.exit) {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!(
                "{}: spikemesh {}: {}, not exit code {}: {said}",
                environment.name, self.arguments, output.status, self.exit
            ));
        }
        let name = |stream: &str| format!("{stream} of `spikemesh {}`", self.arguments);
        Ok(vec![(name("output"), output.stdout), (name("messages"), output.stderr)])
    }
}

/// Makes a folder with the inputs of all jobs.
///
/// # Errors
/// What the file system says.
pub fn inputs(root: &Path, folder: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(failed)?;
    for (from, to) in [
        ("tests/cmd/models/tiny.yaml", "tiny.yaml"),
        ("traces/fashion-mnist/model.fbz", "fashion.fbz"),
        ("traces/fashion-mnist/images.npy", "fashion.npy"),
        ("traces/fashion-mnist/labels.npy", "fashion-labels.npy"),
    ] {
        std::fs::copy(root.join(from), folder.join(to)).map_err(failed)?;
    }
    // A few rows of measurements are enough.
    for (name, rows) in [("layers", 12), ("models", 0), ("micro", 2)] {
        let path = root.join(format!("crates/calibrate/data/silicon-{name}.csv"));
        let text = std::fs::read_to_string(path).map_err(failed)?;
        let text: String = text.lines().take(1 + rows).map(|line| format!("{line}\n")).collect();
        std::fs::write(folder.join(format!("{name}.csv")), text).map_err(failed)?;
    }
    let heading = "model_file,published_minimal_nps,nps_per_layer_by_the_rule\n";
    std::fs::write(folder.join("counts.csv"), heading).map_err(failed)?;
    std::fs::write(folder.join("images.npy"), images(12)).map_err(failed)?;
    let manifest = "(cases: [(name: \"tiny\", model: \"tiny.yaml\", random_weights: 7, device: \"two-nodes\", \
                    inputs: \"images.npy\", golden: \"golden.json\")])\n";
    std::fs::write(folder.join("cases.ron"), manifest).map_err(failed)
}

/// Images of 8 x 8 pixels as .npy.
fn images(count: usize) -> Vec<u8> {
    let mut header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, 8, 8, 1), }}");
    header += &" ".repeat(63 - (10 + header.len()) % 64);
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend((0..count * 64).map(|i| (i * 37 % 251) as u8));
    bytes
}
