//! The golden file of a case: outputs and cycles of every frame, together in one file, so that they are of one run.

use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Error;
use crate::document::{Document, Schema};
use crate::files::{self, ReadError, make_folders, read_text};
use crate::words::plural;

/// Largest golden file that is read, in bytes.
pub const MAX_BYTES: u64 = 1 << 30;

/// What a case must give.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Golden {
    /// Name of the device.
    pub device: String,
    /// SHA-256 of its canonical text: with other constants, other cycles are right.
    pub device_sha256: String,
    /// Clocks of each frame.
    pub cycles: Vec<u64>,
    /// Every output of the program.
    pub outputs: Vec<GoldenOutput>,
}

/// One output of a program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GoldenOutput {
    /// The layer.
    pub name: String,
    /// Width, height and channels.
    pub shape: [usize; 3],
    /// The values of each frame, (w, h, c).
    pub frames: Vec<Vec<i32>>,
}

impl Document for Golden {
    const SCHEMA: Schema = Schema::Golden;
}

/// As a file has it: behind its schema.
#[derive(Deserialize)]
struct GoldenText {
    // Read before.
    #[serde(rename = "schema")]
    _schema: String,
    device: String,
    device_sha256: String,
    cycles: Vec<u64>,
    outputs: Vec<GoldenOutput>,
}

impl Golden {
    /// Reads a golden file.
    ///
    /// # Errors
    /// It is not there, of another version, or inconsistent.
    pub fn read(path: &Path) -> Result<Golden, Error> {
        let wrong = |reason: String| Error::GoldenFile { path: path.to_owned(), reason };
        let text = match read_text(path, MAX_BYTES) {
            Err(ReadError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::NoReference { path: path.to_owned() });
            }
            Err(ReadError::Io(source)) => {
                return Err(Error::Io { action: "read", path: path.to_owned(), source });
            }
            Err(error) => return Err(wrong(error.to_string())),
            Ok(text) => text,
        };
        let golden = Golden::parse(&text).map_err(wrong)?;
        Ok(golden)
    }

    pub fn parse(text: &str) -> Result<Golden, String> {
        #[derive(Deserialize)]
        struct Format {
            schema: Option<String>,
        }
        let format: Format = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let ours = Schema::Golden.to_string();
        match format.schema {
            Some(schema) if schema == ours => {}
            Some(schema) => return Err(format!("its format is `{schema}`, and this version reads `{ours}`")),
            None => return Err("it does not say its `schema`".to_owned()),
        }
        let GoldenText { device, device_sha256, cycles, outputs, .. } =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        for output in &outputs {
            let values = output.shape.iter().try_fold(1_usize, |product, side| product.checked_mul(*side));
            let wrong = output.frames.iter().position(|frame| Some(frame.len()) != values);
            if let Some(frame) = wrong {
                let found = output.frames[frame].len();
                let GoldenOutput { name, shape, .. } = output;
                return Err(format!(
                    "frame {frame} of `{name}` has {}, and its shape is {shape:?}",
                    plural(found, "value", "values")
                ));
            }
            if output.frames.len() != cycles.len() {
                let (frames, clocks) = (output.frames.len(), cycles.len());
                return Err(format!(
                    "`{}` has {}, and there are cycles of {clocks}",
                    output.name,
                    plural(frames, "frame", "frames")
                ));
            }
        }
        Ok(Golden { device, device_sha256, cycles, outputs })
    }

    /// Writes a golden file, and makes its folder: whole or not at all.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let io = |action, path: &Path, source| Error::Io { action, path: path.to_owned(), source };
        let folder = path.parent().unwrap_or(Path::new(""));
        make_folders(folder).map_err(|source| io("create", folder, source))?;
        files::write(path, self.text().as_bytes()).map_err(|source| io("write", path, source))
    }

    /// JSON with a line for each frame: so a change of a frame is a changed line.
    pub fn text(&self) -> String {
        let Golden { device, device_sha256, cycles, outputs } = self;
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let mut text = String::from("{\n");
        let _ = writeln!(text, "  \"schema\": \"{}\",", Schema::Golden);
        let _ = writeln!(text, "  \"device\": {},", quoted(device));
        let _ = writeln!(text, "  \"device_sha256\": {},", quoted(device_sha256));
        let _ = writeln!(text, "  \"cycles\": {cycles:?},\n  \"outputs\": [");
        for (index, GoldenOutput { name, shape, frames }) in outputs.iter().enumerate() {
            let _ = writeln!(text, "    {{\"name\": {}, \"shape\": {shape:?}, \"frames\": [", quoted(name));
            let lines: Vec<String> = frames.iter().map(|frame| format!("      {frame:?}")).collect();
            let comma = if index + 1 < outputs.len() { "," } else { "" };
            let _ = writeln!(text, "{}\n    ]}}{comma}", lines.join(",\n"));
        }
        text + "  ]\n}\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Marked;

    fn golden() -> Golden {
        let frames = vec![vec![1, -2, i32::MIN], vec![0, i32::MAX, 3]];
        let output =
            |name: &str| GoldenOutput { name: name.into(), shape: [1, 1, 3], frames: frames.clone() };
        let outputs = vec![output("a \"head\""), output("b")];
        Golden { device: "d".into(), device_sha256: "00".into(), cycles: vec![7, u64::MAX], outputs }
    }

    #[test]
    fn what_is_written_is_read_and_is_the_documents_json() {
        let golden = golden();
        assert_eq!(Golden::parse(&golden.text()).unwrap(), golden);
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(json(&golden.text()), json(&serde_json::to_string(&Marked::new(&golden)).unwrap()));
        assert!(golden.text().lines().any(|line| line == "      [0, 2147483647, 3]"));
    }

    #[test]
    fn files_of_other_versions_and_torn_files_are_refused() {
        let text = golden().text();
        let reason = |text: String| Golden::parse(&text).unwrap_err();
        assert!(reason(text.replace("golden/1", "golden/9")).contains("golden/9"));
        assert!(reason(text.replace("[7, 18446744073709551615]", "[7]")).contains("cycles of 1"));
        assert!(reason(text.replacen("[1, -2, -2147483648]", "[1]", 1)).contains("frame 0 of `a \"head\"`"));
        assert!(reason(text[..text.len() / 2].to_owned()).contains("EOF"));
        assert!(!reason("\u{0}".to_owned()).is_empty());
    }
}
