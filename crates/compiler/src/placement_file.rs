//! The placement file: which neural processor computes which slice. `map` writes it, `--place` reads it, a certificate has the same slices.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::placement_error::{PlacementError, PlacementProblem, PlacementText};

/// What a placement says that it is.
pub const PLACEMENT_SCHEMA: &str = "spikemesh.placement/1";

/// The largest placement file that is read, in bytes.
pub const MAX_PLACEMENT_BYTES: u64 = 16 << 20;

/// Slices on neural processors: all of a mapping, or those that are pinned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlacementFile {
    /// [`PLACEMENT_SCHEMA`].
    pub schema: String,
    /// Name of the model, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Name of the device, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The slices, in any order.
    pub slices: Vec<PlacedSlice>,
}

/// A slice on its neural processor. What is left out is not compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlacedSlice {
    /// Name of the layer.
    pub layer: String,
    /// Its slice, from 0: along y, and for each along filters.
    pub slice: u32,
    /// Name of the neural processor, such as `n4_1.np0`.
    pub np: String,
    /// The pass that computes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<u32>,
    /// Output rows that it computes: first, one past the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_rows: Option<[u32; 2]>,
    /// Its filters: first, one past the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filters: Option<[u32; 2]>,
}

impl PlacementFile {
    /// As a RON text, a line for each slice.
    pub fn text(&self) -> String {
        let mut text = format!("(\n    schema: {:?},\n", self.schema);
        for (field, value) in [("model", &self.model), ("device", &self.device)] {
            if let Some(value) = value {
                let _ = writeln!(text, "    {field}: {value:?},");
            }
        }
        text += "    slices: [\n";
        for placed in &self.slices {
            let _ = write!(
                text,
                "        (layer: {:?}, slice: {}, np: {:?}",
                placed.layer, placed.slice, placed.np
            );
            if let Some(pass) = placed.pass {
                let _ = write!(text, ", pass: {pass}");
            }
            for (field, range) in [("output_rows", placed.output_rows), ("filters", placed.filters)] {
                if let Some([first, end]) = range {
                    let _ = write!(text, ", {field}: ({first}, {end})");
                }
            }
            text += "),\n";
        }
        text + "    ],\n)\n"
    }
}

/// Slices that a placement file puts on neural processors, whatever the placer does with the others.
///
/// The file is held against the mapping when that is known: [`Error::Placement`](crate::Error::Placement) says what is impossible.
#[derive(Clone, Debug)]
pub struct Pins {
    pub(crate) file: PlacementFile,
    pub(crate) text: Arc<PlacementText>,
}

impl PartialEq for Pins {
    fn eq(&self, other: &Pins) -> bool {
        self.file == other.file
    }
}

impl Pins {
    /// Of the text of a placement file; `name` names the file in errors.
    ///
    /// # Errors
    /// Syntax errors, unknown or missing fields, another schema, with the place in the file.
    pub fn parse(name: &str, text: &str) -> Result<Pins, PlacementError> {
        let source = PlacementText::new(name, text);
        let options =
            ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
        let file: PlacementFile = options.from_str(text).map_err(|error| source.syntax(&error))?;
        if file.schema != PLACEMENT_SCHEMA {
            let problem = PlacementProblem::Schema { schema: file.schema, expected: PLACEMENT_SCHEMA };
            return Err(source.error("schema", problem));
        }
        Ok(Pins { file, text: Arc::new(source) })
    }

    /// The slices of the file.
    pub fn slices(&self) -> &[PlacedSlice] {
        &self.file.slices
    }
}

impl From<PlacementFile> for Pins {
    fn from(file: PlacementFile) -> Pins {
        let text = Arc::new(PlacementText::new("placement", &file.text()));
        Pins { file, text }
    }
}
