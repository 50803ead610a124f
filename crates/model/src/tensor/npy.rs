//! Arrays in `.npy` files.
//!
//! Reading trusts nothing: the header is parsed by a strict parser without recursion, and memory is taken for values
//! that are there, never for values that a header promises.

mod advice;
mod header;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::dense::{Dense, values};
use super::error::Error;
pub use advice::{ValueRange, conversion};
use header::Header;
use spikemesh_files::{foreign_format, read_declared};
use spikemesh_words::plural;

/// Largest file that is read, 8 GiB.
pub const MAX_BYTES: u64 = 1 << 33;

/// An array of any number of dimensions, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Array<T> {
    /// Sizes, slowest first; empty for a single value.
    pub shape: Vec<usize>,
    /// Values; `shape` multiplied out.
    pub data: Vec<T>,
}

/// A type of values in a `.npy` file.
pub trait Element: Copy {
    /// Its name in a header.
    const DESCR: &'static str;
    /// Its name in NumPy.
    const NAME: &'static str;
    /// Its bytes, all of them, in little-endian order.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
    /// Appends its bytes in little-endian order.
    fn put(self, bytes: &mut Vec<u8>);
}

macro_rules! element {
    ($($type:ty, $descr:literal, $name:literal;)*) => {$(
        impl Element for $type {
            const DESCR: &'static str = $descr;
            const NAME: &'static str = $name;
            fn from_bytes(bytes: &[u8]) -> Option<Self> {
                Some(<$type>::from_le_bytes(bytes.try_into().ok()?))
            }
            fn put(self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }
        }
    )*};
}
element! {
    u8, "|u1", "uint8"; i8, "|i1", "int8"; i32, "<i4", "int32"; i64, "<i8", "int64"; f32, "<f4", "float32";
}

/// Reads an array of any shape. Errors: the file cannot be read, is no `.npy` file, is damaged, or has another type.
pub fn read<T: Element>(path: &Path) -> Result<Array<T>, Error> {
    parse(&path.display().to_string(), &read_bytes(path)?)
}

/// The bytes of a file, as far as its header says that it goes, and one more to show that there are more; of any other file its first bytes.
/// Errors: the file cannot be read, or has more than [`MAX_BYTES`].
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, Error> {
    read_bytes_from(path, |file| file)
}

/// As [`read_bytes`], through the reader that `through` makes of the file.
pub fn read_bytes_from<R: Read>(path: &Path, through: impl FnOnce(File) -> R) -> Result<Vec<u8>, Error> {
    let name = path.display().to_string();
    let length = |head: &[u8]| match Header::parse(head) {
        // Of what is no array, these bytes tell enough.
        Err(_) => Ok(head.len() as u64),
        Ok((header, data)) => {
            let length = (head.len() - data.len()) as u64 + header.data_bytes();
            if length <= MAX_BYTES { Ok(length) } else { Err(too_large(&name, MAX_BYTES)) }
        }
    };
    let unread =
        |error: io::Error| Error::File { action: "read", path: name.clone(), reason: error.to_string() };
    let file = File::open(path).map_err(unread)?;
    read_declared(through(file), header::MAX_BYTES, length).map_err(unread)?
}

/// Reads images (n, h, w, c) or events (n, w, h, c). Errors: those of [`read`], or not four dimensions.
pub fn read_dense<T: Element>(path: &Path) -> Result<Dense<T>, Error> {
    dense(&path.display().to_string(), read(path)?)
}

/// Images or events from the bytes of a file. Errors: those of [`parse`], or not four dimensions.
pub fn parse_dense<T: Element>(path: &str, bytes: &[u8]) -> Result<Dense<T>, Error> {
    dense(path, parse(path, bytes)?)
}

fn too_large(path: &str, limit: u64) -> Error {
    Error::NpyFormat { path: path.to_owned(), reason: format!("larger than {limit} bytes") }
}

fn dense<T: Element>(path: &str, Array { shape, data }: Array<T>) -> Result<Dense<T>, Error> {
    match <[usize; 4]>::try_from(shape) {
        Ok(shape) => Dense::new(shape, data),
        Err(shape) => Err(Error::NpyRank { path: path.to_owned(), found: shape.len(), shape, expected: 4 }),
    }
}

/// Reads an array from the bytes of a file; `path` is the name that messages show.
pub fn parse<T: Element>(path: &str, bytes: &[u8]) -> Result<Array<T>, Error> {
    let format = |reason: String| Error::NpyFormat { path: path.to_string(), reason };
    if bytes.len() as u64 > MAX_BYTES {
        return Err(too_large(path, MAX_BYTES));
    }
    let foreign = foreign_format(bytes).filter(|_| !bytes.starts_with(header::MAGIC));
    let (header, data) = Header::parse(bytes)
        .map_err(|reason| format(foreign.map_or(reason, |name| format!("it is {name}"))))?;
    if header.descr != T::DESCR {
        let advice = conversion(ValueRange::of_bytes(&header.descr, data), T::NAME);
        let found = header.descr;
        return Err(Error::NpyType { path: path.to_string(), found, expected: T::DESCR, advice });
    }
    let expected = values(&header.shape)?;
    let (shape, bytes) = (&header.shape, expected * size_of::<T>());
    if data.len() < bytes {
        let found = plural(data.len(), "byte", "bytes");
        return Err(format(format!("{found} of values, the shape {shape:?} needs {bytes}")));
    }
    if data.len() > bytes {
        let needed = plural(bytes, "byte", "bytes");
        return Err(format(format!("more than the {needed} of values that the shape {shape:?} needs")));
    }
    // As much memory as there are values, and not the next power of two.
    let mut stored = Vec::with_capacity(expected);
    stored.extend(data.chunks_exact(size_of::<T>()).filter_map(T::from_bytes));
    let data = if header.fortran_order { row_major(&header.shape, stored) } else { stored };
    Ok(Array { shape: header.shape, data })
}

/// Column-major values, first dimension fastest, in row-major order.
fn row_major<T: Copy>(shape: &[usize], stored: Vec<T>) -> Vec<T> {
    if stored.is_empty() {
        // Next to a side of 0 the others may be of any size, and their product may overflow.
        return stored;
    }
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for side in shape {
        strides.push(stride);
        stride *= side;
    }
    let mut index = vec![0; shape.len()];
    let mut flat = 0;
    let mut data = Vec::with_capacity(stored.len());
    for _ in 0..stored.len() {
        data.push(stored[flat]);
        // Counts up with the last dimension fastest, keeping `flat` in step.
        for dimension in (0..shape.len()).rev() {
            index[dimension] += 1;
            flat += strides[dimension];
            if index[dimension] < shape[dimension] {
                break;
            }
            flat -= strides[dimension] * shape[dimension];
            index[dimension] = 0;
        }
    }
    data
}

/// How the file of an array of this shape begins; its values follow, row-major, little-endian. For arrays that are written piece by piece.
pub fn header<T: Element>(shape: &[usize]) -> Vec<u8> {
    header::bytes(T::DESCR, shape)
}

/// Writes an array: aside first, then in place, so that no half-written file is left. Errors: not as many values as the
/// shape has, the file cannot be written.
pub fn write<T: Element>(path: &Path, shape: &[usize], data: &[T]) -> Result<(), Error> {
    let bytes = to_bytes(shape, data)?;
    spikemesh_files::write(path, &bytes).map_err(|error| Error::File {
        action: "write",
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}

/// The bytes of the file of an array. Errors: not as many values as the shape has.
pub fn to_bytes<T: Element>(shape: &[usize], data: &[T]) -> Result<Vec<u8>, Error> {
    let expected = values(shape)?;
    if data.len() != expected {
        return Err(Error::Length { values: data.len(), shape: shape.to_vec(), expected });
    }
    let mut bytes = header::<T>(shape);
    bytes.reserve(size_of_val(data));
    data.iter().for_each(|value| value.put(&mut bytes));
    Ok(bytes)
}

impl<T: Element> Dense<T> {
    /// Writes the array to a `.npy` file, see [`write`].
    pub fn write_npy(&self, path: &Path) -> Result<(), Error> {
        write(path, &self.shape, &self.data)
    }
}
