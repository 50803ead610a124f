//! `cargo xtask scaling`: how time grows with the mesh, the NPs, the frames and the threads, as a table with slopes and as `docs/pictures/scaling.svg`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use spikemesh_plot::{Axis, Chart, Frame, Mark, Picture};

use crate::metadata::{cargo, items, run_cargo};
use crate::root::{root, target};

/// A job is repeated until it has taken so long: processor time is told in hundredths of a second.
const LEAST: Duration = Duration::from_millis(1500);
const MODEL: &str = "tests/models/an.25-160.yaml";
const LARGE_MODEL: &str = "tests/models/an1-224.yaml";
const SIDE: usize = 160;

/// What was measured: for each size a time.
struct Series {
    name: &'static str,
    size: &'static str,
    unit: &'static str,
    points: Vec<(f64, f64)>,
}

impl Series {
    /// The slope of the line through the logarithms: 1 is proportional.
    fn slope(&self) -> f64 {
        let logarithms: Vec<(f64, f64)> = self.points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
        let count = logarithms.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| logarithms.iter().map(of).sum::<f64>() / count;
        let (x, y) = (mean(|point| point.0), mean(|point| point.1));
        let (above, below) = logarithms.iter().fold((0.0, 0.0), |(above, below), point| {
            (above + (point.0 - x) * (point.1 - y), below + (point.0 - x).powi(2))
        });
        above / below
    }
}

/// Runs the chore.
pub fn run(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("there are no arguments".to_owned());
    }
    let root = root()?;
    run_cargo(Command::new(cargo()).args(["build", "--release", "--bin", "spikemesh"]))?;
    let bench =
        Bench { command: target(&root).join("release/spikemesh"), folder: target(&root).join("scaling") };
    fs::create_dir_all(&bench.folder).map_err(|error| error.to_string())?;
    let series = [bench.network()?, bench.mapping(&root)?, bench.frames()?, bench.threads()?];
    for Series { name, size, unit, points } in &series {
        println!("\n{name}\n\n| {size} | {unit} |\n|---|---|");
        points.iter().for_each(|(size, time)| println!("| {size} | {time:.4} |"));
    }
    println!();
    series.iter().for_each(|series| println!("slope of {}: {:.2}", series.name, series.slope()));
    let path = root.join("docs/pictures/scaling.svg");
    fs::write(&path, picture(&series)).map_err(|error| format!("{}: {error}", path.display()))
}

struct Bench {
    command: PathBuf,
    folder: PathBuf,
}

impl Bench {
    /// Even traffic, a fifth of what the middle of the mesh carries: nanoseconds for each flit in each router. The difference of a long run and a short
    /// one, so that neither the start nor the answer counts.
    fn network(&self) -> Result<Series, String> {
        let mut points = Vec::new();
        for side in [8_u32, 16, 32, 64, 128] {
            let period = (1_500_000 / (side * side)).max(300);
            let [short, long] = [period, 4 * period].map(|period| self.traffic(side, period));
            let ((less, few), (more, many)) = (short?, long?);
            points.push((f64::from(side * side), 1e9 * (more - less) / (many - few) as f64));
        }
        Ok(Series { name: "the network", size: "nodes", unit: "ns for a flit in a router", points })
    }

    /// Seconds of processor time, and flits that passed a router.
    fn traffic(&self, side: u32, period: u32) -> Result<(f64, u64), String> {
        let (size, rate) = (format!("{side}x{side}"), (0.8 / f64::from(side)).to_string());
        let arguments = ["traffic", "uniform", "--size", &size, "--rates", &rate, "--sample-period"];
        let arguments: Vec<String> =
            arguments.iter().map(|text| (*text).to_owned()).chain([period.to_string()]).collect();
        let (seconds, output) = self.processor_time(&arguments, &[])?;
        let report: Value = serde_json::from_slice(&output).map_err(|error| error.to_string())?;
        let links = items(&report["rates"][0]["links"]);
        let inner = links.filter(|link| link["name"].as_str().is_some_and(|name| !name.contains(".eject")));
        Ok((seconds, inner.filter_map(|link| link["flits"].as_u64()).sum()))
    }

    /// AkidaNet 1.0 at 224 on as many NPs as a square mesh has.
    fn mapping(&self, root: &Path) -> Result<Series, String> {
        let device = fs::read_to_string(root.join("mesh/device/devices/akd1000.ron"));
        let device = device.map_err(|error| error.to_string())?;
        let mut points = Vec::new();
        for side in [8_u32, 16, 32, 64] {
            let path = self.folder.join(format!("{side}.ron"));
            let text = device.replace("columns: (5,", &format!("columns: ({side},"));
            let text = text.replace("rows: (4,", &format!("rows: ({side},"));
            let text = text.replace("name: \"akd1000\"", "name: \"square\"");
            fs::write(&path, text).map_err(|error| error.to_string())?;
            let path = path.display().to_string();
            let arguments = ["map", LARGE_MODEL, "-d", &path, "--mode", "all-nps", "--random-weights", "3"];
            let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
            points.push((4.0 * f64::from(side * side), self.processor_time(&arguments, &[])?.0));
        }
        Ok(Series { name: "mapping AkidaNet 1.0 at 224 on all NPs", size: "NPs", unit: "s", points })
    }

    fn frames(&self) -> Result<Series, String> {
        let mut points = Vec::new();
        for frames in [1, 4, 16, 64, 256] {
            points.push((f64::from(frames), self.processor_time(&self.run_of(frames)?, &[])?.0));
        }
        Ok(Series {
            name: "frames of AkidaNet 0.25 at 160",
            size: "frames",
            unit: "s of processor time",
            points,
        })
    }

    fn threads(&self) -> Result<Series, String> {
        let mut points = Vec::new();
        let most = std::thread::available_parallelism().map_or(1, usize::from);
        for threads in
            std::iter::successors(Some(1), |threads| Some(threads * 2)).take_while(|n| *n <= most.max(2))
        {
            let arguments = self.run_of(64)?;
            let begin = Instant::now();
            self.once(&arguments, &[("RAYON_NUM_THREADS", threads.to_string())])?;
            points.push((threads as f64, begin.elapsed().as_secs_f64()));
        }
        Ok(Series { name: "64 frames of AkidaNet 0.25 at 160", size: "threads", unit: "s", points })
    }

    /// A run of so many frames of noise.
    fn run_of(&self, frames: u32) -> Result<Vec<String>, String> {
        let shape = [frames as usize, SIDE, SIDE, 3];
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape:?}, }}");
        let header = header.replace('[', "(").replace(']', ")");
        let header = format!("{header:<117}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(
            (0..shape.iter().product::<usize>()).map(|at| (at.wrapping_mul(2_654_435_761) >> 9) as u8),
        );
        let path = self.folder.join("images.npy");
        fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        let (path, out) = (path.display().to_string(), self.out().display().to_string());
        let arguments = ["run", MODEL, "-d", "akd1500", "--random-weights", "3", "-i", &path, "-o", &out];
        Ok(arguments.map(str::to_owned).to_vec())
    }

    /// The processor time of a command in seconds, and what it prints.
    fn processor_time(
        &self,
        arguments: &[String],
        more: &[(&str, String)],
    ) -> Result<(f64, Vec<u8>), String> {
        let (before, mut times) = (children()?, 0.0);
        loop {
            let output = self.once(arguments, more)?;
            times += 1.0;
            let spent = children()? - before;
            if spent >= LEAST {
                return Ok((spent.as_secs_f64() / times, output));
            }
        }
    }

    fn out(&self) -> PathBuf {
        self.folder.join("run")
    }

    fn once(&self, arguments: &[String], more: &[(&str, String)]) -> Result<Vec<u8>, String> {
        let _ = fs::remove_dir_all(self.out());
        let mut command = Command::new(&self.command);
        command.args(["--quiet", "--format", "json"]).args(arguments).stderr(Stdio::piped());
        command.envs(more.iter().map(|(name, value)| (name, value)));
        let output = command.current_dir(root()?).output().map_err(|error| error.to_string())?;
        match output.status.success() {
            true => Ok(output.stdout),
            false => Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr))),
        }
    }
}

/// Processor time of the commands that have ended, as Linux tells it.
fn children() -> Result<Duration, String> {
    let text = fs::read_to_string("/proc/self/stat").map_err(|error| format!("/proc/self/stat: {error}"))?;
    // The name of the program may hold blanks; it ends with the last bracket.
    let fields: Vec<u64> = text
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(13)
        .take(2)
        .filter_map(|field| field.parse().ok())
        .collect();
    Ok(Duration::from_millis(10 * fields.iter().sum::<u64>()))
}

/// A chart for each, in two rows.
fn picture(series: &[Series]) -> String {
    let mut picture = Picture::new(900.0, 680.0, "How time grows; both axes are logarithmic");
    for (at, series) in series.iter().enumerate() {
        let (column, row) = ((at % 2) as f64, (at / 2) as f64);
        let frame =
            Frame { left: 70.0 + 450.0 * column, top: 60.0 + 320.0 * row, width: 360.0, height: 230.0 };
        let x = Axis::logarithmic(series.size, series.points.iter().map(|point| point.0));
        let unit = format!("{}: {}", series.name, series.unit);
        let y = Axis::logarithmic(&unit, series.points.iter().map(|point| point.1));
        let mut chart = Chart::new(&mut picture, frame, x, y);
        chart.line(&series.points, "#2b5c9e");
        for &point in &series.points {
            chart.mark(
                Mark::Circle,
                point,
                "#2b5c9e",
                &format!("{} {}: {:.4}", point.0, series.size, point.1),
            );
        }
    }
    picture.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_those_of_powers() {
        for power in [-1.0, 0.0, 1.0, 2.3] {
            let points = [1.0, 4.0, 16.0].map(|x: f64| (x, 3.0 * x.powf(power))).to_vec();
            let series = Series { name: "", size: "", unit: "", points };
            assert!((series.slope() - power).abs() < 1e-9);
        }
    }
}
