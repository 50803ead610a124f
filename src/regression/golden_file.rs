//! The golden file of a case: what every frame gave, together in one file, so that it is of one run.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Error;
use crate::compiler::Mode;
use crate::device::ConstantLine;
use crate::document::{Document, Marked, Schema};
use crate::files::{self, ReadError, make_folders, read_text};
use crate::words::plural;

/// Largest golden file that is read, in bytes.
pub const MAX_BYTES: u64 = 1 << 30;

/// What a case must give, and what it was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Golden {
    /// Version of Spikemesh that made it.
    pub spikemesh: String,
    /// The layers of the model.
    pub model: Vec<GoldenModelLayer>,
    /// SHA-256 of the program file.
    pub program_sha256: String,
    /// SHA-256 of the input files, one after the other.
    pub inputs_sha256: String,
    /// How many neural processors were used.
    pub mode: Mode,
    /// Frames of a batch.
    pub batch: usize,
    /// Name of the device.
    pub device: String,
    /// SHA-256 of its canonical text: with other constants, other cycles are right.
    pub device_sha256: String,
    /// The lines of its canonical text.
    pub constants: Vec<ConstantLine>,
    /// Clocks of each frame.
    pub cycles: Vec<u64>,
    /// Every layer of the program.
    pub layers: Vec<GoldenLayer>,
    /// Every output of the program.
    pub outputs: Vec<GoldenOutput>,
}

/// A layer of the model: what its values depend on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GoldenModelLayer {
    /// Its name.
    pub name: String,
    /// Its type, the layers before it and its parameters, parted by spaces.
    pub parameters: String,
    /// Digest of its weights.
    pub weights: String,
    /// Digest of its thresholds and steps.
    pub thresholds: String,
}

/// A layer of a program in every frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GoldenLayer {
    /// Its name.
    pub name: String,
    /// Width, height and channels.
    pub shape: [usize; 3],
    /// What it did, frame by frame.
    pub frames: Vec<GoldenLayerFrame>,
    /// The levels of its map, (w, h, c), a hexadecimal digit each, of the first frames; of none for a layer that yields potentials.
    pub levels: Vec<String>,
}

/// A layer in a frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GoldenLayerFrame {
    /// Digest of its map.
    pub map: String,
    /// Values that are not 0.
    pub events: u64,
    /// Clocks of its slowest unit, stalls left out.
    pub clocks: u64,
    /// Cycles from the start of the frame until its last marker had left.
    pub end: u64,
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
        let mut value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let ours = Schema::Golden.to_string();
        let fields = value.as_object_mut().ok_or("it is no object")?;
        match fields.remove("schema") {
            Some(Value::String(schema)) if schema == ours => {}
            Some(schema) => return Err(format!("its format is {schema}, and this version reads `{ours}`")),
            None => return Err("it does not say its `schema`".to_owned()),
        }
        let golden: Golden = serde_json::from_value(value).map_err(|error| error.to_string())?;
        golden.check()?;
        Ok(golden)
    }

    /// Every list has an entry for each frame, of the right size.
    fn check(&self) -> Result<(), String> {
        let clocks = self.cycles.len();
        let frames_of = |name: &str, frames: usize| match frames == clocks {
            true => Ok(()),
            false => Err(format!(
                "`{name}` has {}, and there are cycles of {clocks}",
                plural(frames, "frame", "frames")
            )),
        };
        let values_of = |name: &str, shape: &[usize; 3], found: &mut dyn Iterator<Item = usize>| {
            let values = shape.iter().try_fold(1_usize, |product, side| product.checked_mul(*side));
            match found.enumerate().find(|(_, found)| Some(*found) != values) {
                None => Ok(()),
                Some((frame, found)) => Err(format!(
                    "frame {frame} of `{name}` has {}, and its shape is {shape:?}",
                    plural(found, "value", "values")
                )),
            }
        };
        for GoldenLayer { name, shape, frames, levels } in &self.layers {
            frames_of(name, frames.len())?;
            values_of(name, shape, &mut levels.iter().map(String::len))?;
            let is_level = |digit: u8| digit.is_ascii_hexdigit();
            if levels.len() > clocks || !levels.iter().all(|map| map.bytes().all(is_level)) {
                return Err(format!("`{name}` has levels of more frames than there are, or no levels"));
            }
        }
        for GoldenOutput { name, shape, frames } in &self.outputs {
            values_of(name, shape, &mut frames.iter().map(Vec::len))?;
            frames_of(name, frames.len())?;
        }
        Ok(())
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

    /// JSON with a line for each frame, layer and constant: so a change of one is a changed line.
    pub fn text(&self) -> String {
        // Numbers, words and lists of them always are JSON.
        let value = serde_json::to_value(Marked::new(self)).unwrap_or_default();
        let mut text = String::new();
        put(&value, 0, &mut text);
        text + "\n"
    }
}

/// Writes a value: what holds no list and no object takes one line, and so do lists of numbers.
fn put(value: &Value, level: usize, text: &mut String) {
    let is_plain = |value: &Value| !value.is_object() && !value.is_array();
    let (open, close, items): (_, _, Vec<(Option<&String>, &Value)>) = match value {
        Value::Object(fields) => ('{', '}', fields.iter().map(|(name, value)| (Some(name), value)).collect()),
        Value::Array(items) => ('[', ']', items.iter().map(|item| (None, item)).collect()),
        plain => return text.push_str(&plain.to_string()),
    };
    let words = value.is_array() && items.iter().any(|(_, item)| item.is_string());
    let in_line = !words && items.iter().all(|(_, item)| is_plain(item));
    let line = |level: usize, text: &mut String| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", level));
    };
    text.push(open);
    for (index, (name, item)) in items.iter().enumerate() {
        text.push_str(match (index, in_line) {
            (0, _) => "",
            (_, true) => ", ",
            (_, false) => ",",
        });
        if !in_line {
            line(level + 1, text);
        }
        if let Some(name) = name {
            text.push_str(&format!("{}: ", Value::from(name.as_str())));
        }
        put(item, level + 1, text);
    }
    if !in_line {
        line(level, text);
    }
    text.push(close);
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::regression) fn golden() -> Golden {
        let frames = vec![vec![1, -2, i32::MIN], vec![0, i32::MAX, 3]];
        let output =
            |name: &str| GoldenOutput { name: name.into(), shape: [1, 1, 3], frames: frames.clone() };
        let layer = |clocks| GoldenLayerFrame { map: "00".into(), events: 3, clocks, end: 9 };
        let layer = GoldenLayer {
            name: "a".into(),
            shape: [1, 3, 1],
            frames: vec![layer(1), layer(u64::MAX)],
            levels: vec!["0af".into()],
        };
        let model = GoldenModelLayer {
            name: "a".into(),
            parameters: "FullyConnected units=3".into(),
            weights: "11".into(),
            thresholds: "22".into(),
        };
        Golden {
            spikemesh: "0.1.0".into(),
            model: vec![model],
            program_sha256: "33".into(),
            inputs_sha256: "44".into(),
            mode: Mode::AllNps,
            batch: 1,
            device: "d".into(),
            device_sha256: "00".into(),
            constants: vec!["rows=4 documented".parse().unwrap(), "timing.a[0].kernel=3".parse().unwrap()],
            cycles: vec![7, u64::MAX],
            layers: vec![layer],
            outputs: vec![output("a \"head\""), output("b")],
        }
    }

    #[test]
    fn what_is_written_is_read_and_is_the_documents_json() {
        let golden = golden();
        assert_eq!(Golden::parse(&golden.text()).unwrap(), golden);
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(json(&golden.text()), json(&serde_json::to_string(&Marked::new(&golden)).unwrap()));
        let is_line = |wanted: &str| golden.text().lines().any(|line| line == wanted);
        assert!(is_line("        [0, 2147483647, 3]"), "{}", golden.text());
        assert!(is_line("        {\"map\": \"00\", \"events\": 3, \"clocks\": 1, \"end\": 9},"));
        assert!(is_line("    \"rows=4 documented\","));
    }

    #[test]
    fn files_of_other_versions_and_torn_files_are_refused() {
        let text = golden().text();
        let reason = |text: String| Golden::parse(&text).unwrap_err();
        assert!(reason(text.replace("golden/2", "golden/9")).contains("golden/9"));
        assert!(reason(text.replace("[7, 18446744073709551615]", "[7]")).contains("cycles of 1"));
        assert!(reason(text.replacen("[1, -2, -2147483648]", "[1]", 1)).contains("frame 0 of `a \"head\"`"));
        assert!(reason(text.replace("\"0af\"", "\"0a\"")).contains("frame 0 of `a`"));
        assert!(reason(text.replace("\"0af\"", "\"0ag\"")).contains("levels"));
        assert!(reason(text[..text.len() / 2].to_owned()).contains("EOF"));
        assert!(!reason("\u{0}".to_owned()).is_empty());
    }
}
