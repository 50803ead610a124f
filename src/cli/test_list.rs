//! `spikemesh test --list`: the cases of a manifest.

use serde::Serialize;

use super::console::Console;
use super::error::VerbError;
use super::table::{Align, Table};
use crate::document::{Document, Schema};
use crate::regression::Manifest;

/// The cases that would run.
#[derive(Serialize)]
struct CaseList {
    cases: Vec<ListedCase>,
}

impl Document for CaseList {
    const SCHEMA: Schema = Schema::Cases;
}

#[derive(Serialize)]
struct ListedCase {
    name: String,
    tags: Vec<String>,
    /// It can be read.
    valid: bool,
    model: Option<String>,
    device: Option<String>,
}

/// Lists cases in the order of the manifest.
pub(super) fn list(manifest: &Manifest, console: &Console) -> Result<(), VerbError> {
    let case = |case: &crate::regression::ManifestCase| {
        let read = case.case.as_ref().ok();
        ListedCase {
            name: case.name.clone(),
            tags: case.tags.clone(),
            valid: read.is_some(),
            model: read.map(|case| case.model.display().to_string()),
            device: read.map(|case| case.device.clone()),
        }
    };
    let cases = CaseList { cases: manifest.cases.iter().map(case).collect() };
    console.data(&cases, |CaseList { cases }| {
        let mut table = Table::new(&[
            ("case", Align::Left),
            ("device", Align::Left),
            ("model", Align::Left),
            ("tags", Align::Left),
        ]);
        for ListedCase { name, tags, valid, model, device } in cases {
            let unread = || if *valid { String::new() } else { "(cannot be read)".to_owned() };
            let cell = |text: &Option<String>| text.clone().unwrap_or_default();
            table.row([name.clone(), device.clone().unwrap_or_else(unread), cell(model), tags.join(", ")]);
        }
        table
    })
}
