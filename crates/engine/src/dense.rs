//! Convolution over all values of a map, zero or not: for maps that are not sparse.
//!
//! The map's border is written out ([`Border`]), so every window is a few runs of values at equal distances and the convolution is a product
//! of windows with a matrix of weights ([`tile`](crate::tile)).

use std::ops::Range;

use spikemesh_model::{Dims, Span};

use crate::border::Border;
use crate::instruction_set::InstructionSet;
use crate::lanes::PANEL;
use crate::results::Results;
use crate::strips::Columns;
use crate::tile::{Kind, OfBytes, OfWords, Panels, Windows, multiply};

/// A convolution with its weights in panels.
#[derive(Clone, Debug)]
pub struct Dense {
    set: InstructionSet,
    kernel: [Span; 2],
    outside: u8,
    weights: Weights,
}

/// Bytes where two products fit 16 bits or need not, otherwise words.
#[derive(Clone, Debug)]
enum Weights {
    Bytes(Border, Panels<OfBytes>),
    Words(Border, Panels<OfWords>),
}

/// The map with its border.
#[derive(Clone, Debug, Default)]
pub struct PaddedMap {
    bytes: Vec<u8>,
    words: Vec<i16>,
}

impl Dense {
    /// `weight(tap_x, tap_y, channel, filter)` meets the input at `output * stride - pad + tap`; positions outside of the map have the value
    /// `outside`. No input exceeds `max_input`.
    pub fn new(
        map: Dims,
        kernel: [Span; 2],
        filters: usize,
        max_input: u32,
        outside: u8,
        weight: impl Fn(usize, usize, usize, usize) -> i8,
    ) -> Dense {
        let set = InstructionSet::best();
        let bytes = Border::new(map, &kernel, OfBytes::GROUP);
        let max_input = u64::from(max_input).max(outside.into());
        let packed = panels::<OfBytes>(&bytes, map, &kernel, filters, max_input, &weight);
        let weights = if packed.fits_bytes(set) {
            Weights::Bytes(bytes, packed)
        } else {
            let words = Border::new(map, &kernel, OfWords::GROUP);
            let packed = panels::<OfWords>(&words, map, &kernel, filters, max_input, &weight);
            Weights::Words(words, packed)
        };
        Dense { set, kernel, outside, weights }
    }

    /// Products of a group of values with a panel of filters that so many values take, for each window that they are in.
    pub fn groups(&self, values: usize) -> usize {
        match &self.weights {
            Weights::Bytes(_, weights) => values / OfBytes::GROUP * weights.filters().div_ceil(PANEL),
            Weights::Words(_, weights) => values / OfWords::GROUP * weights.filters().div_ceil(PANEL),
        }
    }

    /// Writes the border of `map` (w, h, c) out.
    pub fn lay<'a>(&'a self, map: &[u8], padded: &'a mut PaddedMap) -> LaidMap<'a> {
        let product = match &self.weights {
            Weights::Bytes(border, weights) => {
                border.write(map, self.outside, &mut padded.bytes);
                LaidProduct::Bytes(self.windows(border, &padded.bytes), weights)
            }
            Weights::Words(border, weights) => {
                border.write(map, self.outside, &mut padded.words);
                LaidProduct::Words(self.windows(border, &padded.words), weights)
            }
        };
        LaidMap { set: self.set, product }
    }

    fn windows<'a, V>(&self, border: &Border, map: &'a [V]) -> Windows<'a, V> {
        let Dims { height, channels, .. } = border.padded();
        let column_stride = height as usize * channels as usize;
        let [x, y] = self.kernel.map(|span| span.stride as usize);
        Windows {
            map,
            count: self.kernel.map(|span| span.outputs as usize),
            step: [x * column_stride, y * channels as usize],
            columns: self.kernel[0].size as usize,
            column_stride,
        }
    }
}

/// A map with its border, to be convolved.
pub struct LaidMap<'a> {
    set: InstructionSet,
    product: LaidProduct<'a>,
}

enum LaidProduct<'a> {
    Bytes(Windows<'a, u8>, &'a Panels<OfBytes>),
    Words(Windows<'a, i16>, &'a Panels<OfWords>),
}

impl Columns for LaidMap<'_> {
    fn shape(&self) -> [usize; 3] {
        let ([width, height], filters) = match &self.product {
            LaidProduct::Bytes(windows, weights) => (windows.count, weights.filters()),
            LaidProduct::Words(windows, weights) => (windows.count, weights.filters()),
        };
        [width, height, filters]
    }

    fn scratch(&self) -> usize {
        0
    }

    fn weight_bytes(&self) -> usize {
        match &self.product {
            LaidProduct::Bytes(_, weights) => weights.bytes(),
            LaidProduct::Words(_, weights) => weights.bytes(),
        }
    }

    fn products(&self) -> usize {
        let [width, height, _] = self.shape();
        let products = match &self.product {
            LaidProduct::Bytes(_, weights) => weights.products(),
            LaidProduct::Words(_, weights) => weights.products(),
        };
        width * height * products
    }

    fn write(&self, columns: Range<usize>, _: &mut [i16], results: Results<'_>) {
        match &self.product {
            LaidProduct::Bytes(windows, weights) => {
                multiply(self.set, &windows.at(columns), weights, results)
            }
            LaidProduct::Words(windows, weights) => {
                multiply(self.set, &windows.at(columns), weights, results)
            }
        }
    }
}

/// Weights in the order of a window's values: (tap x, tap y, channel), channels filled up.
fn panels<K: Kind>(
    border: &Border,
    map: Dims,
    kernel: &[Span; 2],
    filters: usize,
    max_input: u64,
    weight: impl Fn(usize, usize, usize, usize) -> i8,
) -> Panels<K> {
    let channels = border.padded().channels as usize;
    let [width, height] = kernel.map(|span| span.size as usize);
    Panels::new(width * height * channels, filters, max_input, |row, filter| {
        let (tap, channel) = (row / channels, row % channels);
        if channel < map.channels as usize { weight(tap / height, tap % height, channel, filter) } else { 0 }
    })
}
