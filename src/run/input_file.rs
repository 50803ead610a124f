//! From a file to the input of a program: the only reader, of every verb.

use std::path::Path;

use super::error::Error;
use super::frames::input_shape;
use super::hashed_file::sha256;
use crate::Stop;
use crate::engine::{InputOrder, OrderedInput};
use crate::isa::Program;
use crate::tensor::{self, Dense, npy};
use spikemesh_stop::UntilStop;

/// The array of an input file. Which of its axes is the width is decided by [`InputFile::ordered`].
pub(crate) struct InputFile {
    array: Dense<u8>,
    /// SHA-256 of the file.
    pub sha256: String,
}

impl InputFile {
    /// Reads a uint8 `.npy` file of four dimensions.
    ///
    /// # Errors
    /// The file cannot be read, is damaged, or holds another array.
    pub fn read(path: &Path) -> Result<InputFile, tensor::Error> {
        InputFile::parse(&path.display().to_string(), &npy::read_bytes(path)?)
    }

    /// As [`InputFile::read`], with the bytes of the file if they are at most `limit`.
    pub fn read_and_keep(path: &Path, limit: u64) -> Result<(InputFile, Option<Vec<u8>>), tensor::Error> {
        let bytes = npy::read_bytes(path)?;
        let file = InputFile::parse(&path.display().to_string(), &bytes)?;
        Ok((file, Some(bytes).filter(|bytes| bytes.len() as u64 <= limit)))
    }

    /// As [`InputFile::read`]; none if `stop` was set before the end.
    pub fn read_until(path: &Path, stop: &Stop) -> Result<Option<InputFile>, tensor::Error> {
        let bytes = npy::read_bytes_from(path, |file| UntilStop::new(file, stop));
        let read = bytes.and_then(|bytes| {
            let name = path.display().to_string();
            if stop.is_set() { Ok(None) } else { InputFile::parse(&name, &bytes).map(Some) }
        });
        if stop.is_set() { Ok(None) } else { read }
    }

    /// As [`InputFile::read`], from the bytes of the file; `name` is shown in messages.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<InputFile, tensor::Error> {
        Ok(InputFile { array: npy::parse_dense(name, bytes)?, sha256: sha256(bytes) })
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.array.shape[0]
    }

    /// The axes of a sample.
    pub fn shape(&self) -> [usize; 3] {
        let [_, a, b, c] = self.array.shape;
        [a, b, c]
    }

    /// The samples of another file behind these; none if its axes are others.
    pub fn then(mut self, other: InputFile) -> Option<InputFile> {
        if self.shape() != other.shape() {
            return None;
        }
        self.array.shape[0] += other.array.shape[0];
        self.array.data.extend_from_slice(&other.array.data);
        self.sha256 = sha256(format!("{} {}", self.sha256, other.sha256).as_bytes());
        Some(self)
    }

    /// The samples as an `.npy` file.
    pub fn npy(&self) -> Result<Vec<u8>, tensor::Error> {
        npy::to_bytes(&self.array.shape, &self.array.data)
    }

    /// The first samples, at most so many, and the hash of the whole file.
    pub fn first(&self, samples: usize) -> InputFile {
        let [n, a, b, c] = self.array.shape;
        let n = n.min(samples);
        let array = Dense { shape: [n, a, b, c], data: self.array.data[..n * a * b * c].to_vec() };
        InputFile { array, sha256: self.sha256.clone() }
    }

    /// Drops all samples from `samples` on.
    pub fn truncate(&mut self, samples: usize) {
        let [n, a, b, c] = self.array.shape;
        let n = n.min(samples);
        self.array.shape[0] = n;
        self.array.data.truncate(n * a * b * c);
    }

    /// The input of a program, in the order that is `named`, otherwise in the one of its number of channels.
    ///
    /// # Errors
    /// The array does not fit in this order and fits in the other.
    pub fn ordered(self, program: &Program, named: Option<InputOrder>) -> Result<OrderedInput, Error> {
        Ok(OrderedInput::new(self.array, input_shape(program), named)?)
    }
}
