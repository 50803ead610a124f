//! Sizes of maps.

/// Size of a map: width (x), height (y), channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dims {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Channels, or features.
    pub channels: u32,
}

impl Dims {
    /// Positions times channels.
    pub fn len(&self) -> usize {
        self.width as usize * self.height as usize * self.channels as usize
    }

    /// True if some side is zero.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl std::fmt::Display for Dims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}x{}", self.width, self.height, self.channels)
    }
}
