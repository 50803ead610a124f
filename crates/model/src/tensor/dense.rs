//! A dense array of four dimensions.

use super::error::Error;

/// A dense row-major array: `shape` is (n, w, h, c), or (n, h, w, c) for images.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense<T> {
    /// Sizes, slowest first.
    pub shape: [usize; 4],
    /// Values; `shape` multiplied out.
    pub data: Vec<T>,
}

impl<T> Dense<T> {
    /// An array of `shape` with these values. Errors: not as many values as the shape has.
    pub fn new(shape: [usize; 4], data: Vec<T>) -> Result<Dense<T>, Error> {
        let expected = values(&shape)?;
        if data.len() != expected {
            return Err(Error::Length { values: data.len(), shape: shape.to_vec(), expected });
        }
        Ok(Dense { shape, data })
    }

    /// Values of sample `n`.
    pub fn sample(&self, n: usize) -> &[T] {
        let len = self.shape[1] * self.shape[2] * self.shape[3];
        &self.data[n * len..(n + 1) * len]
    }
}

/// Most values of an array.
pub(super) const MAX_VALUES: u64 = 1 << 32;

/// Number of values of a shape, at most [`MAX_VALUES`].
pub(super) fn values(shape: &[usize]) -> Result<usize, Error> {
    // An empty array is empty whatever its other sides are.
    if shape.contains(&0) {
        return Ok(0);
    }
    let product = shape.iter().try_fold(1usize, |product, side| product.checked_mul(*side));
    match product {
        Some(values) if values as u64 <= MAX_VALUES => Ok(values),
        _ => Err(Error::TooLarge { shape: shape.to_vec(), limit: MAX_VALUES }),
    }
}
