//! A set of small integers that is cheap to walk in ascending order.

/// A fixed-size bit set.
#[derive(Clone, Debug)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// An empty set of integers below `size`.
    pub fn new(size: usize) -> Bits {
        Bits { words: vec![0; size.div_ceil(64)] }
    }

    /// Adds `index`.
    #[inline]
    pub fn set(&mut self, index: usize) {
        self.words[index >> 6] |= 1 << (index & 63);
    }

    /// Adds `index` if so; without a branch, for what nobody can foresee.
    #[inline]
    pub fn set_if(&mut self, index: usize, condition: bool) {
        self.words[index >> 6] |= (condition as u64) << (index & 63);
    }

    /// Removes `index` if so; without a branch.
    #[inline]
    pub fn clear_if(&mut self, index: usize, condition: bool) {
        self.words[index >> 6] &= !((condition as u64) << (index & 63));
    }

    /// Removes `index`.
    #[inline]
    pub fn clear(&mut self, index: usize) {
        self.words[index >> 6] &= !(1 << (index & 63));
    }

    /// True if nothing is in the set.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&w| w == 0)
    }

    /// Number of 64-bit words, for walking with [`Bits::word`] while the set changes.
    #[inline]
    pub fn words(&self) -> usize {
        self.words.len()
    }

    /// One word of the set.
    #[inline]
    pub fn word(&self, index: usize) -> u64 {
        self.words[index]
    }
}

/// Takes the lowest set bit out of `mask`, which must not be zero.
#[inline]
pub(super) fn take_lowest(mask: &mut u64) -> u32 {
    let bit = mask.trailing_zeros();
    *mask &= *mask - 1;
    bit
}
