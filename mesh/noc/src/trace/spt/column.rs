//! Columns of a decoded block.

use flatbuffers::{Follow, Vector};

/// A column as a function; zeros if it is to be left out. `None` if it is there and should not be, the other way round, or too short.
pub(super) fn column<'a, T: Follow<'a> + 'a>(
    values: Option<Vector<'a, T>>,
    wanted: bool,
    count: usize,
) -> Option<impl Fn(usize) -> T::Inner + 'a>
where
    T::Inner: Default,
{
    let right = values.is_some() == wanted && values.as_ref().is_none_or(|values| values.len() == count);
    right.then_some(move |index| values.as_ref().map_or_else(T::Inner::default, |values| values.get(index)))
}
