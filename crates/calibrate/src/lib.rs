//! Predicted clocks, energy and NP counts beside what was published for real chips.
//!
//! A layer row is run on the simulator as a program of one layer, cut as the row says, with synthetic events at the row's density. A model row is
//! the chain of its layers, cut by the mapping rule. Nothing here knows any particular row: rows come from files.
//!
//! | file | holds |
//! |---|---|
//! | [`mod@table`] | comma-separated files, with the line of every problem |
//! | [`layer`] | rows of layers |
//! | [`events`] | synthetic events of a given density |
//! | [`trial`] | one layer on the simulator |
//! | [`model`] | rows of whole models |
//! | [`count`] | rows of NP totals |
//! | [`micro`] | rows of microbenchmarks |
//! | [`report`] | rows and their summary; [`page`] and [`scatter`] show it |

pub mod count;
pub mod error;
pub mod events;
pub mod fit;
pub mod layer;
pub mod micro;
pub mod model;
pub mod page;
pub mod report;
pub mod scatter;
pub mod table;
pub mod trial;

use std::io::Read;
use std::path::{Path, PathBuf};

pub use error::Error;
pub use report::Report;

use count::Templates;
use spikemesh_device::Device;

/// A file of published rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What errors call it.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The folder of a file that lies on disk.
    pub folder: Option<PathBuf>,
}

/// Largest file of rows that is read, in bytes.
const MAX_BYTES: u64 = 1 << 24;

impl Source {
    /// Rows that come with the simulator.
    fn built_in(name: &str, text: &str) -> Source {
        Source { name: name.to_owned(), text: text.to_owned(), folder: None }
    }

    /// Rows of a file.
    ///
    /// # Errors
    /// The file cannot be read, is too large, or is no text.
    pub fn read(path: &Path) -> Result<Source, Error> {
        let unreadable = |cause: String| Error::Unreadable { path: path.display().to_string(), cause };
        let file = std::fs::File::open(path).map_err(|e| unreadable(e.to_string()))?;
        let mut text = String::new();
        file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(|e| unreadable(e.to_string()))?;
        if text.len() as u64 > MAX_BYTES {
            return Err(unreadable(format!("it has more than {MAX_BYTES} bytes")));
        }
        let folder = path.parent().map(Path::to_path_buf);
        Ok(Source { name: path.display().to_string(), text, folder })
    }
}

/// The files of rows to hold the simulator against.
#[derive(Clone, Debug)]
pub struct Published {
    /// Clocks per layer.
    pub layers: Source,
    /// Clocks and energy per model.
    pub models: Source,
    /// NP totals per template.
    pub np_counts: Source,
    /// Microbenchmarks.
    pub micro: Source,
    /// Stands in for the device of its name.
    pub device: Option<Device>,
}

impl Default for Published {
    /// The rows that come with the simulator.
    fn default() -> Self {
        Published {
            layers: Source::built_in("silicon-layers.csv", include_str!("../data/silicon-layers.csv")),
            models: Source::built_in("silicon-models.csv", include_str!("../data/silicon-models.csv")),
            np_counts: Source::built_in("np-counts.csv", include_str!("../data/np-counts.csv")),
            micro: Source::built_in("silicon-micro.csv", include_str!("../data/silicon-micro.csv")),
            device: None,
        }
    }
}

/// Runs every row of every file.
///
/// # Errors
/// Everything that is wrong with the files, all at once, each with its file and line.
pub fn validate(published: &Published) -> Result<Report, Vec<Error>> {
    let mut errors = Vec::new();
    let mut layers = collect(layer::read(&published.layers), &mut errors);
    let mut models = collect(model::read(&published.models), &mut errors);
    let counts = collect(count::read(&published.np_counts), &mut errors);
    let mut micro = collect(micro::read(&published.micro), &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    if let Some(device) = &published.device {
        let mut stands_in = false;
        let devices = layers.iter_mut().map(|row| &mut row.device);
        let devices = devices.chain(models.iter_mut().map(|row| &mut row.device));
        for other in devices.chain(micro.iter_mut().map(|row| &mut row.device)) {
            if other.name == device.name {
                *other = device.clone();
                stands_in = true;
            }
        }
        if !stands_in {
            return Err(vec![Error::Device { name: device.name.clone() }]);
        }
    }
    let templates = Templates { folder: published.np_counts.folder.clone() };
    let counts = collect(count::run(&counts, &templates, &published.np_counts.name), &mut errors);
    let layer_rows = collect(layer::run(&layers, &published.layers.name), &mut errors);
    let model_rows = collect(model::run(&models, &layers, &published.models.name), &mut errors);
    let micro = collect(micro::run(&micro, &layers, &published.micro.name), &mut errors);
    let clock_hz = layers.first().map_or(0, |layer| *layer.device.clock_hz);
    if errors.is_empty() {
        Ok(Report::new(layer_rows, model_rows, counts, micro, clock_hz))
    } else {
        Err(errors)
    }
}

fn collect<T>(result: Result<Vec<T>, Vec<Error>>, errors: &mut Vec<Error>) -> Vec<T> {
    result.unwrap_or_else(|more| {
        errors.extend(more);
        Vec::new()
    })
}
