//! Options of waves, the same for every verb that writes them.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::mesh::wave::{TimeScale, WaveFormat, WavePlan};
use crate::run::WaveRequest;

/// The name of `--waves`.
const WAVES: &str = "waves.vcd";

/// Options of waves.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct WaveArgs {
    /// Write waves of the first batch: short for --wave waves.vcd
    #[arg(long)]
    pub waves: bool,
    /// Write waves of the first batch to FILE.vcd or FILE.fst; a name without a folder is one of the run directory. Several are allowed
    #[arg(long, value_name = "FILE", value_parser = wave_path)]
    pub wave: Vec<PathBuf>,
    /// Waves of all links and buffers, also of those that the program does not use
    #[arg(long)]
    pub wave_all: bool,
    /// Times of waves: true times by the device's clock, or one nanosecond for each clock
    #[arg(long, value_enum, default_value_t, value_name = "true|clocks")]
    pub wave_time: WaveTime,
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

/// The path of a wave, whose end gives the format.
fn wave_path(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    WaveFormat::of(&path).map(|_| path).ok_or_else(|| "the name of a wave ends in .vcd or .fst".to_owned())
}

impl WaveArgs {
    /// The files, as they were named, each once.
    fn files(&self) -> Vec<&Path> {
        let mut files: Vec<&Path> = Vec::new();
        for path in
            self.waves.then_some(Path::new(WAVES)).into_iter().chain(self.wave.iter().map(PathBuf::as_path))
        {
            if !files.contains(&path) {
                files.push(path);
            }
        }
        files
    }

    /// Whether any waves are asked for.
    pub fn is_given(&self) -> bool {
        self.waves || !self.wave.is_empty()
    }

    /// Names of those that belong into a run directory.
    pub fn names(&self) -> Vec<String> {
        let inside = self.files().into_iter().filter(|path| is_name(path));
        inside.filter_map(|path| path.to_str().map(str::to_owned)).collect()
    }

    /// The files; names are those of a run directory.
    pub fn paths(&self, directory: &Path) -> Vec<PathBuf> {
        let place = |path: &Path| if is_name(path) { directory.join(path) } else { path.to_path_buf() };
        self.files().into_iter().map(place).collect()
    }

    /// What another run must ask for to get the same files, as options.
    pub fn identity(&self) -> Vec<String> {
        let mut options: Vec<String> =
            self.wave.iter().map(|path| format!("--wave {}", path.display())).collect();
        options.extend(self.wave_all.then(|| "--wave-all".to_owned()));
        options.extend((self.wave_time == WaveTime::Clocks).then(|| "--wave-time clocks".to_owned()));
        options
    }

    /// What is asked for, if anything is, for a device with this clock.
    pub fn request(&self, directory: &Path, clock_hz: u64) -> Option<WaveRequest> {
        let scale = match self.wave_time {
            WaveTime::True => TimeScale::of_clock(clock_hz),
            WaveTime::Clocks => TimeScale::CLOCKS,
        };
        let format = |path: PathBuf| WaveFormat::of(&path).map(|format| (path, format));
        let files: Vec<_> = self.paths(directory).into_iter().filter_map(format).collect();
        let plan = WavePlan { all: self.wave_all, ..WavePlan::new(scale) };
        (!files.is_empty()).then_some(WaveRequest { plan, files })
    }
}

/// Whether a path has no folder.
fn is_name(path: &Path) -> bool {
    path.components().count() == 1 && path.file_name().is_some_and(|name| name == path.as_os_str())
}
