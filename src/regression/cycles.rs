//! Golden cycles in a file.

use std::path::Path;

use super::Error;
use crate::tensor::npy::{self, Array};

/// Golden clocks, int64 (n).
pub(super) fn read(path: &Path) -> Result<Vec<u64>, Error> {
    let Array { shape, data } = npy::read::<i64>(path)?;
    if shape.len() != 1 {
        return Err(Error::Cycles { path: path.to_path_buf(), reason: format!("its shape is {shape:?}") });
    }
    let clocks = data.iter().map(|&clocks| u64::try_from(clocks).map_err(|_| clocks));
    clocks.collect::<Result<_, _>>().map_err(|clocks| Error::Cycles {
        path: path.to_path_buf(),
        reason: format!("a frame takes {clocks} clocks"),
    })
}

/// Writes golden clocks.
pub(super) fn write(path: &Path, cycles: &[u64]) -> Result<(), Error> {
    let clocks: Vec<i64> = cycles.iter().map(|&clocks| clocks.cast_signed()).collect();
    Ok(npy::write(path, &[clocks.len()], &clocks)?)
}
