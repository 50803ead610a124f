//! Sets of small integers that are cheap to walk in ascending order, however few of many are in them.

/// A fixed-size bit set.
#[derive(Clone, Debug)]
pub(super) struct Bits {
    words: Vec<u64>,
    /// Words that may have a bit: those without one here have none.
    groups: Vec<u64>,
}

impl Bits {
    /// An empty set of integers below `size`.
    pub fn new(size: usize) -> Bits {
        let words = size.div_ceil(64);
        Bits { words: vec![0; words], groups: vec![0; words.div_ceil(64)] }
    }

    /// Adds `index`.
    #[inline(always)]
    pub fn set(&mut self, index: usize) {
        self.set_if(true, index);
    }

    /// Adds `index` if so; without a branch, for what nobody can foresee.
    #[inline(always)]
    pub fn set_if(&mut self, is_so: bool, index: usize) {
        let word = index / 64;
        self.words[word] |= (is_so as u64) << (index % 64);
        self.groups[word / 64] |= (is_so as u64) << (word % 64);
    }

    /// Removes `index`.
    #[inline(always)]
    pub fn clear(&mut self, index: usize) {
        self.clear_if(true, index);
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
        self.groups.iter().enumerate().all(|(group, &words)| {
            let mut left = words;
            while left != 0 {
                if self.words[group * 64 + take_lowest(&mut left) as usize] != 0 {
                    return false;
                }
            }
            true
        })
    }

    /// Number of 64-bit words.
    #[inline]
    pub fn words(&self) -> usize {
        self.words.len()
    }

    /// One word of the set.
    #[inline]
    pub fn word(&self, index: usize) -> u64 {
        self.words[index]
    }

    /// The first word in `from..end` that is not zero, for walking while the set changes.
    #[inline]
    pub fn next_word(&mut self, mut from: usize, end: usize) -> Option<usize> {
        while from < end {
            let group = from / 64;
            let left = self.groups[group] & u64::MAX << (from % 64);
            if left == 0 {
                from = (group + 1) * 64;
                continue;
            }
            from = group * 64 + left.trailing_zeros() as usize;
            if from < end && self.words[from] != 0 {
                return Some(from);
            }
            if from < end {
                self.groups[group] &= !(1 << (from % 64));
            }
            from += 1;
        }
        None
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
    fn a_walk_finds_what_is_there_among_much_that_is_not() {
        let mut bits = Bits::new(64 * 300);
        let members = [5, 64 * 63 + 1, 64 * 64, 64 * 200 + 63, 64 * 299];
        members.iter().for_each(|&index| bits.set(index));
        bits.set(64 * 100);
        bits.clear(64 * 100);
        let walk = |bits: &mut Bits, end: usize| {
            let (mut found, mut from) = (Vec::new(), 0);
            while let Some(word) = bits.next_word(from, end) {
                found.push(word);
                from = word + 1;
            }
            found
        };
        assert_eq!(walk(&mut bits, 300), [0, 63, 64, 200, 299]);
        assert_eq!(walk(&mut bits, 200), [0, 63, 64]);
        assert_eq!(walk(&mut bits, 300), [0, 63, 64, 200, 299]);
        assert!(!bits.is_empty());
        members.iter().for_each(|&index| bits.clear(index));
        assert!(bits.is_empty());
        assert_eq!(walk(&mut bits, 300), [0; 0]);
        bits.set(64 * 299);
        assert_eq!((walk(&mut bits, 300), bits.is_empty()), (vec![299], false));
    }

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
