//! Conversion of inputs to the frames that a program takes.

use super::error::Error;
use crate::engine::{Input, InputShape};
use crate::isa::{MapShape, Program};
use crate::mesh::Frame;
use crate::model::Dims;

/// The kind of input that a program takes.
#[derive(Clone, Copy)]
enum Takes {
    Images(MapShape),
    Events(MapShape),
}

impl Takes {
    fn of(program: &Program) -> Option<Takes> {
        let hrc = program.passes.iter().find_map(|pass| pass.hrc.as_ref());
        let image = hrc.map(|hrc| Takes::Images(hrc.image));
        image
            .or_else(|| program.input.map(|buffer| Takes::Events(program.buffers[usize::from(buffer.0)].map)))
    }
}

/// What a program takes; none if it has neither an input unit nor an input buffer.
pub fn input_shape(program: &Program) -> Option<InputShape> {
    let takes = Takes::of(program)?;
    let (Takes::Images(map) | Takes::Events(map)) = takes;
    let dims = Dims { width: map.width, height: map.height, channels: map.channels };
    Some(InputShape { dims, pixels: matches!(takes, Takes::Images(_)) })
}

/// The samples of an input as frames of a program. Images for a program that takes events are transposed; events for one that takes images
/// become pixels, a missing one being 0.
///
/// # Errors
/// The sizes differ, or a value is not a level.
pub fn frames(program: &Program, input: &Input) -> Result<Vec<Frame>, Error> {
    let takes = Takes::of(program).ok_or_else(|| Error::Input {
        given: "an input".to_owned(),
        takes: "none: it has no input unit and no input buffer".to_owned(),
    })?;
    let (Takes::Images(map) | Takes::Events(map)) = takes;
    let (width, height, channels) = (map.width as usize, map.height as usize, map.channels as usize);
    let wrong = |given: String| Error::Input {
        given,
        takes: match takes {
            Takes::Images(_) => format!("images of (h, w, c) = ({height}, {width}, {channels})"),
            Takes::Events(_) => {
                format!("events of (w, h, c) = ({width}, {height}, {channels}) with values 1..=15")
            }
        },
    };
    match input {
        Input::Images(images) => {
            let [n, h, w, c] = images.shape;
            if [h, w, c] != [height, width, channels] {
                return Err(wrong(format!("the input holds images of (h, w, c) = ({h}, {w}, {c})")));
            }
            let one = |pixels: &[u8]| match takes {
                Takes::Images(_) => Ok(Frame::Image(pixels.to_vec())),
                Takes::Events(_) => {
                    transpose(pixels, map).map_err(|value| wrong(format!("a pixel is {value}")))
                }
            };
            (0..n).map(|n| one(images.sample(n))).collect()
        }
        Input::Events(events) => {
            let [n, w, h, c] = events.shape;
            if [w, h, c] != [width, height, channels] {
                return Err(wrong(format!("the input holds events of (w, h, c) = ({w}, {h}, {c})")));
            }
            match takes {
                Takes::Images(_) => {
                    let mut images = vec![vec![0; map.len()]; n];
                    for event in &events.events {
                        let position = event.y as usize * width + event.x as usize;
                        images[event.n as usize][position * channels + event.c as usize] = event.value;
                    }
                    Ok(images.into_iter().map(Frame::Image).collect())
                }
                Takes::Events(_) => {
                    let mut maps = vec![vec![0; map.len()]; n];
                    for event in &events.events {
                        if !(1..=15).contains(&event.value) {
                            return Err(wrong(format!("an event has value {}", event.value)));
                        }
                        maps[event.n as usize][map.index(event.x, event.y, event.c)] = i32::from(event.value);
                    }
                    Ok(maps.into_iter().map(Frame::Events).collect())
                }
            }
        }
    }
}

/// Pixels (row, column, channel) as a map (column, row, channel); the first value above 15 is the error.
fn transpose(pixels: &[u8], map: MapShape) -> Result<Frame, u8> {
    let mut values = vec![0; map.len()];
    let mut pixels = pixels.iter();
    for y in 0..map.height {
        for x in 0..map.width {
            for (c, &value) in (0..map.channels).zip(&mut pixels) {
                if value > 15 {
                    return Err(value);
                }
                values[map.index(x, y, c)] = i32::from(value);
            }
        }
    }
    Ok(Frame::Events(values))
}
