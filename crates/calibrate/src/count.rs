//! Rows of NP totals: templates mapped under Minimal.

use std::path::PathBuf;

use serde::Serialize;

use crate::error::Error;
use crate::published::PublishedFile;
use crate::results::{all, joined};
use crate::table::Table;
use spikemesh_compiler::{Mode, Resources, partition};
use spikemesh_device::Device;
use spikemesh_model::{Model, template};
use spikemesh_stop::Stop;
use spikemesh_words::SourceLine;

/// Columns that must be there.
pub const COLUMNS: &[&str] = &["model_file", "published_minimal_nps"];

/// The device whose NPs are counted: all devices have the same.
const DEVICE: &str = "akd1000";

/// A row, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedCount {
    /// Its line.
    pub line: SourceLine,
    /// The template.
    pub template: String,
    /// NPs without the input unit.
    pub published: u32,
}

/// A row with what the mapping rule gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CountResult {
    /// The template.
    pub model_file: String,
    /// NPs by the mapping rule, the input unit not counted.
    pub predicted: u32,
    /// NPs as published.
    pub published: u32,
    /// They are the same.
    pub exact: bool,
}

/// Where templates come from.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    /// The folder of the file of rows: templates lie in `models` below it, or in it. None: those that come with the simulator.
    pub folder: Option<PathBuf>,
}

impl Templates {
    pub(crate) fn model(&self, name: &str) -> Result<Model, String> {
        if let Some(folder) = &self.folder {
            let inside = folder.join("models").join(name);
            let path = if inside.is_file() { inside } else { folder.join(name) };
            if path.is_file() {
                return template::load(&path).map_err(joined);
            }
        }
        match BUILT_IN.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => template::parse(name, text).map_err(joined),
            None => Err("there is no such file".to_owned()),
        }
    }
}

/// Reads all rows.
///
/// # Errors
/// Everything that makes no sense.
pub fn read(source: &PublishedFile) -> Result<Vec<PublishedCount>, Vec<Error>> {
    Table::parse(source, COLUMNS)?.read(|row| {
        let template = row.name("model_file");
        let published = row.number("published_minimal_nps", 0..=u32::MAX);
        Some(PublishedCount { line: row.line.clone(), template: template?, published: published? })
    })
}

/// Maps all templates.
///
/// # Errors
/// Templates that cannot be read or mapped.
pub fn run(
    counts: &[PublishedCount],
    templates: &Templates,
    stop: &Stop,
) -> Result<Vec<CountResult>, Vec<Error>> {
    let device = Device::load(DEVICE);
    let results = counts.iter().take_while(|_| !stop.is_set()).map(|count| {
        stop.progress().add(1);
        let wrong = |cause: String| Error::Template {
            line: count.line.clone(),
            template: count.template.clone(),
            cause,
        };
        let device = device.as_ref().map_err(|errors| wrong(format!("{errors:?}")))?;
        let model = templates.model(&count.template).map_err(wrong)?;
        let divided = partition(model.layers(), &Resources::from(device), Mode::Minimal)
            .map_err(|errors| wrong(joined(errors)))?;
        let (predicted, published) = (divided.total_nps(), count.published);
        let model_file = count.template.clone();
        Ok(CountResult { model_file, predicted, published, exact: predicted == published })
    });
    all(results.collect())
}

macro_rules! built_in {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../models/", $name)))),*]
    };
}

/// Templates that come with the simulator.
const BUILT_IN: [(&str, &str); 34] = built_in!(
    "an.25-160.yaml"
    "an.25-224.yaml"
    "an.5-224.yaml"
    "an.5edge-224.yaml"
    "an1-160.yaml"
    "an1-224.yaml"
    "convtiny.yaml"
    "devhub-arr.yaml"
    "devhub-kws12.yaml"
    "devhub-uored.yaml"
    "dscnn33.yaml"
    "faceid.yaml"
    "gxnor.yaml"
    "lfw.yaml"
    "mb.25-160.yaml"
    "mb.25-224.yaml"
    "mb.5-224.yaml"
    "mb1-224.yaml"
    "mnist-separable.yaml"
    "old-an.25-160.yaml"
    "old-an.5-224.yaml"
    "old-an1-160.yaml"
    "old-an1-224.yaml"
    "old-imagenette.25.yaml"
    "old-imagenette.5.yaml"
    "old-mb.25-160.yaml"
    "old-mb.25-224.yaml"
    "old-mb.5-224.yaml"
    "old-mb1-160.yaml"
    "old-melanoma.yaml"
    "old-oct.yaml"
    "old-odir.yaml"
    "scnn2.yaml"
    "utk.yaml"
);
