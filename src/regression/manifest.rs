//! The manifest: a RON file with a list of cases.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::NamedSource;
use ron::Options;
use ron::error::{Position, SpannedError};
use ron::extensions::Extensions;
use ron::value::RawValue;
use serde::Deserialize;

use super::case_entry::{Case, CaseEntry};
use super::error::Error;
use super::selection::Selection;
use crate::device::Setting;
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
    /// The cases.
    pub cases: Vec<ManifestCase>,
}

/// A case of a manifest, or why it cannot be read.
#[derive(Debug)]
pub struct ManifestCase {
    /// Its name, or `case N` if that cannot be read.
    pub name: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The case.
    pub case: Result<Case, Error>,
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
        let mut cases: Vec<ManifestCase> = Vec::new();
        let mut positions: BTreeMap<String, usize> = BTreeMap::new();
        for (index, raw) in file.cases.iter().enumerate() {
            // The raw text is a part of the whole text.
            let start = raw.get_ron().as_ptr().addr().saturating_sub(text.as_ptr().addr());
            let entry = options.from_str::<CaseEntry>(raw.get_ron());
            let named = options.from_str::<CaseName>(raw.get_ron());
            let called = named.map_or_else(|_| format!("case {}", index + 1), |named| named.name);
            let wrong = |name: &str, error: Error| ManifestCase {
                name: name.to_owned(),
                tags: Vec::new(),
                case: Err(error),
            };
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    positions.entry(called.clone()).or_insert(cases.len());
                    cases.push(wrong(&called, source.error(&error, start)));
                    continue;
                }
            };
            let expanded = match entry.expand() {
                Ok(expanded) => expanded,
                Err(reason) => {
                    let place = (start..start + raw.get_ron().len()).into();
                    positions.entry(called.clone()).or_insert(cases.len());
                    cases.push(wrong(&called, Error::Syntax { reason, text: Arc::clone(&source.0), place }));
                    continue;
                }
            };
            for case in expanded {
                let first = *positions.entry(case.name.clone()).or_insert(cases.len());
                cases.push(match first == cases.len() {
                    true => ManifestCase { name: case.name.clone(), tags: case.tags.clone(), case: Ok(case) },
                    false => wrong(
                        &case.name.clone(),
                        Error::DuplicateCase { name: case.name, position: first + 1 },
                    ),
                });
            }
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        Ok(Manifest { path: path.to_path_buf(), folder, cases })
    }

    /// Keeps the cases that are selected, in their order.
    ///
    /// # Errors
    /// No case has one of the names and tags.
    pub fn select(&mut self, selection: &Selection) -> Result<(), Error> {
        self.cases.retain(|case| selection.matches(&case.name, &case.tags));
        if self.cases.is_empty() {
            return Err(Error::NoneSelected { filters: selection.filters() });
        }
        let mut index = 0..;
        self.cases.retain(|_| index.next().is_some_and(|index| selection.has(index)));
        Ok(())
    }

    /// Sets constants of the devices of all cases, over what cases set themselves.
    pub fn set(&mut self, settings: &[Setting]) {
        for case in self.cases.iter_mut().filter_map(|case| case.case.as_mut().ok()) {
            case.set.extend_from_slice(settings);
        }
    }

    /// Files that the cases read, the manifest included; golden files are not among them.
    pub fn inputs(&self) -> Vec<PathBuf> {
        let cases = self.cases().flat_map(|case| {
            let device = case.device.ends_with(".ron").then(|| PathBuf::from(&case.device));
            let files = [Some(case.model.clone()), device].into_iter().flatten();
            files.chain(case.inputs.clone()).chain(case.labels.clone())
        });
        cases.map(|path| self.folder.join(path)).chain([self.path.clone()]).collect()
    }

    /// The golden files of the cases.
    pub fn goldens(&self) -> Vec<PathBuf> {
        self.cases().filter_map(|case| Some(self.folder.join(case.golden.as_ref()?))).collect()
    }

    fn cases(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter_map(|case| case.case.as_ref().ok())
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
