//! Sets of small integers that are cheap to walk in ascending order.

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
    #[inline(always)]
    pub fn set(&mut self, index: usize) {
        self.words[index / 64] |= 1 << (index % 64);
    }

    /// Adds `index` if so; without a branch, for what nobody can foresee.
    #[inline(always)]
    pub fn set_if(&mut self, is_so: bool, index: usize) {
        self.words[index / 64] |= (is_so as u64) << (index % 64);
    }

    /// Removes `index`.
    #[inline(always)]
    pub fn clear(&mut self, index: usize) {
        self.words[index / 64] &= !(1 << (index % 64));
    }

    /// Removes `index` if so; without a branch.
    #[inline(always)]
    pub fn clear_if(&mut self, is_so: bool, index: usize) {
        self.words[index / 64] &= !((is_so as u64) << (index % 64));
    }

    /// True if `index` is in the set.
    pub fn has(&self, index: usize) -> bool {
        self.words[index / 64] >> (index % 64) & 1 != 0
    }

    /// The `WIDTH` integers from `index * WIDTH` on, as a mask; `WIDTH` is a power of two.
    #[inline(always)]
    pub fn field<const WIDTH: usize>(&self, index: usize) -> u32 {
        let first = index * WIDTH;
        (self.words[first / 64] >> (first % 64) & ((1u64 << WIDTH) - 1)) as u32
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

    /// Puts back a word that was taken with [`Bits::word`].
    #[inline]
    pub fn put_word(&mut self, index: usize, word: u64) {
        self.words[index] = word;
    }
}

/// Takes the lowest set bit out of `mask`, which must not be zero.
#[inline(always)]
pub(super) fn take_lowest(mask: &mut u64) -> u32 {
    let bit = mask.trailing_zeros();
    *mask &= *mask - 1;
    bit
}

/// `count` bits from `first` on.
pub(super) fn mask(first: u32, count: u32) -> u32 {
    (((1u64 << count) - 1) << first) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_cut_out_of_words() {
        let mut bits = Bits::new(128);
        bits.set(66);
        bits.set_if(true, 71);
        bits.set_if(false, 67);
        bits.set(72);
        assert_eq!(bits.field::<8>(8), 0b1000_0100);
        assert_eq!(bits.field::<32>(2), 0b1_1000_0100);
        bits.clear_if(false, 66);
        bits.clear_if(true, 71);
        bits.clear(72);
        assert_eq!((bits.word(1), bits.has(66)), (0b100, true));
    }
}
