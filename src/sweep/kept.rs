//! A few things that many points use, each made once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The last things of a kind, by key. Points beside each other use the same ones, so few are enough.
pub(super) struct Kept<K, T> {
    most: usize,
    kept: Mutex<VecDeque<(K, Arc<OnceLock<T>>)>>,
}

impl<K: PartialEq, T: Clone> Kept<K, T> {
    /// Keeps at most `most`.
    pub fn new(most: usize) -> Kept<K, T> {
        Kept { most: most.max(1), kept: Mutex::new(VecDeque::new()) }
    }

    /// The thing of a key. Who asks while it is made waits for it.
    pub fn get(&self, key: K, make: impl FnOnce() -> T) -> T {
        let slot = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            match kept.iter().position(|(of, _)| *of == key) {
                Some(position) => kept[position].1.clone(),
                None => {
                    if kept.len() == self.most {
                        kept.pop_front();
                    }
                    let slot = Arc::new(OnceLock::new());
                    kept.push_back((key, slot.clone()));
                    slot
                }
            }
        };
        slot.get_or_init(make).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_made_once_until_others_take_its_place() {
        let kept = Kept::new(2);
        let mut made = Vec::new();
        for key in [1, 2, 1, 2, 3, 2, 1] {
            assert_eq!(kept.get(key, || made.push(key)), ());
        }
        assert_eq!(made, [1, 2, 3, 1]);
    }
}
