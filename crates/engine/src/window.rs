//! The part of a sliding window that lies inside the map.

use spikemesh_model::Span;

/// A window along one axis, clipped to the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First position of the map inside the window.
    pub first: usize,
    /// The window's tap at that position.
    pub tap: usize,
    /// Positions inside the map.
    pub len: usize,
}

impl Window {
    /// Window `output` of `span` over `size` positions.
    pub fn new(span: &Span, output: usize, size: usize) -> Window {
        let start = output * span.stride as usize;
        let pad = span.pad as usize;
        let first = start.saturating_sub(pad).min(size);
        let end = (start + span.size as usize).saturating_sub(pad).min(size);
        Window { first, tap: (first + pad).saturating_sub(start), len: end.saturating_sub(first) }
    }

    /// The positions inside the map.
    pub fn positions(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.len
    }
}

/// For every position of an axis of `size` positions, the number of windows that cover it.
pub fn reach(span: &Span, size: usize) -> Vec<u64> {
    let mut reach = vec![0; size];
    for output in 0..span.outputs as usize {
        for position in Window::new(span, output, size).positions() {
            reach[position] += 1;
        }
    }
    reach
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_clipped() {
        let span = Span { size: 3, stride: 1, pad: 1, outputs: 4 };
        assert_eq!(Window::new(&span, 0, 4), Window { first: 0, tap: 1, len: 2 });
        assert_eq!(Window::new(&span, 1, 4), Window { first: 0, tap: 0, len: 3 });
        assert_eq!(Window::new(&span, 3, 4), Window { first: 2, tap: 0, len: 2 });
        assert_eq!(reach(&span, 4), [2, 3, 3, 2]);
    }

    #[test]
    fn a_map_smaller_than_the_window() {
        let span = Span { size: 5, stride: 1, pad: 4, outputs: 6 };
        assert_eq!(Window::new(&span, 0, 2), Window { first: 0, tap: 4, len: 1 });
        assert_eq!(Window::new(&span, 3, 2), Window { first: 0, tap: 1, len: 2 });
        assert_eq!(Window::new(&span, 5, 2), Window { first: 1, tap: 0, len: 1 });
    }
}
