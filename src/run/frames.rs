//! Conversion of inputs to the frames that a program takes.

use super::error::Error;
use crate::engine::{Input, InputShape};
use crate::isa::{MapShape, Program};
use crate::mesh::Frame;
use crate::model::Dims;
use crate::tensor::{Dense, Event, Sparse};

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
    let source = FrameSource::new(program, input)?;
    Ok((0..source.count()).map(|index| source.frame(index)).collect())
}

/// The first frames of an input, at most so many.
///
/// # Errors
/// As [`frames`].
pub(crate) fn first_frames(program: &Program, input: &Input, most: usize) -> Result<Vec<Frame>, Error> {
    let source = FrameSource::new(program, input)?;
    Ok((0..source.count().min(most)).map(|index| source.frame(index)).collect())
}

/// An input that was checked as a whole, and gives frames one by one: frames take several times the memory of their samples.
pub(crate) struct FrameSource<'a> {
    takes: Takes,
    input: &'a Input,
    events: SampleEvents,
}

impl<'a> FrameSource<'a> {
    /// Checks an input.
    ///
    /// # Errors
    /// The sizes differ, or a value is not a level.
    pub fn new(program: &Program, input: &'a Input) -> Result<FrameSource<'a>, Error> {
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
        let events = match input {
            Input::Images(images) => {
                let [_, h, w, c] = images.shape;
                if [h, w, c] != [height, width, channels] {
                    return Err(wrong(format!("the input holds images of (h, w, c) = ({h}, {w}, {c})")));
                }
                if let (Takes::Events(_), Some(value)) =
                    (takes, images.data.iter().find(|value| **value > 15))
                {
                    return Err(wrong(format!("a pixel is {value}")));
                }
                SampleEvents::default()
            }
            Input::Events(events) => {
                let [_, w, h, c] = events.shape;
                if [w, h, c] != [width, height, channels] {
                    return Err(wrong(format!("the input holds events of (w, h, c) = ({w}, {h}, {c})")));
                }
                let no_level = events.events.iter().find(|event| !(1..=15).contains(&event.value));
                if let (Takes::Events(_), Some(event)) = (takes, no_level) {
                    return Err(wrong(format!("an event has value {}", event.value)));
                }
                SampleEvents::of(events)
            }
        };
        Ok(FrameSource { takes, input, events })
    }

    /// Number of samples.
    pub fn count(&self) -> usize {
        self.input.samples()
    }

    /// The frame of a sample.
    pub fn frame(&self, index: usize) -> Frame {
        match (self.input, self.takes) {
            (Input::Images(images), Takes::Images(_)) => Frame::Image(images.sample(index).to_vec()),
            (Input::Images(images), Takes::Events(map)) => transpose(images.sample(index), map),
            (Input::Events(events), Takes::Images(map)) => {
                let (width, channels) = (map.width as usize, map.channels as usize);
                let mut image = vec![0; map.len()];
                for event in self.events.of_sample(events, index) {
                    let position = event.y as usize * width + event.x as usize;
                    image[position * channels + event.c as usize] = event.value;
                }
                Frame::Image(image)
            }
            (Input::Events(events), Takes::Events(map)) => {
                let mut values = vec![0; map.len()];
                for event in self.events.of_sample(events, index) {
                    values[map.index(event.x, event.y, event.c)] = i32::from(event.value);
                }
                Frame::Events(values)
            }
        }
    }

    /// A sample as an input of its own.
    pub fn sample(&self, index: usize) -> Input {
        match self.input {
            Input::Images(images) => {
                let [_, h, w, c] = images.shape;
                Input::Images(Dense { shape: [1, h, w, c], data: images.sample(index).to_vec() })
            }
            Input::Events(events) => {
                let [_, w, h, c] = events.shape;
                let of_sample = self.events.of_sample(events, index);
                let events = of_sample.map(|event| Event { n: 0, ..*event }).collect();
                Input::Events(Sparse { shape: [1, w, h, c], events })
            }
        }
    }
}

/// Which events belong to which sample: events come in any order.
#[derive(Default)]
struct SampleEvents {
    /// Indices of events, sample by sample, each in the order of the input.
    order: Vec<u32>,
    /// Where each sample begins in `order`; one more for the end.
    begins: Vec<usize>,
}

impl SampleEvents {
    fn of(events: &Sparse) -> SampleEvents {
        let mut begins = vec![0; events.shape[0] + 1];
        events.events.iter().for_each(|event| begins[event.n as usize + 1] += 1);
        for sample in 1..begins.len() {
            begins[sample] += begins[sample - 1];
        }
        let mut next = begins.clone();
        let mut order = vec![0; events.events.len()];
        for (index, event) in events.events.iter().enumerate() {
            order[next[event.n as usize]] = index as u32;
            next[event.n as usize] += 1;
        }
        SampleEvents { order, begins }
    }

    fn of_sample<'a>(&'a self, events: &'a Sparse, sample: usize) -> impl Iterator<Item = &'a Event> {
        let range = self.begins[sample]..self.begins[sample + 1];
        self.order[range].iter().map(|&index| &events.events[index as usize])
    }
}

/// Pixels (row, column, channel) as a map (column, row, channel).
fn transpose(pixels: &[u8], map: MapShape) -> Frame {
    let mut values = vec![0; map.len()];
    let mut pixels = pixels.iter();
    for y in 0..map.height {
        for x in 0..map.width {
            for (c, &value) in (0..map.channels).zip(&mut pixels) {
                values[map.index(x, y, c)] = i32::from(value);
            }
        }
    }
    Frame::Events(values)
}
