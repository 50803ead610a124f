//! A dense array of four dimensions.

/// A dense row-major array: `shape` is (n, w, h, c), or (n, h, w, c) for images.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense<T> {
    /// Sizes, slowest first.
    pub shape: [usize; 4],
    /// Values; `shape` multiplied out.
    pub data: Vec<T>,
}

impl<T> Dense<T> {
    /// Values of sample `n`.
    pub fn sample(&self, n: usize) -> &[T] {
        let len = self.shape[1] * self.shape[2] * self.shape[3];
        &self.data[n * len..(n + 1) * len]
    }
}
