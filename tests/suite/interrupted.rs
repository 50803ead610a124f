//! Commands that a signal ends, and what they must leave. The tests try a few moments; `cargo xtask signals` tries many, and measures.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// A command that works for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `run`, frame by frame.
    Run,
    /// `run` with all frames in one batch.
    Batch,
    /// `test --bless` with several cases.
    Bless,
    /// `replay` with hops.
    Replay,
    /// `traffic` at several rates.
    Traffic,
    /// `fit` to a few rows.
    Fit,
    /// `map` onto a large device.
    Map,
    /// `validate` with a few rows.
    Validate,
}

impl Verb {
    /// What a user would call it.
    pub fn name(self) -> &'static str {
        match self {
            Verb::Run => "run",
            Verb::Batch => "run --batch",
            Verb::Bless => "test --bless",
            Verb::Replay => "replay",
            Verb::Traffic => "traffic",
            Verb::Fit => "fit -o",
            Verb::Map => "map",
            Verb::Validate => "validate -o",
        }
    }
}

/// A command with its inputs, and its results without a signal.
pub struct Stage {
    verb: Verb,
    program: PathBuf,
    /// How much there is to do.
    size: usize,
    inputs: TempDir,
    whole: TempDir,
    /// How long it takes without a signal.
    pub duration: Duration,
}

/// How a command ended after a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Before it had started to listen: nothing is left.
    Killed,
    /// With a part of its results, marked.
    Part,
    /// It had finished.
    Whole,
}

/// A command that got a signal.
#[derive(Debug)]
pub struct Interrupted {
    /// From the signal to the end of the process.
    pub latency: Duration,
    /// How it ended.
    pub ending: Ending,
    /// What was left of its results: frames, rows or files.
    pub left: usize,
}

impl Stage {
    /// Prepares a command, `size` times a small amount of work, and lets it run to its end once. `root` is the repository.
    pub fn new(verb: Verb, program: &Path, root: &Path, size: usize) -> Result<Stage, String> {
        let [inputs, whole] = [(); 2].map(|()| TempDir::new().map_err(|error| error.to_string()));
        let mut stage = Stage {
            verb,
            program: program.to_path_buf(),
            size,
            inputs: inputs?,
            whole: whole?,
            duration: Duration::ZERO,
        };
        stage.prepare(root).map_err(|error| format!("{}: {error}", verb.name()))?;
        let begin = Instant::now();
        let output = stage.command(stage.whole.path()).output().map_err(|error| error.to_string())?;
        stage.duration = begin.elapsed();
        if output.status.success() {
            Ok(stage)
        } else {
            let error = String::from_utf8_lossy(&output.stderr);
            Err(format!("{} fails without a signal, {}: {error}", verb.name(), output.status))
        }
    }

    /// Writes the files that the command reads.
    fn prepare(&self, root: &Path) -> std::io::Result<()> {
        let folder = self.inputs.path();
        let trace = root.join("traces/fashion-mnist");
        match self.verb {
            Verb::Run | Verb::Batch | Verb::Bless => {
                fs::copy(trace.join("model.fbz"), folder.join("model.fbz"))?;
                fs::copy(trace.join("images.npy"), folder.join("images.npy"))?;
            }
            Verb::Replay => {
                let mut rows = "cycle,src,dst,size\n".to_owned();
                for packet in 0..self.size * 20_000 {
                    let (cycle, source, target) = (packet / 2, packet * 7 % 20, packet * 13 % 19);
                    let _ = writeln!(rows, "{cycle},{source},{target},4");
                }
                fs::write(folder.join("trace.csv"), rows)?;
            }
            Verb::Traffic => {}
            Verb::Fit | Verb::Validate => {
                let data = root.join("crates/calibrate/data");
                for name in ["silicon-layers.csv", "silicon-models.csv", "silicon-micro.csv", "np-counts.csv"]
                {
                    let rows = fs::read_to_string(data.join(name))?;
                    // Of the layers a few, of everything else only the heading.
                    let kept = if name == "silicon-layers.csv" { 1 + 6 * self.size } else { 1 };
                    let rows: String = rows.lines().take(kept).map(|row| format!("{row}\n")).collect();
                    fs::write(folder.join(name), rows)?;
                }
            }
            Verb::Map => {
                let mut device = fs::read_to_string(root.join("mesh/device/devices/akd1000.ron"))?;
                let side = (12 + 4 * self.size).min(64);
                for (key, value) in [("columns", side), ("rows", side)] {
                    device = with_number(&device, key, value);
                }
                fs::write(folder.join("large.ron"), device)?;
                fs::copy(trace.join("model.fbz"), folder.join("model.fbz"))?;
            }
        }
        Ok(())
    }

    /// The command, with its results in a folder.
    fn command(&self, results: &Path) -> Command {
        let mut command = Command::new(&self.program);
        let input = |name: &str| self.inputs.path().join(name);
        match self.verb {
            Verb::Run | Verb::Batch => {
                command.arg("run").arg(input("model.fbz")).arg("-i").arg(input("images.npy"));
                command.arg("-o").arg(results.join("out"));
                if self.verb == Verb::Batch {
                    command.args(["--batch", "300"]);
                }
            }
            Verb::Bless => {
                let (model, images) = (input("model.fbz"), input("images.npy"));
                let case = |index: usize| {
                    format!(
                        "(name: \"case {index}\", model: {model:?}, device: \"akd1000\", inputs: {images:?}, frames: {}, golden: \"golden/{index}.json\")",
                        20 + index
                    )
                };
                let cases: Vec<String> = (0..5 * self.size).map(case).collect();
                // A manifest that cannot be written fails the command.
                let _ = fs::write(results.join("cases.ron"), format!("(cases: [{}])", cases.join(", ")));
                command.arg("test").arg(results.join("cases.ron")).arg("--bless");
            }
            Verb::Replay => {
                command.arg("replay").arg(input("trace.csv")).args(["--network", "r3", "--size", "5x4"]);
                command.arg("-o").arg(results.join("out.csv")).arg("--hops").arg(results.join("hops.csv"));
            }
            Verb::Traffic => {
                command.args(["traffic", "--network", "r3", "--size", "8x8", "--rates", "0.01..0.2:0.01"]);
                command.arg("--sample-period").arg((500 * self.size).to_string());
                command.arg("--csv").arg(results.join("rates.csv"));
            }
            Verb::Fit | Verb::Validate => {
                if self.verb == Verb::Fit {
                    command.arg("fit").arg(input("silicon-layers.csv"));
                    command.arg("-o").arg(results.join("fitted.ron"));
                } else {
                    command.arg("validate").arg("--layers").arg(input("silicon-layers.csv"));
                    command.arg("--np-counts").arg(input("np-counts.csv"));
                    command.arg("-o").arg(results.join("report"));
                }
                command.arg("--models").arg(input("silicon-models.csv"));
                command.arg("--micro").arg(input("silicon-micro.csv"));
            }
            Verb::Map => {
                command.arg("map").arg(input("model.fbz")).arg("-d").arg(input("large.ron"));
                command.args(["--mode", "all-nps"]).arg("-o").arg(results.join("model.npx"));
            }
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Starts the command, sends it signals after a while, and looks at what it leaves.
    ///
    /// # Errors
    /// What is not as it must be.
    pub fn interrupt(&self, signals: &[Signal], after: Duration) -> Result<Interrupted, String> {
        let results = TempDir::new().map_err(|error| error.to_string())?;
        let mut child = self.command(results.path()).spawn().map_err(|error| error.to_string())?;
        std::thread::sleep(after);
        let sent = Instant::now();
        for &signal in signals {
            send(&child, signal);
        }
        let status = wait(&mut child)?;
        let latency = sent.elapsed();
        let ended = self.ending(status, signals, results.path());
        let (ending, left) = ended.map_err(|error| {
            format!("{} with {signals:?} after {after:?}, {status}: {error}", self.verb.name())
        })?;
        Ok(Interrupted { latency, ending, left })
    }

    fn ending(
        &self,
        status: ExitStatus,
        signals: &[Signal],
        results: &Path,
    ) -> Result<(Ending, usize), String> {
        let files = files(results);
        let litter: Vec<&PathBuf> = files.iter().filter(|file| is_temporary(file)).collect();
        let first = signals[0].as_raw();
        match (status.code(), status.signal()) {
            _ if !litter.is_empty() => Err(format!("temporary files are left: {litter:?}")),
            // An end at once keeps what was whole.
            (Some(code), _) if code == 128 + first && signals.len() > 1 => Ok((Ending::Part, 0)),
            (Some(0), _) => Ok((Ending::Whole, self.whole_left(results, &files)?)),
            (Some(code), _) if code == 128 + first => Ok((Ending::Part, self.part_left(results, &files)?)),
            (None, Some(signal)) if signal == first => match self.written(&files).as_slice() {
                [] => Ok((Ending::Killed, 0)),
                written => Err(format!("it was killed, and left {written:?}")),
            },
            _ => Err("another end than the signal's".to_owned()),
        }
    }

    /// Files that the command itself has written.
    fn written(&self, files: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
        files.iter().filter(|file| !file.ends_with("cases.ron")).cloned().collect()
    }

    /// Everything must be there, as without a signal.
    fn whole_left(&self, results: &Path, left: &BTreeSet<PathBuf>) -> Result<usize, String> {
        let expected = files(self.whole.path());
        if *left != expected {
            return Err(format!("it ended well, and left {left:?} of {expected:?}"));
        }
        match self.verb {
            Verb::Run | Verb::Batch => self.frames_left(results, "complete"),
            Verb::Validate => Ok(left.len()),
            _ => self.equal_left(results, left),
        }
    }

    /// What is there must be right, and marked as a part.
    fn part_left(&self, results: &Path, left: &BTreeSet<PathBuf>) -> Result<usize, String> {
        match self.verb {
            Verb::Run | Verb::Batch if self.written(left).is_empty() => Ok(0),
            Verb::Run | Verb::Batch => self.frames_left(results, "interrupted"),
            Verb::Bless => {
                let cases = left.iter().filter(|file| file.starts_with("golden")).count();
                self.equal_left(results, left).map(|_| cases)
            }
            Verb::Replay => {
                let hops = self.rows_left(results, "hops.csv")?;
                let packets = self.rows_left(results, "out.csv")?;
                if hops.is_some() != packets.is_some() {
                    return Err("packets without hops, or hops without packets".to_owned());
                }
                for (name, rows) in [("out.csv", &packets), ("hops.csv", &hops)] {
                    let whole = text(&self.whole.path().join(name))?;
                    let rows = rows.as_deref().unwrap_or_default();
                    if !whole.lines().take(rows.len()).eq(rows.iter().map(String::as_str)) {
                        return Err(format!("{name} does not begin as without a signal"));
                    }
                }
                Ok(packets.map_or(0, |rows| rows.len() - 1))
            }
            Verb::Traffic => {
                let rows = self.rows_left(results, "rates.csv")?.unwrap_or_default();
                let whole = text(&self.whole.path().join("rates.csv"))?;
                let whole: BTreeSet<&str> = whole.lines().collect();
                match rows.iter().find(|row| !whole.contains(row.as_str())) {
                    Some(row) => Err(format!("a row that is none without a signal: {row}")),
                    None => Ok(rows.len().saturating_sub(1)),
                }
            }
            Verb::Fit | Verb::Map | Verb::Validate => match left.len() {
                0 => Ok(0),
                _ => Err(format!("it was interrupted, and left {left:?}")),
            },
        }
    }

    /// Finished frames in a run directory.
    fn frames_left(&self, results: &Path, status: &str) -> Result<usize, String> {
        let read = |folder: &Path, name: &str| {
            let path = folder.join("out").join(name);
            fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
        };
        let json = |name: &str| -> Result<Value, String> {
            serde_json::from_slice(&read(results, name)?).map_err(|error| format!("{name}: {error}"))
        };
        let (info, stats) = (json("run.json")?, json("stats.json")?);
        if info["status"] != status {
            return Err(format!("run.json says {}, not {status}", info["status"]));
        }
        let finished = info["finished"].as_u64().unwrap_or(u64::MAX) as usize;
        let counted = stats["frames"].as_array().map_or(0, Vec::len);
        let (part, whole) = (read(results, "outputs.npy")?, read(self.whole.path(), "outputs.npy")?);
        let (part, whole) = (values(&part), values(&whole));
        let frames = json_frames(&read(self.whole.path(), "run.json")?);
        if counted != finished || part.len() * frames != whole.len() * finished {
            return Err(format!(
                "{finished} frames are finished, {counted} are counted, {} bytes of outputs",
                part.len()
            ));
        }
        if !whole.starts_with(part) {
            Err("outputs differ from those without a signal".to_owned())
        } else {
            Ok(finished)
        }
    }

    /// Rows of a CSV, the heading included, without the mark that they are a part; none if the file is not there.
    fn rows_left(&self, results: &Path, name: &str) -> Result<Option<Vec<String>>, String> {
        let path = results.join(name);
        if !path.exists() {
            return Ok(None);
        }
        let text = text(&path)?;
        let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
        match rows.pop() {
            Some(mark) if mark.starts_with("# partial:") && text.ends_with('\n') => Ok(Some(rows)),
            last => Err(format!("{name} is not marked: its last line is {last:?}")),
        }
    }

    /// Every file that is there must be as without a signal.
    fn equal_left(&self, results: &Path, left: &BTreeSet<PathBuf>) -> Result<usize, String> {
        for file in self.written(left) {
            let same = fs::read(results.join(&file)).ok() == fs::read(self.whole.path().join(&file)).ok();
            if !same {
                return Err(format!("{} is not as without a signal", file.display()));
            }
        }
        Ok(left.len())
    }
}

/// Waits for the end of a process, five minutes at most.
fn wait(child: &mut Child) -> Result<ExitStatus, String> {
    let deadline = Instant::now() + Duration::from_secs(300);
    loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => return Ok(status),
            None if Instant::now() > deadline => {
                let _ = child.kill();
                return Err("it goes on after the signal".to_owned());
            }
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

fn send(child: &Child, signal: Signal) {
    // A process that has ended gets none.
    let _ = Pid::from_raw(child.id() as i32).map(|pid| kill_process(pid, signal));
}

fn is_temporary(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "part")
}

/// All files below a folder, by their paths in it.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(name) = path.strip_prefix(folder) {
                found.insert(name.to_path_buf());
            }
        }
    }
    found
}

fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The values of an .npy file of version 1, as bytes.
fn values(npy: &[u8]) -> &[u8] {
    let heading =
        npy.get(8..10).map_or(0, |length| 10 + usize::from(u16::from_le_bytes([length[0], length[1]])));
    npy.get(heading..).unwrap_or_default()
}

fn json_frames(info: &[u8]) -> usize {
    let info: Value = serde_json::from_slice(info).unwrap_or_default();
    info["frames"].as_u64().unwrap_or(0) as usize
}

/// A device file with another number as the value of a key.
fn with_number(text: &str, key: &str, value: usize) -> String {
    let Some((before, rest)) = text.split_once(&format!("\n    {key}: (")) else { return text.to_owned() };
    let after = rest.find(',').map_or("", |comma| &rest[comma..]);
    format!("{before}\n    {key}: ({value}{after}")
}
