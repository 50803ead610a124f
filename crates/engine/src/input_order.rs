//! The order of the axes of a dense array of samples.

use std::fmt;
use std::str::FromStr;

/// The order of the axes of a dense array of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputOrder {
    /// (n, h, w, c).
    Images,
    /// (n, w, h, c).
    Events,
}

impl InputOrder {
    /// The order of an array for which none is named: 1 or 3 channels are images.
    pub fn of_channels(channels: usize) -> InputOrder {
        if matches!(channels, 1 | 3) { InputOrder::Images } else { InputOrder::Events }
    }

    /// `images` or `events`.
    pub fn name(self) -> &'static str {
        match self {
            InputOrder::Images => "images",
            InputOrder::Events => "events",
        }
    }

    /// The axes by name.
    pub fn axes(self) -> &'static str {
        match self {
            InputOrder::Images => "(n, h, w, c)",
            InputOrder::Events => "(n, w, h, c)",
        }
    }

    /// The other one.
    pub(crate) fn other(self) -> InputOrder {
        match self {
            InputOrder::Images => InputOrder::Events,
            InputOrder::Events => InputOrder::Images,
        }
    }

    /// Width, height and channels of an array of this shape.
    pub(crate) fn sizes(self, [_, first, second, channels]: [usize; 4]) -> [usize; 3] {
        match self {
            InputOrder::Images => [second, first, channels],
            InputOrder::Events => [first, second, channels],
        }
    }
}

impl fmt::Display for InputOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name(), self.axes())
    }
}

impl FromStr for InputOrder {
    type Err = String;

    fn from_str(text: &str) -> Result<InputOrder, String> {
        match text {
            "images" => Ok(InputOrder::Images),
            "events" => Ok(InputOrder::Events),
            _ => Err(format!(
                "`{text}` is not an order; the orders are `images` (n, h, w, c) and `events` (n, w, h, c)"
            )),
        }
    }
}
