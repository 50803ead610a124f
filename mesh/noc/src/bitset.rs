//! Sets of small integers that are cheap to walk in ascending order.

/// A set of integers below a fixed size, one bit for each. All operations on one integer take constant time and do not allocate.
///
/// Loops over a set that changes meanwhile go word by word: `word` copies 64 integers, `take_lowest` takes them one by one.
#[derive(Clone, Debug)]
pub struct BitSet {
    words: Vec<u64>,
}

impl BitSet {
    /// An empty set of integers below `size`.
    pub fn new(size: usize) -> BitSet {
        BitSet { words: vec![0; size.div_ceil(64)] }
    }

    /// Adds `index`.
    #[inline(always)]
    pub fn insert(&mut self, index: usize) {
        self.words[index / 64] |= 1 << (index % 64);
    }

    /// Adds `index` if `is_so`, without a branch: for conditions that a processor cannot predict.
    #[inline(always)]
    pub(crate) fn insert_if(&mut self, is_so: bool, index: usize) {
        self.words[index / 64] |= (is_so as u64) << (index % 64);
    }

    /// Removes `index`.
    #[inline(always)]
    pub fn remove(&mut self, index: usize) {
        self.words[index / 64] &= !(1 << (index % 64));
    }

    /// Removes `index` if `is_so`, without a branch.
    #[inline(always)]
    pub(crate) fn remove_if(&mut self, is_so: bool, index: usize) {
        self.words[index / 64] &= !((is_so as u64) << (index % 64));
    }

    /// True if `index` is in the set.
    #[inline(always)]
    pub fn contains(&self, index: usize) -> bool {
        self.words[index / 64] >> (index % 64) & 1 != 0
    }

    /// The `WIDTH` integers from `index * WIDTH` on, as a mask; `WIDTH` is a power of two.
    #[inline(always)]
    pub(crate) fn field<const WIDTH: usize>(&self, index: usize) -> u32 {
        let first = index * WIDTH;
        (self.words[first / 64] >> (first % 64) & ((1u64 << WIDTH) - 1)) as u32
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.words.fill(0);
    }

    /// The smallest integer of the set that is not below `first`; takes time in proportion to the words between them.
    #[inline]
    pub fn next_at(&self, first: usize) -> Option<usize> {
        let word = first / 64;
        let rest = *self.words.get(word)? & (u64::MAX << (first % 64));
        if rest != 0 {
            return Some(word * 64 + rest.trailing_zeros() as usize);
        }
        let mut later = (word + 1..).zip(&self.words[word + 1..]);
        later.find(|&(_, &word)| word != 0).map(|(index, word)| index * 64 + word.trailing_zeros() as usize)
    }

    /// True if nothing is in the set.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|&w| w == 0)
    }

    /// Number of 64-bit words, for walking with [`BitSet::word`] while the set changes.
    #[inline]
    pub(crate) fn words(&self) -> usize {
        self.words.len()
    }

    /// One word of the set.
    #[inline]
    pub(crate) fn word(&self, index: usize) -> u64 {
        self.words[index]
    }

    /// The first word from number `first` on that is not 0. Large sets are nearly empty: eight words at a time are passed over.
    #[inline(always)]
    pub(crate) fn next_used_word(&self, first: usize) -> Option<usize> {
        let mut at = first;
        while let Some(eight) = self.words.get(at..at + 8)
            && eight.iter().fold(0, |all, word| all | word) == 0
        {
            at += 8;
        }
        while *self.words.get(at)? == 0 {
            at += 1;
        }
        Some(at)
    }

    /// Overwrites one word of the set.
    #[inline]
    pub(crate) fn set_word(&mut self, index: usize, word: u64) {
        self.words[index] = word;
    }
}

/// A [`BitSet`] with a summary of its words, for large sets that are nearly empty: a walk costs the words that hold something, and one in 64 of
/// the others.
#[derive(Clone, Debug)]
pub(crate) struct SummedSet {
    all: BitSet,
    /// The words of `all` that are not 0.
    used: BitSet,
}

impl SummedSet {
    /// An empty set of integers below `size`.
    pub fn new(size: usize) -> SummedSet {
        let all = BitSet::new(size);
        let used = BitSet::new(all.words());
        SummedSet { all, used }
    }

    /// Adds `index`.
    #[inline(always)]
    pub fn insert(&mut self, index: usize) {
        self.all.insert(index);
        self.used.insert(index / 64);
    }

    /// Removes `index`.
    #[inline(always)]
    pub fn remove(&mut self, index: usize) {
        self.all.remove(index);
        self.used.remove_if(self.all.word(index / 64) == 0, index / 64);
    }

    /// True if nothing is in the set.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.used.is_empty()
    }

    /// Number of groups of 64 words, for walking with [`SummedSet::used`] and [`SummedSet::word`] while the set changes.
    #[inline]
    pub fn groups(&self) -> usize {
        self.used.words()
    }

    /// The words of a group that are not 0, as a mask.
    #[inline]
    pub fn used(&self, group: usize) -> u64 {
        self.used.word(group)
    }

    /// One word of the set.
    #[inline]
    pub fn word(&self, index: usize) -> u64 {
        self.all.word(index)
    }
}

/// Takes the lowest set bit out of `mask`, which must not be zero.
#[inline(always)]
pub(crate) fn take_lowest(mask: &mut u64) -> u32 {
    let bit = mask.trailing_zeros();
    *mask &= *mask - 1;
    bit
}

/// A mask of `count` bits from `first` on.
pub(crate) fn mask(first: u32, count: u32) -> u32 {
    (((1u64 << count) - 1) << first) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_holds_the_words_that_are_used() {
        let mut set = SummedSet::new(64 * 64 + 1);
        assert!(set.is_empty());
        for index in [3, 5, 64 * 63, 64 * 64] {
            set.insert(index);
        }
        assert_eq!([set.used(0), set.used(1)], [1 | 1 << 63, 1]);
        assert_eq!((set.groups(), set.word(0)), (2, 1 << 3 | 1 << 5));
        set.remove(3);
        assert_eq!(set.used(0), 1 | 1 << 63);
        for index in [5, 64 * 63, 64 * 64] {
            assert!(!set.is_empty());
            set.remove(index);
        }
        assert!(set.is_empty());
    }

    #[test]
    fn fields_are_cut_out_of_words() {
        let mut set = BitSet::new(128);
        set.insert(66);
        set.insert_if(true, 71);
        set.insert_if(false, 67);
        set.insert(72);
        assert_eq!(set.field::<8>(8), 0b1000_0100);
        assert_eq!(set.field::<32>(2), 0b1_1000_0100);
        set.remove_if(false, 66);
        set.remove_if(true, 71);
        set.remove(72);
        assert_eq!((set.word(1), set.contains(66)), (0b100, true));
    }

    #[test]
    fn the_next_used_word_is_found_among_many() {
        let mut set = BitSet::new(64 * 21);
        assert_eq!((set.next_used_word(0), set.next_used_word(21)), (None, None));
        for word in [0, 9, 16, 20] {
            set.insert(64 * word + 63);
        }
        let found = |first| set.next_used_word(first);
        assert_eq!(
            [found(0), found(1), found(9), found(10), found(17)],
            [Some(0), Some(9), Some(9), Some(16), Some(20)]
        );
        assert_eq!(found(21), None);
    }

    #[test]
    fn the_next_member_is_found_across_words() {
        let mut set = BitSet::new(130);
        assert_eq!((set.next_at(0), set.is_empty()), (None, true));
        for index in [3, 64, 129, 3] {
            set.insert(index);
        }
        assert_eq!((set.next_at(0), set.next_at(4), set.next_at(65)), (Some(3), Some(64), Some(129)));
        assert_eq!((set.next_at(130), set.next_at(128 + 64)), (None, None));
        set.remove(64);
        set.remove(64);
        assert_eq!((set.next_at(4), set.contains(3), set.contains(64)), (Some(129), true, false));
        set.clear();
        assert!(set.is_empty());
    }
}
