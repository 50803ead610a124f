//! A list of events.

use std::borrow::Cow;

use super::dense::{Dense, values};
use super::error::Error;

/// One event of a sparse tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Event {
    /// Sample.
    pub n: u32,
    /// Column.
    pub x: u32,
    /// Row.
    pub y: u32,
    /// Channel.
    pub c: u32,
    /// Value, 1..=255.
    pub value: u8,
}

impl Event {
    /// The values of a map (w, h, c) that are not zero, as events of sample `n`, ascending. `h` and `c` are its last sizes. Coordinates
    /// are counted and not divided: six divisions an event took five times as long.
    pub fn of_map(map: &[u8], [h, c]: [usize; 2], n: u32) -> Vec<Event> {
        let mut events = Vec::with_capacity(map.iter().filter(|value| **value != 0).count());
        let (mut x, mut y) = (0, 0);
        for values in map.chunks_exact(c.max(1)) {
            for (c, &value) in (0..).zip(values) {
                if value != 0 {
                    events.push(Event { n, x, y, c, value });
                }
            }
            y += 1;
            if y == h as u32 {
                (x, y) = (x + 1, 0);
            }
        }
        events
    }

    /// Coordinates (n, x, y, c).
    pub fn place(&self) -> [u32; 4] {
        [self.n, self.x, self.y, self.c]
    }
}

/// Events of shape (n, w, h, c), at most one per coordinate, ascending by (n, x, y, c) unless sorted otherwise. Two are equal if they hold the same
/// events, in whatever order.
#[derive(Clone, Debug)]
pub struct Sparse {
    /// Sizes (n, w, h, c).
    pub shape: [usize; 4],
    /// The events.
    pub events: Vec<Event>,
}

impl PartialEq for Sparse {
    fn eq(&self, other: &Sparse) -> bool {
        if self.shape != other.shape || self.events.len() != other.events.len() {
            return false;
        }
        self.events == other.events || ascending(&self.events) == ascending(&other.events)
    }
}

/// The events in the order in which they are made.
fn ascending(events: &[Event]) -> Cow<'_, [Event]> {
    let mut events = Cow::Borrowed(events);
    if !events.is_sorted() {
        events.to_mut().sort_unstable();
    }
    events
}

/// What [`Sparse::chip`] leaves: events without one of their dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip {
    /// The other sizes.
    pub shape: [usize; 3],
    /// The other coordinates, and values, in the order of the tensor.
    pub events: Vec<([u32; 3], u8)>,
}

/// Largest coordinate: arrays of coordinates hold signed numbers of 32 bits.
pub const MAX_COORDINATE: u32 = i32::MAX as u32;
/// Names of the dimensions.
const NAMES: [&str; 4] = ["n", "x", "y", "c"];

impl Sparse {
    /// Events in any order. Errors: an event outside of `shape`, of value 0, or at the place of another.
    pub fn new(shape: [usize; 4], mut events: Vec<Event>) -> Result<Sparse, Error> {
        for (index, event) in events.iter().enumerate() {
            bounds(index, event.place().map(i64::from), shape)?;
            if event.value == 0 {
                return Err(Error::ZeroEvent { index });
            }
        }
        events.sort_unstable();
        if let Some(pair) = events.windows(2).find(|pair| pair[0].place() == pair[1].place()) {
            return Err(Error::DuplicateEvent { place: pair[0].place() });
        }
        Ok(Sparse { shape, events })
    }

    /// Events of value 1 at rows of `columns` coordinates each: (x, y, c) with a `shape` of (w, h, c), or (n, x, y, c) with
    /// (n, w, h, c). Duplicates collapse to one event. Errors: other pairings, an incomplete row, a coordinate out of bounds.
    pub fn from_coords(coords: &[i64], columns: usize, shape: &[usize]) -> Result<Sparse, Error> {
        let mismatch = Error::Coordinates { columns, dimensions: shape.len() };
        match (columns, shape) {
            (3, &[w, h, c]) => {
                let (rows, []) = coords.as_chunks::<3>() else { return Err(mismatch) };
                Sparse::ones([1, w, h, c], rows.iter().map(|&[x, y, c]| [0, x, y, c]))
            }
            (4, &[n, w, h, c]) => {
                let (rows, []) = coords.as_chunks::<4>() else { return Err(mismatch) };
                Sparse::ones([n, w, h, c], rows.iter().copied())
            }
            _ => Err(mismatch),
        }
    }

    /// Events of value 1 at rows of (x, y, c), `packet_size` rows to a sample, fewer in the last. Duplicates within a sample
    /// count before they collapse. Errors: `packet_size` 0, an incomplete row, a coordinate out of bounds.
    pub fn packetize(coords: &[i64], shape: [usize; 3], packet_size: usize) -> Result<Sparse, Error> {
        if packet_size == 0 {
            return Err(Error::PacketSize);
        }
        let (rows, rest) = coords.as_chunks::<3>();
        if !rest.is_empty() {
            return Err(Error::Coordinates { columns: rest.len(), dimensions: 3 });
        }
        let [w, h, c] = shape;
        let packets = rows.len().div_ceil(packet_size);
        let places = rows.iter().enumerate().map(|(i, &[x, y, c])| [(i / packet_size) as i64, x, y, c]);
        Sparse::ones([packets, w, h, c], places)
    }

    fn ones(shape: [usize; 4], places: impl Iterator<Item = [i64; 4]>) -> Result<Sparse, Error> {
        let event = |(index, place)| {
            let [n, x, y, c] = bounds(index, place, shape)?;
            Ok(Event { n, x, y, c, value: 1 })
        };
        let mut events = places.enumerate().map(event).collect::<Result<Vec<_>, _>>()?;
        events.sort_unstable();
        events.dedup();
        Ok(Sparse { shape, events })
    }

    /// The values of an (n, w, h, c) array that are not zero.
    pub fn from_dense(dense: &Dense<u8>) -> Sparse {
        let [_, w, h, c] = dense.shape;
        // Sizes of an array without values may multiply to anything.
        let size = if dense.data.is_empty() { 1 } else { w * h * c };
        let maps = (0..).zip(dense.data.chunks_exact(size));
        let events = maps.flat_map(|(n, map)| Event::of_map(map, [h, c], n)).collect();
        Sparse { shape: dense.shape, events }
    }

    /// The values of an (n, h, w, c) array that are not zero.
    pub fn from_images(images: &Dense<u8>) -> Sparse {
        let Sparse { shape: [n, h, w, c], mut events } = Sparse::from_dense(images);
        for event in &mut events {
            std::mem::swap(&mut event.x, &mut event.y);
        }
        events.sort_unstable();
        Sparse { shape: [n, w, h, c], events }
    }

    /// The same as an (n, w, h, c) array. Errors: too many values, an event out of bounds.
    pub fn to_dense(&self) -> Result<Dense<u8>, Error> {
        let mut data = vec![0; values(&self.shape)?];
        let [_, w, h, c] = self.shape;
        for (index, event) in self.events.iter().enumerate() {
            let place = bounds(index, event.place().map(i64::from), self.shape)?;
            let [en, ex, ey, ec] = place.map(|coordinate| coordinate as usize);
            data[((en * w + ex) * h + ey) * c + ec] = event.value;
        }
        Ok(Dense { shape: self.shape, data })
    }

    /// Number of events.
    pub fn nnz(&self) -> usize {
        self.events.len()
    }

    /// Number of positions; at most `u64::MAX`.
    pub fn size(&self) -> u64 {
        self.shape.iter().fold(1, |size: u64, side| size.saturating_mul(*side as u64))
    }

    /// Share of positions without an event; 1 if there are no positions.
    pub fn sparsity(&self) -> f64 {
        match self.size() {
            0 => 1.0,
            size => 1.0 - self.nnz() as f64 / size as f64,
        }
    }

    /// Sorts the events by the dimensions in `order`, the first one slowest. Errors: not each of 0 to 3 once.
    pub fn sort(&mut self, order: &[usize]) -> Result<(), Error> {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        let (&[a, b, c, d], [0, 1, 2, 3]) = (order, sorted.as_slice()) else {
            return Err(Error::Order { order: order.to_vec() });
        };
        self.events.sort_by_key(|event| [a, b, c, d].map(|dimension| event.place()[dimension]));
        Ok(())
    }

    /// The events that match `mask`, one entry per dimension: a coordinate, or -1 for all; same shape. Errors: not four
    /// entries, a coordinate out of bounds.
    pub fn slice(&self, mask: &[i64]) -> Result<Sparse, Error> {
        let fits =
            |(entry, size): (&i64, &usize)| *entry == -1 || (*entry >= 0 && (*entry as u64) < *size as u64);
        if mask.len() != 4 || !mask.iter().zip(&self.shape).all(fits) {
            return Err(Error::Mask { mask: mask.to_vec(), shape: self.shape });
        }
        let matches =
            |event: &&Event| mask.iter().zip(event.place()).all(|(m, p)| *m == -1 || *m == i64::from(p));
        Ok(Sparse { shape: self.shape, events: self.events.iter().filter(matches).copied().collect() })
    }

    /// The events with coordinate `index` in `dimension`, without that dimension. Errors: no such dimension or coordinate.
    pub fn chip(&self, dimension: usize, index: usize) -> Result<Chip, Error> {
        if self.shape.get(dimension).is_none_or(|size| index >= *size) {
            return Err(Error::Chip { dimension, index, shape: self.shape });
        }
        let others: [usize; 3] = std::array::from_fn(|i| if i < dimension { i } else { i + 1 });
        let inside = self.events.iter().filter(|event| event.place()[dimension] as usize == index);
        let events = inside.map(|event| (others.map(|d| event.place()[d]), event.value));
        Ok(Chip { shape: others.map(|d| self.shape[d]), events: events.collect() })
    }
}

/// The place as coordinates, if it lies inside of `shape`.
fn bounds(index: usize, place: [i64; 4], shape: [usize; 4]) -> Result<[u32; 4], Error> {
    let mut inside = [0; 4];
    for (dimension, (value, size)) in place.into_iter().zip(shape).enumerate() {
        match u32::try_from(value) {
            Ok(coordinate) if coordinate > MAX_COORDINATE && (coordinate as usize) < size => {
                let dimension = NAMES[dimension];
                return Err(Error::CoordinateLimit { index, dimension, value, limit: MAX_COORDINATE });
            }
            Ok(coordinate) if (coordinate as usize) < size => inside[dimension] = coordinate,
            _ => return Err(Error::OutOfBounds { index, dimension: NAMES[dimension], value, size }),
        }
    }
    Ok(inside)
}
