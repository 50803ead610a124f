//! Memory that a sample needs while it passes, kept from one sample to the next.

use std::sync::Mutex;

use crate::convolution::ConvolutionScratch;
use crate::separable::DepthwiseSums;

/// Sums of a layer in one width.
#[derive(Debug, Default)]
pub struct Buffers<A> {
    /// Depthwise sums.
    pub depthwise: DepthwiseSums<A>,
    /// Potentials before pooling.
    pub convolved: Vec<A>,
    /// Potentials after pooling, if there is any.
    pub pooled: Vec<A>,
}

/// Working memory for one sample.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Of the current layer's convolution.
    pub convolution: ConvolutionScratch,
    /// Image with its border.
    pub padded: Vec<u8>,
    /// Concatenated inputs.
    pub joined: Vec<u8>,
    /// The sample.
    pub sample: Vec<u8>,
    /// 32 bit sums.
    pub narrow: Buffers<i32>,
    /// 64 bit sums.
    pub wide: Buffers<i64>,
    /// Whether a layer may be computed on several cores: a sample that is alone.
    pub cores: bool,
    /// Levels that left each layer.
    pub levels: Vec<Vec<u8>>,
}

/// Working memories that are not in use: as many as there were samples at once.
#[derive(Debug, Default)]
pub struct ScratchPool {
    free: Mutex<Vec<Scratch>>,
}

impl ScratchPool {
    /// Takes a working memory, until the lease is dropped.
    pub fn lease(&self) -> Lease<'_> {
        // A thread that panicked left only values that are overwritten.
        let free = self.free.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop();
        Lease { pool: self, scratch: free.unwrap_or_default() }
    }
}

/// A working memory on loan.
pub struct Lease<'a> {
    pool: &'a ScratchPool,
    /// The memory.
    pub scratch: Scratch,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let scratch = std::mem::take(&mut self.scratch);
        self.pool.free.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(scratch);
    }
}
