//! Options of waves, the same for every verb that writes them.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::error::{CliError, VerbError};
use super::exit::Exit;
use crate::mesh::wave::{
    Condition, TimeScale, WaveFormat, WavePlan, WaveSize, WaveWhen, WaveWindow, cycles, names_beside,
};
use crate::run::{LimitedWave, WaveRequest};
use crate::words::{figures, plural};

/// The name of `--waves`.
pub(super) const WAVES: &str = "waves.vcd";

/// Options of waves of runs.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct WaveArgs {
    /// Write waves of one batch, the first or that of --wave-window frame:N: short for --wave waves.vcd
    #[arg(long)]
    pub waves: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub choice: WaveChoice,
}

/// Which waves.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct WaveChoice {
    /// Write waves to FILE.vcd or FILE.fst; of a run, a name without a folder is one of the run directory. Several are allowed
    #[arg(long, value_name = "FILE", value_parser = wave_path)]
    pub wave: Vec<PathBuf>,
    /// Only signals and scopes with such names: n4_1.np0, n1_0.east, layers.sep_*, **.fifo. Several are allowed
    #[arg(long, value_name = "GLOB")]
    pub wave_scope: Vec<String>,
    /// Only in these clocks, 12k..15k; in a frame, frame:3, whose batch is then recorded; or while a layer works, layer:NAME. Several are allowed
    #[arg(long, value_name = "WINDOW", value_parser = window)]
    pub wave_window: Vec<WaveWindow>,
    /// Only around the clocks in which a condition holds: 'layers.sep_6.state == stall_token && n0_0.np1.fifo > 10'
    #[arg(long, value_name = "CONDITION", value_parser = condition)]
    pub wave_when: Option<Condition>,
    /// Clocks before those in which --wave-when holds
    #[arg(long, value_name = "CLOCKS", default_value = "1000", value_parser = clocks, requires = "wave_when")]
    pub wave_before: u64,
    /// Clocks behind them
    #[arg(long, value_name = "CLOCKS", default_value = "1000", value_parser = clocks, requires = "wave_when")]
    pub wave_after: u64,
    /// Only the last clocks before the end, a limit or a hang
    #[arg(long, value_name = "CLOCKS", value_parser = last)]
    pub wave_last: Option<u64>,
    /// Most bytes of a file of waves, as in 500M or 1G; then it ends, marked as a part, and the run goes on
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub wave_limit: Option<u64>,
    /// Waves of all links and buffers, also of those that the program does not use
    #[arg(long)]
    pub wave_all: bool,
    /// Waves of the outputs of routers, too: credits and owner of each virtual channel
    #[arg(long)]
    pub wave_routers: bool,
    /// Numbers instead of text in VCD, as IEEE 1364 wants it
    #[arg(long)]
    pub wave_strict: bool,
    /// Times of waves: true times by the device's clock, or one nanosecond for each clock
    #[arg(long, value_enum, default_value_t, value_name = "true|clocks")]
    pub wave_time: WaveTime,
}

impl Default for WaveChoice {
    fn default() -> WaveChoice {
        WaveChoice {
            wave: Vec::new(),
            wave_scope: Vec::new(),
            wave_window: Vec::new(),
            wave_when: None,
            wave_before: 1000,
            wave_after: 1000,
            wave_last: None,
            wave_limit: None,
            wave_all: false,
            wave_routers: false,
            wave_strict: false,
            wave_time: WaveTime::True,
        }
    }
}

/// Times of waves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum WaveTime {
    /// By the device's clock
    #[default]
    True,
    /// One nanosecond for each clock
    Clocks,
}

/// A file of waves that is a part because of its limit.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{} has reached its limit of {}, and ends there{}", path.display(), plural(*limit, "byte", "bytes"), rest(*whole))]
#[diagnostic(
    code(wave::limit),
    severity(warning),
    help("choose a part of the waves with --wave-scope or --wave-window, or raise --wave-limit")
)]
pub(super) struct WaveLimit {
    path: PathBuf,
    limit: u64,
    whole: Option<u64>,
}

/// How long the whole file would be.
fn rest(whole: Option<u64>) -> String {
    whole.map_or_else(String::new, |whole| format!("; the whole would take about {}", bytes_of(whole)))
}

/// A number of bytes in two digits: `5.4 MB`.
pub(super) fn bytes_of(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = "bytes";
    for next in units {
        // What would be rounded to 1000 is one of the next unit.
        if value < 999.5 {
            break;
        }
        (value, unit) = (value / 1000.0, next);
    }
    if unit == "bytes" { plural(bytes, "byte", "bytes") } else { format!("{} {unit}", figures(value, 2)) }
}

impl WaveLimit {
    /// Of the files of a job that is over.
    pub fn of(request: &WaveRequest) -> Vec<WaveLimit> {
        let limit = request.plan.limit;
        let of = |LimitedWave { path, whole }| WaveLimit { path, limit, whole };
        request.limited().into_iter().map(of).collect()
    }
}

/// The path of a wave, whose end gives the format.
fn wave_path(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    WaveFormat::of(&path).map(|_| path).ok_or_else(|| "the name of a wave ends in .vcd or .fst".to_owned())
}

fn window(text: &str) -> Result<WaveWindow, String> {
    text.parse().map_err(with_help)
}

fn condition(text: &str) -> Result<Condition, String> {
    text.parse().map_err(with_help)
}

fn with_help(error: crate::mesh::wave::WaveError) -> String {
    use miette::Diagnostic;
    let help = error.help().map_or_else(String::new, |help| format!("; {help}"));
    format!("{error}{help}")
}

fn clocks(text: &str) -> Result<u64, String> {
    cycles(text).ok_or_else(|| "give a number of clocks, as in 500 or 20k".to_owned())
}

fn last(text: &str) -> Result<u64, String> {
    clocks(text).and_then(|clocks| if clocks > 0 { Ok(clocks) } else { Err("give at least 1".to_owned()) })
}

fn bytes(text: &str) -> Result<u64, String> {
    cycles(text).ok_or_else(|| "give a number of bytes, as in 500M or 1G".to_owned())
}

impl WaveArgs {
    /// The files, as they were named, each once.
    fn files(&self) -> Vec<&Path> {
        let mut files: Vec<&Path> = Vec::new();
        let short = self.waves.then_some(Path::new(WAVES)).into_iter();
        for path in short.chain(self.choice.wave.iter().map(PathBuf::as_path)) {
            if !files.contains(&path) {
                files.push(path);
            }
        }
        files
    }

    /// Whether any waves are asked for.
    pub fn is_given(&self) -> bool {
        self.waves || !self.choice.wave.is_empty()
    }

    /// Refuses options that would have no effect.
    pub fn check(&self) -> Result<(), VerbError> {
        if self.is_given() { Ok(()) } else { self.choice.check_none() }
    }

    /// Names of those that belong into a run directory, with what lies beside them.
    pub fn names(&self) -> Vec<String> {
        let inside = self.files().into_iter().filter(|path| is_name(path)).filter_map(Path::to_str);
        let with_others = |name: &str| match self.choice.format_of(Path::new(name)) {
            Some(format) => std::iter::once(name.to_owned()).chain(names_beside(name, format)).collect(),
            None => Vec::new(),
        };
        inside.flat_map(with_others).collect()
    }

    /// The files; names are those of a run directory.
    pub fn paths(&self, directory: &Path) -> Vec<PathBuf> {
        let place = |path: &Path| if is_name(path) { directory.join(path) } else { path.to_path_buf() };
        self.files().into_iter().map(place).collect()
    }

    /// The files that are not in the run directory.
    pub fn paths_outside(&self) -> Vec<&Path> {
        self.files().into_iter().filter(|path| !is_name(path)).collect()
    }

    /// What another run must ask for to get the same files, as options.
    pub fn identity(&self) -> Vec<String> {
        let files = self.choice.wave.iter().map(|path| format!("--wave {}", path.display()));
        files.chain(self.choice.options()).collect()
    }

    /// What is asked for, if anything is, for a device with this clock.
    pub fn request(&self, directory: &Path, clock_hz: u64) -> Option<WaveRequest> {
        self.choice.request(self.paths(directory), Some(clock_hz))
    }
}

impl WaveChoice {
    /// Every option but the files, as it was given.
    fn options(&self) -> Vec<String> {
        let default = WaveChoice::default();
        let mut options: Vec<String> = Vec::new();
        let mut option = |name: &str, value: String| options.push(format!("--wave-{name}{value}"));
        self.wave_scope.iter().for_each(|scope| option("scope", format!(" {scope}")));
        self.wave_window.iter().for_each(|window| option("window", format!(" {window}")));
        if let Some(condition) = &self.wave_when {
            option("when", format!(" {condition}"));
        }
        if self.wave_before != default.wave_before {
            option("before", format!(" {}", self.wave_before));
        }
        if self.wave_after != default.wave_after {
            option("after", format!(" {}", self.wave_after));
        }
        if let Some(last) = self.wave_last {
            option("last", format!(" {last}"));
        }
        if let Some(limit) = self.wave_limit {
            option("limit", format!(" {limit}"));
        }
        if self.wave_all {
            option("all", String::new());
        }
        if self.wave_routers {
            option("routers", String::new());
        }
        if self.wave_strict {
            option("strict", String::new());
        }
        if self.wave_time != default.wave_time {
            option("time", " clocks".to_owned());
        }
        options
    }

    /// Refuses options that would have no effect without a file.
    pub fn check_none(&self) -> Result<(), VerbError> {
        match self.options().first() {
            None => Ok(()),
            Some(option) => {
                let name = option.split(' ').next().unwrap_or_default();
                let message = format!("{name} has no effect: name a file with --wave");
                Err(VerbError::one(Exit::Usage, CliError::Usage { message }))
            }
        }
    }

    fn format_of(&self, path: &Path) -> Option<WaveFormat> {
        match WaveFormat::of(path)? {
            WaveFormat::Vcd if self.wave_strict => Some(WaveFormat::StrictVcd),
            format => Some(format),
        }
    }

    /// What is asked for in these files, if there are any: with true times only where a clock is known.
    pub fn request(&self, files: Vec<PathBuf>, clock_hz: Option<u64>) -> Option<WaveRequest> {
        let scale = match (self.wave_time, clock_hz) {
            (WaveTime::True, Some(clock_hz)) => TimeScale::of_clock(clock_hz),
            _ => TimeScale::CLOCKS,
        };
        let format = |path: PathBuf| self.format_of(&path).map(|format| (path, format));
        let files: Vec<_> = files.into_iter().filter_map(format).collect();
        let when = |condition: &Condition| WaveWhen {
            condition: condition.clone(),
            before: self.wave_before,
            after: self.wave_after,
        };
        let plan = WavePlan {
            all: self.wave_all,
            routers: self.wave_routers,
            scope: self.wave_scope.clone(),
            windows: self.wave_window.clone(),
            when: self.wave_when.as_ref().map(when),
            last: self.wave_last,
            limit: self.wave_limit.unwrap_or(u64::MAX),
            scale,
        };
        (!files.is_empty()).then(|| WaveRequest::new(plan, files))
    }
}

/// Whether a path has no folder.
fn is_name(path: &Path) -> bool {
    path.components().count() == 1 && path.file_name().is_some_and(|name| name == path.as_os_str())
}

/// How long the files are so far, and will be: a line for a progress bar.
pub(super) fn sizes(request: &WaveRequest) -> String {
    let size = |(path, WaveSize { bytes, whole }): (&Path, WaveSize)| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let of = whole.map_or_else(String::new, |whole| format!(" of about {}", bytes_of(whole.max(bytes))));
        format!("{name} {}{of}", bytes_of(bytes))
    };
    request.sizes().into_iter().map(size).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::bytes_of;

    #[test]
    fn bytes_have_two_digits_and_a_unit() {
        let cases = [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1_000, "1.0 kB"), (54_321, "54 kB")];
        let large =
            [(999_499, "999 kB"), (999_500, "1.0 MB"), (5_432_100, "5.4 MB"), (1_260_000_000, "1.3 GB")];
        for (bytes, text) in cases.into_iter().chain(large) {
            assert_eq!(bytes_of(bytes), text);
        }
    }
}
