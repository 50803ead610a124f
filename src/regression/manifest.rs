//! The manifest: a RON file with a list of cases.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::NamedSource;
use ron::Options;
use ron::error::{Position, SpannedError};
use ron::extensions::Extensions;
use ron::value::RawValue;
use serde::de::IntoDeserializer;
use serde::{Deserialize, Deserializer};

use super::error::Error;
use crate::compiler::Mode;
use crate::device::Setting;
use crate::engine::InputOrder;
use crate::files::read_text;

/// Largest manifest in bytes.
pub const MAX_BYTES: u64 = 1 << 24;

/// A list of cases; a case that cannot be read is kept as an error.
#[derive(Debug)]
pub struct Manifest {
    /// The file.
    pub path: PathBuf,
    /// The folder that paths are relative to.
    pub folder: PathBuf,
    /// Name of each case, or `case N` if it cannot be read, and the case.
    pub cases: Vec<(String, Result<Case, Error>)>,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Unique in the manifest.
    pub name: String,
    /// A template, .fb or .fbz.
    pub model: PathBuf,
    /// A seed for layers without weights.
    #[serde(default)]
    pub random_weights: Option<u64>,
    /// A device's name, or a .ron file.
    pub device: String,
    /// Constants of the device that are set for this case, each `path=value`.
    #[serde(default)]
    pub set: Vec<Setting>,
    /// How many neural processors to spend.
    #[serde(default, deserialize_with = "mode")]
    pub mode: Mode,
    /// Images, uint8 (n, h, w, c), or events (n, w, h, c).
    pub inputs: PathBuf,
    /// The order of their axes; by default that of their number of channels.
    #[serde(default, deserialize_with = "order")]
    pub order: Option<InputOrder>,
    /// Only this many inputs, from the first.
    #[serde(default)]
    pub frames: Option<usize>,
    /// The file of golden outputs and cycles.
    pub golden: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<'a> {
    // Each case is read on its own, so that one that is wrong does not hide the others.
    #[serde(borrow)]
    cases: Vec<&'a RawValue>,
}

/// The name of a case, read even if the rest is invalid.
#[derive(Deserialize)]
struct CaseName {
    name: String,
}

impl Manifest {
    /// Reads a manifest. An error of one case is kept with the case.
    ///
    /// # Errors
    /// The file cannot be read, is not a list of cases, or has no cases.
    pub fn load(path: &Path) -> Result<Manifest, Error> {
        let io = |source| Error::Io { action: "read", path: path.to_path_buf(), source };
        let text = read_text(path, MAX_BYTES).map_err(|error| io(error.into()))?;
        Manifest::parse(path, &text)
    }

    /// Reads a manifest from its text; `path` names it and gives the folder of its files. Errors as for [`Manifest::load`].
    pub fn parse(path: &Path, text: &str) -> Result<Manifest, Error> {
        let source =
            ManifestText(Arc::new(NamedSource::new(path.display().to_string(), text.to_owned())), text);
        let options = Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        let file: File = options.from_str(text).map_err(|error| source.error(&error, 0))?;
        if file.cases.is_empty() {
            return Err(Error::NoCases { path: path.to_path_buf() });
        }
        let mut cases: Vec<(String, Result<Case, Error>)> = Vec::new();
        for (index, raw) in file.cases.iter().enumerate() {
            let case = options.from_str::<Case>(raw.get_ron());
            let named = options.from_str::<CaseName>(raw.get_ron());
            let called = named.map_or_else(|_| format!("case {}", index + 1), |named| named.name);
            cases.push(match case {
                Ok(case) => match cases.iter().position(|(name, _)| *name == case.name) {
                    Some(earlier) => {
                        (called, Err(Error::DuplicateCase { name: case.name, position: earlier + 1 }))
                    }
                    None => (called, Ok(case)),
                },
                Err(error) => {
                    // The raw text is a part of the whole text.
                    let start = raw.get_ron().as_ptr().addr().saturating_sub(text.as_ptr().addr());
                    (called, Err(source.error(&error, start)))
                }
            });
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        Ok(Manifest { path: path.to_path_buf(), folder, cases })
    }

    /// Sets constants of the devices of all cases, over what cases set themselves.
    pub fn set(&mut self, settings: &[Setting]) {
        for case in self.cases.iter_mut().filter_map(|(_, case)| case.as_mut().ok()) {
            case.set.extend_from_slice(settings);
        }
    }

    /// Files that the cases read, the manifest included; golden files are not among them.
    pub fn inputs(&self) -> Vec<PathBuf> {
        let cases = self.cases().flat_map(|case| {
            let device = case.device.ends_with(".ron").then(|| PathBuf::from(&case.device));
            [Some(case.model.clone()), Some(case.inputs.clone()), device].into_iter().flatten()
        });
        cases.map(|path| self.folder.join(path)).chain([self.path.clone()]).collect()
    }

    /// The golden files of the cases.
    pub fn goldens(&self) -> Vec<PathBuf> {
        self.cases().map(|case| self.folder.join(&case.golden)).collect()
    }

    fn cases(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter_map(|(_, case)| case.as_ref().ok())
    }
}

struct ManifestText<'a>(Arc<NamedSource<String>>, &'a str);

impl ManifestText<'_> {
    /// An error in the part of the text that begins at byte `start`.
    fn error(&self, error: &SpannedError, start: usize) -> Error {
        let part = self.1.get(start..).unwrap_or_default();
        let from = start + offset(part, error.span.start);
        let to = start + offset(part, error.span.end);
        Error::Syntax {
            reason: error.code.to_string(),
            text: Arc::clone(&self.0),
            place: (from..to.max(from)).into(),
        }
    }
}

/// The byte at a line and column, both from 1.
fn offset(text: &str, position: Position) -> usize {
    let before: usize = text.split_inclusive('\n').take(position.line.saturating_sub(1)).map(str::len).sum();
    let line = text.get(before..).unwrap_or_default();
    let column: usize = line.chars().take(position.col.saturating_sub(1)).map(char::len_utf8).sum();
    (before + column).min(text.len())
}

/// A mode by its name on the command line, which is no word of RON.
fn mode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Mode, D::Error> {
    let name = String::deserialize(deserializer)?;
    let mode: Result<Mode, serde::de::value::Error> = Mode::deserialize(name.as_str().into_deserializer());
    mode.map_err(|error| serde::de::Error::custom(format!("mode: {error}")))
}

/// An order by its name on the command line, quoted or not.
fn order<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<InputOrder>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    let name = raw.get_ron().trim().trim_matches('"');
    name.parse().map(Some).map_err(serde::de::Error::custom)
}
