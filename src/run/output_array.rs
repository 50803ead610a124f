//! The arrays that a run writes: one for each output of the program, over all frames.

use sha2::{Digest, Sha256};

use crate::engine;
use crate::isa::{MapShape, Program};
use crate::tensor::{Dense, Sparse};

/// The file of the last layer's output.
const LAST_OUTPUT: &str = "outputs.npy";

/// An array of outputs: which part of a frame's values it holds, and the name of its file. The values of a frame are those of its outputs, one after
/// the other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OutputArray {
    /// The layer.
    pub name: String,
    /// Its file in the run directory.
    pub file: String,
    /// Width, height and channels.
    pub map: MapShape,
    /// Raw potentials instead of levels.
    pub potentials: bool,
    /// Where it begins among the values of a frame.
    pub begin: usize,
}

impl OutputArray {
    /// The shape of the array of some frames: (n, w, h, c).
    pub fn shape(&self, frames: usize) -> [usize; 4] {
        [frames, self.map.width as usize, self.map.height as usize, self.map.channels as usize]
    }

    /// Its values among those of a frame.
    pub fn of<'a>(&self, outputs: &'a [i32]) -> &'a [i32] {
        &outputs[self.begin..self.begin + self.map.len()]
    }

    /// As the engine gives them: `frames` are this array's values of each frame.
    pub fn output<'a>(&self, frames: impl ExactSizeIterator<Item = &'a [i32]>) -> engine::Output {
        let shape = self.shape(frames.len());
        let values = frames.flatten();
        if self.potentials {
            engine::Output::Potentials(Dense { shape, data: values.copied().collect() })
        } else {
            // Levels are 4 bits.
            let data = values.map(|level| *level as u8).collect();
            engine::Output::Levels(Sparse::from_dense(&Dense { shape, data }))
        }
    }
}

/// The arrays of a program, in the order of its outputs.
pub(crate) fn output_arrays(program: &Program) -> Vec<OutputArray> {
    let names: Vec<&str> =
        program.outputs.iter().map(|output| program.output_map(output).name.as_str()).collect();
    let mut begin = 0;
    let arrays = program.outputs.iter().zip(file_names(&names)).map(|(output, file)| {
        let output_map = program.output_map(output);
        let array = OutputArray {
            name: output_map.name.clone(),
            file: format!("outputs/{file}.npy"),
            map: output_map.map,
            potentials: output_map.potentials,
            begin,
        };
        begin += array.map.len();
        array
    });
    arrays.collect()
}

/// The arrays that a run directory gets: one for each output, and that of the last layer once more, as [`LAST_OUTPUT`].
pub(crate) fn written_arrays(program: &Program) -> Vec<OutputArray> {
    let mut arrays = output_arrays(program);
    let last = arrays.last().map(|array| OutputArray { file: LAST_OUTPUT.to_owned(), ..array.clone() });
    arrays.extend(last);
    arrays
}

/// Longest name of a file before its extension, in bytes.
const MAX_NAME: usize = 200;

/// A file name for a name, as [`file_names`] has it.
pub(crate) fn file_name(name: &str) -> String {
    file_names(&[name]).swap_remove(0)
}

/// A file name for each name, each another one, on every file system: letters, digits, `_`, `-`, `.` inside, and spaces inside stay, any other byte is
/// `%` and two hexadecimal digits. A name that is too long, or that differs from another by capitals only, is made of its begin and its hash.
fn file_names(names: &[&str]) -> Vec<String> {
    let encoded: Vec<String> = names.iter().map(|name| encode(name)).collect();
    let is_like = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    encoded
        .iter()
        .zip(names)
        .map(|(file, name)| {
            let twins = encoded.iter().filter(|other| is_like(other, file)).count() > 1;
            if !twins && file.len() <= MAX_NAME {
                return file.clone();
            }
            let hash = Sha256::digest(name.as_bytes());
            let hash: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            // `~` is in no other name.
            format!("{}~{hash}", &file[..file.len().min(MAX_NAME)])
        })
        .collect()
}

fn encode(name: &str) -> String {
    let last = name.len().saturating_sub(1);
    let mut file = String::with_capacity(name.len());
    for (at, byte) in name.bytes().enumerate() {
        let inside = at > 0 && at < last;
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => file.push(byte as char),
            b'.' | b' ' if inside => file.push(byte as char),
            _ => file += &format!("%{byte:02x}"),
        }
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn usual_names_stay() {
        assert_eq!(file_names(&["age", "dense_2", "conv.a b"]), ["age", "dense_2", "conv.a b"]);
        assert_eq!(file_names(&["../x", ".", "a/b", "%41"]), ["%2e.%2fx", "%2e", "a%2fb", "%2541"]);
    }

    proptest! {
        /// Whatever layers are called, every file is a file of the folder, another one for each layer, whatever case the file system heeds.
        #[test]
        fn every_name_is_a_file_of_its_own(
            names in prop::collection::btree_set("[aAbB./ ~%é\\\\:]{1,4}|[xX]{195,256}", 1..12),
        ) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let files = file_names(&names);
            let lower: BTreeSet<String> = files.iter().map(|file| file.to_lowercase()).collect();
            prop_assert_eq!(lower.len(), names.len(), "{:?}", files);
            for file in &files {
                prop_assert!(!file.contains(['/', '\\', ':']) && !file.starts_with('.') && file.len() <= 240, "{}", file);
            }
        }
    }
}
