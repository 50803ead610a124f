//! The JSON that Spikemesh gives out, on standard output, in files and to Python: each kind says what it is in its field `schema`.

use std::fmt;

use serde::{Serialize, Serializer};

/// A kind of JSON. `docs/formats/json.md` has a row for each and names its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// `run.json`.
    Run,
    /// `stats.json`.
    Stats,
    /// `plan.json`, and what `map` prints.
    Plan,
    /// What `map --compile-report` writes.
    Compile,
    /// What `map --certificate` writes.
    Certificate,
    /// What `run` and `demo` print.
    RunSummary,
    /// What `explain` prints.
    Explain,
    /// What `report` prints of one run.
    Report,
    /// What `report` prints of two runs.
    Comparison,
    /// What `check` prints.
    Check,
    /// What `check --list` prints.
    Rules,
    /// What `device` prints without a name.
    Devices,
    /// What `device NAME` prints.
    Device,
    /// What `asm` prints.
    Assembly,
    /// What `disasm` prints.
    Listing,
    /// What `test` prints.
    Test,
    /// What `test --list` prints.
    Cases,
    /// The golden file of a regression case.
    Golden,
    /// What `verify` prints.
    Verify,
    /// What `diff` prints.
    Diff,
    /// What `replay` prints.
    Replay,
    /// What `trace` prints.
    Trace,
    /// What `traffic` prints.
    Traffic,
    /// What `validate` prints.
    Validation,
    /// What `fit` prints.
    Fit,
    /// What `sweep` prints.
    Sweep,
    /// What `sweep report` prints.
    SweepReport,
    /// What the table of a sweep's folder is that of.
    Space,
    /// The file of a point of a sweep.
    Point,
    /// Errors on standard error.
    Problems,
    /// A warning on standard error.
    Warning,
}

impl Schema {
    /// Name and version. The version is raised when a field is renamed, removed or changes its meaning.
    const fn name_and_version(self) -> (&'static str, u32) {
        match self {
            Schema::Run => ("run", 4),
            Schema::Stats => ("stats", 4),
            Schema::Plan => ("plan", 1),
            Schema::Compile => ("compile", 1),
            Schema::Certificate => ("certificate", 2),
            Schema::RunSummary => ("run-summary", 2),
            Schema::Explain => ("explain", 2),
            Schema::Report => ("report", 2),
            Schema::Comparison => ("comparison", 1),
            Schema::Check => ("check", 1),
            Schema::Rules => ("rules", 1),
            Schema::Devices => ("devices", 1),
            Schema::Device => ("device", 1),
            Schema::Assembly => ("assembly", 1),
            Schema::Listing => ("listing", 1),
            Schema::Test => ("test", 1),
            Schema::Cases => ("cases", 1),
            Schema::Golden => ("golden", 2),
            Schema::Verify => ("verify", 1),
            Schema::Diff => ("diff", 1),
            Schema::Replay => ("replay", 1),
            Schema::Trace => ("trace", 1),
            Schema::Traffic => ("traffic", 1),
            Schema::Validation => ("validation", 1),
            Schema::Fit => ("fit", 1),
            Schema::Sweep => ("sweep", 1),
            Schema::SweepReport => ("sweep-report", 1),
            Schema::Space => ("space", 1),
            Schema::Point => ("point", 2),
            Schema::Problems => ("problems", 1),
            Schema::Warning => ("warning", 1),
        }
    }
}

/// `spikemesh.run/4`.
impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, version) = self.name_and_version();
        write!(f, "spikemesh.{name}/{version}")
    }
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A value that is given out as a JSON object. Nothing else is: the console and the run directory take documents only.
pub trait Document: Serialize {
    /// Its kind.
    const SCHEMA: Schema;
}

/// A document with its schema before its own fields.
#[derive(Serialize)]
pub(crate) struct Marked<'a, T> {
    schema: Schema,
    #[serde(flatten)]
    document: &'a T,
}

impl<T: Document> Marked<'_, T> {
    /// Puts the schema before the fields of a document.
    pub(crate) fn new(document: &T) -> Marked<'_, T> {
        Marked { schema: T::SCHEMA, document }
    }
}

/// A document as JSON in one line, as Python takes it.
///
/// # Errors
/// A value that JSON cannot hold: a defect of the document.
pub fn to_json<T: Document>(document: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Marked::new(document))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Small {
        frames: u32,
    }

    impl Document for Small {
        const SCHEMA: Schema = Schema::Run;
    }

    #[test]
    fn the_schema_comes_first() {
        assert_eq!(to_json(&Small { frames: 3 }).unwrap(), r#"{"schema":"spikemesh.run/4","frames":3}"#);
    }
}
