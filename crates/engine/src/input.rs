//! What goes into a model: checked as a whole before anything is computed, then loaded sample by sample.

use std::borrow::Cow;

use crate::error::Error;
use spikemesh_model::tensor::Event;
use spikemesh_model::tensor::{Dense, Sparse};
use spikemesh_model::{Dims, Layer, LayerKind};

/// Samples for a model.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Pixels (n, h, w, c) with 1 or 3 channels; into an `InputData` they must not exceed 15.
    Images(Dense<u8>),
    /// Events (n, w, h, c). Into an `InputConvolutional` 0..=255, where a missing pixel is 0; into an `InputData` 1..=15.
    Events(Sparse),
}

impl Input {
    /// Accumulator of samples.
    pub fn samples(&self) -> usize {
        match self {
            Input::Images(images) => images.shape[0],
            Input::Events(events) => events.shape[0],
        }
    }
}

/// An input that fits its layer.
pub struct CheckedInput<'a> {
    samples: usize,
    dims: Dims,
    values: InputValues<'a>,
}

enum InputValues<'a> {
    /// (n, h, w, c).
    Pixels(&'a [u8]),
    /// Ascending by sample.
    Events(Cow<'a, [Event]>),
}

impl<'a> CheckedInput<'a> {
    /// Checks `input` against the input layer.
    ///
    /// # Errors
    /// Every kind of problem once, with the number of values it concerns.
    pub fn new(layer: &InputLayer, input: &'a Input) -> Result<CheckedInput<'a>, Vec<Error>> {
        match input {
            Input::Images(images) => layer.check_images(images),
            Input::Events(events) => layer.check_events(events),
        }
    }

    /// Accumulator of samples.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Writes sample `n` as a dense map (w, h, c).
    pub fn load(&self, n: usize, map: &mut Vec<u8>) {
        let (width, height, channels) =
            (self.dims.width as usize, self.dims.height as usize, self.dims.channels as usize);
        map.clear();
        map.resize(self.dims.len(), 0);
        match &self.values {
            InputValues::Pixels(pixels) => {
                let image = &pixels[n * map.len()..(n + 1) * map.len()];
                // Images have one channel or three; with constant lengths a pixel is a few moves.
                match channels {
                    3 => turn(image.as_chunks::<3>().0, map.as_chunks_mut::<3>().0, [width, height]),
                    _ => turn(image, map, [width, height]),
                }
            }
            InputValues::Events(events) => {
                let first = events.partition_point(|event| (event.n as usize) < n);
                for event in events[first..].iter().take_while(|event| event.n as usize == n) {
                    let position = event.x as usize * height + event.y as usize;
                    map[position * channels + event.c as usize] = event.value;
                }
            }
        }
    }
}

/// Turns an image (h, w) into a map (w, h), some rows at a time, so that they and what is written stay in the first cache.
fn turn<P: Copy>(image: &[P], map: &mut [P], [width, height]: [usize; 2]) {
    const ROWS: usize = 16;
    for (block, rows) in image.chunks(width * ROWS).enumerate() {
        let first = block * ROWS;
        for x in 0..width {
            let column = &mut map[x * height + first..(x + 1) * height];
            for (to, row) in column.iter_mut().zip(rows.chunks_exact(width)) {
                *to = row[x];
            }
        }
    }
}

/// What the engine remembers of a model's input layer.
#[derive(Clone, Debug)]
pub struct InputLayer {
    name: String,
    dims: Dims,
    /// Pixels go in, rather than events.
    pixels: bool,
    /// Largest value that goes in.
    max: u8,
}

impl InputLayer {
    /// Of the model's first layer.
    pub fn new(layer: &Layer) -> InputLayer {
        let pixels = layer.kind() == LayerKind::InputConvolutional;
        InputLayer {
            name: layer.name.clone(),
            dims: layer.shape.input,
            pixels,
            max: if pixels { 255 } else { 15 },
        }
    }

    /// The same layer, for whom an event is 1 and nothing else.
    pub fn binary(&self) -> InputLayer {
        InputLayer { max: 1, ..self.clone() }
    }

    fn check_images<'a>(&self, images: &'a Dense<u8>) -> Result<CheckedInput<'a>, Vec<Error>> {
        let mut errors = Vec::new();
        let [samples, height, width, channels] = images.shape;
        if !matches!(channels, 1 | 3) {
            errors.push(Error::ImageChannels { channels });
        }
        self.check_sizes("(n, h, w, c)", images.shape, [width, height, channels], &mut errors);
        let expected = images.shape.iter().fold(1usize, |product, &size| product.saturating_mul(size));
        if images.data.len() != expected {
            let values = images.data.len();
            errors.push(Error::InputLength { shape: images.shape, expected, values });
        }
        if errors.is_empty() && !self.pixels {
            let bad = |(_, value): &(usize, &u8)| **value > self.max;
            let mut found = images.data.iter().enumerate().filter(bad);
            if let Some((index, &value)) = found.next() {
                let position = index / channels;
                errors.push(Error::InputValue {
                    layer: self.name.clone(),
                    count: 1 + found.count(),
                    sample: position / (width * height),
                    x: position % width,
                    y: position / width % height,
                    c: index % channels,
                    value,
                    min: 0,
                    max: self.max,
                });
            }
        }
        if errors.is_empty() {
            Ok(CheckedInput { samples, dims: self.dims, values: InputValues::Pixels(&images.data) })
        } else {
            Err(errors)
        }
    }

    fn check_events<'a>(&self, sparse: &'a Sparse) -> Result<CheckedInput<'a>, Vec<Error>> {
        let mut errors = Vec::new();
        let shape = sparse.shape;
        let [samples, width, height, channels] = shape;
        self.check_sizes("(n, w, h, c)", shape, [width, height, channels], &mut errors);

        let outside = |event: &Event| {
            [event.n, event.x, event.y, event.c].iter().zip(shape).any(|(&at, size)| at as usize >= size)
        };
        let mut found = sparse.events.iter().enumerate().filter(|(_, event)| outside(event));
        if let Some((index, &Event { n, x, y, c, .. })) = found.next() {
            errors.push(Error::InputCoordinate { shape, count: 1 + found.count(), index, n, x, y, c });
        }

        let (min, max) = (u8::from(!self.pixels), self.max);
        let mut found = sparse.events.iter().filter(|event| !(min..=max).contains(&event.value));
        if let Some(event) = found.next() {
            errors.push(Error::InputValue {
                layer: self.name.clone(),
                count: 1 + found.count(),
                sample: event.n as usize,
                x: event.x as usize,
                y: event.y as usize,
                c: event.c as usize,
                value: event.value,
                min,
                max,
            });
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let events = if sparse.events.is_sorted_by_key(|event| event.n) {
            Cow::Borrowed(&sparse.events[..])
        } else {
            let mut events = sparse.events.clone();
            events.sort_by_key(|event| event.n);
            Cow::Owned(events)
        };
        Ok(CheckedInput { samples, dims: self.dims, values: InputValues::Events(events) })
    }

    /// `sizes` are width, height and channels of what came.
    fn check_sizes(&self, axes: &'static str, found: [usize; 4], sizes: [usize; 3], errors: &mut Vec<Error>) {
        let Dims { width, height, channels } = self.dims;
        if sizes != [width, height, channels].map(|size| size as usize) {
            errors.push(Error::InputShape { layer: self.name.clone(), axes, found, expected: self.dims });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_turned_whatever_their_size() {
        for [width, height] in [[1, 1], [5, 40], [33, 16], [7, 17]] {
            let image: Vec<[usize; 2]> = (0..height).flat_map(|y| (0..width).map(move |x| [x, y])).collect();
            let mut map = vec![[99; 2]; image.len()];
            turn(&image, &mut map, [width, height]);
            assert!(map.iter().copied().eq((0..width).flat_map(|x| (0..height).map(move |y| [x, y]))));
        }
    }
}
