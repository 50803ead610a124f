//! The files beside a wave with which viewers open it.

use std::sync::Arc;

use super::format::WaveFormat;
use super::signal::{NameTable, SignalKind};
use super::summary::WaveSummary;
use super::view::View;
use super::{gtkwave, surfer, translate};

/// A file beside a wave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BesideFile {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The names of files that may come beside a wave of this name.
pub fn names_beside(file: &str, format: WaveFormat) -> Vec<String> {
    let mut names = vec![format!("{file}.gtkw"), format!("{file}.sucl")];
    if format.has_numbers_for_names() {
        names.extend(["state", "phase", "layer", "owner"].map(|what| translate::file_name(file, what)));
    }
    names
}

impl WaveSummary {
    /// The files that belong beside a wave of this name: for GTKWave, for Surfer, and where names are numbers those that take them back, for both.
    pub fn beside(&self, file: &str, format: WaveFormat) -> Vec<BesideFile> {
        let view = View::new(self);
        let mut files = vec![
            BesideFile { name: format!("{file}.gtkw"), text: gtkwave::save_file(&view, file, format) },
            BesideFile { name: format!("{file}.sucl"), text: surfer::command_file(&view) },
        ];
        if format.has_numbers_for_names() {
            for table in self.tables() {
                let name = translate::file_name(file, table.what);
                files.push(BesideFile { name, text: translate::mapping(&table) });
            }
        }
        files
    }

    /// The tables of names that signals of the file take, each once.
    fn tables(&self) -> Vec<Arc<NameTable>> {
        let mut tables: Vec<Arc<NameTable>> = Vec::new();
        for signal in self.names.values() {
            if let SignalKind::Name(table) = self.catalogue.kind(*signal)
                && !tables.iter().any(|known| known.what == table.what)
            {
                tables.push(table.clone());
            }
        }
        tables
    }
}
