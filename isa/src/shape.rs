//! Sizes: of maps, of ranges of rows.

/// The size of a map of events: `width` columns (x), `height` rows (y), `channels` features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MapShape {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Features per position.
    pub channels: u32,
}

impl MapShape {
    /// Positions times features.
    pub fn len(&self) -> usize {
        self.width as usize * self.height as usize * self.channels as usize
    }

    /// True if some side is zero.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where `(x, y, c)` lies in a dense map: x slowest, c fastest, as in the tensors of the model side.
    pub fn index(&self, x: u32, y: u32, c: u32) -> usize {
        (x as usize * self.height as usize + y as usize) * self.channels as usize + c as usize
    }
}

/// `28x28x16`: width, height, channels.
impl std::fmt::Display for MapShape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}x{}", self.width, self.height, self.channels)
    }
}

/// A half-open range of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rows {
    /// First row.
    pub first: u32,
    /// One past the last row.
    pub end: u32,
}

impl Rows {
    /// Number of rows.
    pub fn len(&self) -> u32 {
        self.end.saturating_sub(self.first)
    }

    /// True if it holds no row.
    pub fn is_empty(&self) -> bool {
        self.end <= self.first
    }

    /// True if `row` is one of them.
    pub fn contains(&self, row: u32) -> bool {
        self.first <= row && row < self.end
    }
}

/// `first..end`.
impl std::fmt::Display for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}..{}", self.first, self.end)
    }
}
