//! The input of a program.

use spikemesh_isa::Program;

use super::error::Error;
use spikemesh_words::plural;

/// What a program takes in.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// Pixels, (row, column, channel).
    Image(Vec<u8>),
    /// Levels 0..=15, (column, row, channel); 0 is no event.
    Events(Vec<i32>),
}

/// Checks a frame against what the program takes.
pub(super) fn check_frame(program: &Program, frame: &Frame, index: usize) -> Result<(), Error> {
    let image = program.passes.first().and_then(|p| p.hrc.as_ref()).map(|h| h.image);
    let events = program.input.map(|b| program.buffers[usize::from(b.0)].map);
    let takes = match (image, events) {
        (Some(m), _) => format!("images of {} x {} x {} pixels", m.width, m.height, m.channels),
        (None, Some(m)) => format!("events of {} x {} x {}", m.width, m.height, m.channels),
        (None, None) => "no input".to_owned(),
    };
    let came = match frame {
        Frame::Image(pixels) if image.is_some_and(|m| m.len() == pixels.len()) => return Ok(()),
        Frame::Events(values) if image.is_none() && events.is_some_and(|m| m.len() == values.len()) => {
            match values.iter().find(|v| !(0..=15).contains(*v)) {
                None => return Ok(()),
                Some(value) => format!("an event of value {value}, which is not within 0..=15"),
            }
        }
        Frame::Image(pixels) => format!("an image of {}", plural(pixels.len(), "byte", "bytes")),
        Frame::Events(values) => format!("a map of {}", plural(values.len(), "value", "values")),
    };
    Err(Error::Frame { frame: index, came, takes })
}
