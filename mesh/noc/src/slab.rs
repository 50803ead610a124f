//! Values under small numbers that are used again.

/// A table whose keys are used again: the last one that was removed comes first. Its memory follows the most values at one time.
///
/// A key may be used only between the [`insert`](Slab::insert) that gave it out and its [`remove`](Slab::remove); nothing checks this,
/// so that an access costs no more than one of a `Vec`.
#[derive(Clone, Debug)]
pub struct Slab<T> {
    slots: Vec<T>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Slab<T> {
        Slab { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    /// Adds a value and returns its key.
    ///
    /// # Panics
    /// With 2^32 values.
    #[inline]
    pub fn insert(&mut self, value: T) -> u32 {
        match self.free.pop() {
            Some(key) => {
                self.slots[key as usize] = value;
                key
            }
            None => {
                let key = u32::try_from(self.slots.len()).expect("fewer than 2^32 values");
                self.slots.push(value);
                key
            }
        }
    }

    /// Removes the value of a key, which may be given out again from now on. The value can still be read until then.
    #[inline]
    pub fn remove(&mut self, key: u32) -> &T {
        self.free.push(key);
        &self.slots[key as usize]
    }

    /// The value of a key.
    #[inline]
    pub fn get(&self, key: u32) -> &T {
        &self.slots[key as usize]
    }

    /// The value of a key, to change.
    #[inline]
    pub fn get_mut(&mut self, key: u32) -> &mut T {
        &mut self.slots[key as usize]
    }

    /// Number of values.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// True if there are no values.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Values that there is room for without more memory.
    pub(crate) fn capacity(&self) -> usize {
        self.slots.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_used_again_and_the_table_does_not_grow() {
        let mut slab = Slab::default();
        let keys = ["a", "b", "c"].map(|value| slab.insert(value));
        assert_eq!((keys, slab.len()), ([0, 1, 2], 3));
        assert_eq!((*slab.remove(0), *slab.remove(2)), ("a", "c"));
        assert_eq!((slab.len(), slab.is_empty()), (1, false));
        assert_eq!((slab.insert("d"), slab.insert("e"), slab.insert("f")), (2, 0, 3));
        *slab.get_mut(1) = "g";
        assert_eq!([0, 1, 2, 3].map(|key| *slab.get(key)), ["e", "g", "d", "f"]);
    }
}
