//! Products of small integers in vector registers: one rule, an implementation for each instruction set.
//!
//! The unit is a *panel*: 16 filters. A [`Lanes`] holds 16 sums of 32 bits, one per filter, and adds to each the products of one *group* of
//! values (4 bytes, or 2 words of 16 bits) with the group's weights for that filter. All sets give the same integers; [`Portable`] is the
//! definition that the others are tested against.

/// Filters of a panel.
pub const PANEL: usize = 16;

/// Panels whose levels are made together: a register of bytes.
pub const QUAD: usize = 4;

/// Values whose products are summed each by itself, two and two values together.
pub const PAIRED: usize = 64;

/// Which of the values the i-th of their weights belongs to. Registers of values are interleaved within sixteens, so even eights come first,
/// then odd ones.
pub const fn paired_value(i: usize) -> usize {
    let (odd, i) = (i / (PAIRED / 2), i % (PAIRED / 2));
    i / 8 * 16 + odd * 8 + i % 8
}

/// Four bytes: values 0..=255.
pub type Bytes = [u8; 4];
/// Two words.
pub type Words = [i16; 2];
/// Weights of a panel for a group of bytes: (filter, value).
pub type BytePanel = [[i8; 4]; PANEL];
/// Weights of a panel for a group of words: (filter, value).
pub type WordPanel = [[i16; 2]; PANEL];

/// Lines that give the levels of a panel's filters: `level = potential * slope + offset`, cut to an integer and to 0..=top.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinePanel {
    /// Levels for each unit of the potential.
    pub slopes: [f32; PANEL],
    /// Level of a potential of 0.
    pub offsets: [f32; PANEL],
}

/// The rule of [`LinePanel`] for one potential, before it is cut to 0..=top. Each operation rounds to the nearest number of 32 bits, in all
/// instruction sets alike, so that all give the same level.
#[inline(always)]
pub fn on_line(potential: i32, slope: f32, offset: f32) -> i32 {
    (potential as f32 * slope + offset) as i32
}

/// Sixteen sums, one for each filter of a panel.
pub trait Lanes: Copy {
    /// Sums in 32 bits.
    type Sums: Copy;
    /// Sums of products of bytes before they are widened: perhaps in 16 bits.
    type Short: Copy;
    /// Sums in 16 bits, one for each of [`PAIRED`] values.
    type Paired: Copy;
    /// Whether [`Short`](Self::Short) has 16 bits, so that it must be emptied by [`widen`](Self::widen) before it overflows.
    const SHORT_OVERFLOWS: bool;
    /// Panels whose sums for a tile of positions fit the registers.
    const PANELS: usize;
    /// What a value of a list with its row of weights for [`PAIRED`] filters costs, in products of a group of bytes with a panel in a tile
    /// (docs/performance.md has the measurement).
    const EVENT: usize;

    /// Sums of 0.
    fn zero(self) -> Self::Sums;
    /// Short sums of 0.
    fn zero_short(self) -> Self::Short;
    /// Adds the products of a group of bytes. If short sums have 16 bits, products of two neighbours together may not exceed these.
    fn add_bytes(self, sums: Self::Short, values: Bytes, weights: &BytePanel) -> Self::Short;
    /// Adds short sums to sums.
    fn widen(self, sums: Self::Sums, short: Self::Short) -> Self::Sums;
    /// Adds the products of a group of words.
    fn add_words(self, sums: Self::Sums, values: Words, weights: &WordPanel) -> Self::Sums;
    /// The sums, in the order of the filters.
    fn store(self, sums: Self::Sums) -> [i32; PANEL];
    /// Paired sums of 0.
    fn zero_paired(self) -> Self::Paired;
    /// Adds to every sum the products of two values, by which it stays within 16 bits. Weights are in the order of [`paired_value`].
    fn add_paired(
        self,
        sums: Self::Paired,
        a: &[u8; PAIRED],
        b: &[u8; PAIRED],
        weights: &[[i8; 2]; PAIRED],
    ) -> Self::Paired;
    /// Adds to every sum the products of two values with its weights.
    fn add_rows(
        self,
        sums: Self::Paired,
        a: &[i8; PAIRED],
        b: &[i8; PAIRED],
        values: [u8; 2],
    ) -> Self::Paired;
    /// A bit for each value that is not 0, the first one lowest.
    fn nonzero(self, values: &[u8; PAIRED]) -> u64;
    /// The sums, in the order of the values.
    fn store_paired(self, sums: Self::Paired) -> [i16; PAIRED];
    /// Sixteen values as sums.
    fn load(self, values: &[i32; PANEL]) -> Self::Sums;
    /// The levels of four panels by [`LinePanel`]. No value on a line may leave 32 bits.
    fn levels(self, sums: [Self::Sums; QUAD], lines: [&LinePanel; QUAD], top: u8) -> [[u8; PANEL]; QUAD];
}

/// Plain loops.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

impl Lanes for Portable {
    type Sums = [i32; PANEL];
    type Short = [i32; PANEL];
    type Paired = [i16; PAIRED];
    const SHORT_OVERFLOWS: bool = false;
    const PANELS: usize = 1;
    const EVENT: usize = 1;

    #[inline(always)]
    fn zero(self) -> [i32; PANEL] {
        [0; PANEL]
    }

    #[inline(always)]
    fn zero_short(self) -> [i32; PANEL] {
        [0; PANEL]
    }

    #[inline(always)]
    fn add_bytes(self, mut sums: [i32; PANEL], values: Bytes, weights: &BytePanel) -> [i32; PANEL] {
        for (sum, weights) in sums.iter_mut().zip(weights) {
            for (value, weight) in values.into_iter().zip(weights) {
                *sum += i32::from(value) * i32::from(*weight);
            }
        }
        sums
    }

    #[inline(always)]
    fn widen(self, mut sums: [i32; PANEL], short: [i32; PANEL]) -> [i32; PANEL] {
        for (sum, short) in sums.iter_mut().zip(short) {
            *sum += short;
        }
        sums
    }

    #[inline(always)]
    fn add_words(self, mut sums: [i32; PANEL], values: Words, weights: &WordPanel) -> [i32; PANEL] {
        for (sum, weights) in sums.iter_mut().zip(weights) {
            for (value, weight) in values.into_iter().zip(weights) {
                *sum += i32::from(value) * i32::from(*weight);
            }
        }
        sums
    }

    #[inline(always)]
    fn store(self, sums: [i32; PANEL]) -> [i32; PANEL] {
        sums
    }

    #[inline(always)]
    fn zero_paired(self) -> [i16; PAIRED] {
        [0; PAIRED]
    }

    #[inline(always)]
    fn add_paired(
        self,
        mut sums: [i16; PAIRED],
        a: &[u8; PAIRED],
        b: &[u8; PAIRED],
        weights: &[[i8; 2]; PAIRED],
    ) -> [i16; PAIRED] {
        // Eights lie side by side, in whatever order. The two weights are the halves of one word, so that lanes need not be sorted.
        for (i, weights) in weights.as_chunks::<8>().0.iter().enumerate() {
            let first = paired_value(8 * i);
            let values = a[first..first + 8].iter().zip(&b[first..first + 8]);
            for ((sum, (&a, &b)), &[low, high]) in sums[first..first + 8].iter_mut().zip(values).zip(weights)
            {
                let both = i16::from_le_bytes([low as u8, high as u8]);
                *sum += i16::from(a) * ((both << 8) >> 8) + i16::from(b) * (both >> 8);
            }
        }
        sums
    }

    #[inline(always)]
    fn add_rows(
        self,
        mut sums: [i16; PAIRED],
        a: &[i8; PAIRED],
        b: &[i8; PAIRED],
        values: [u8; 2],
    ) -> [i16; PAIRED] {
        let [u, v] = values.map(i16::from);
        for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
            *sum += i16::from(a) * u + i16::from(b) * v;
        }
        sums
    }

    #[inline(always)]
    fn nonzero(self, values: &[u8; PAIRED]) -> u64 {
        let mut bits = 0;
        for (i, value) in values.iter().enumerate() {
            bits |= u64::from(*value != 0) << i;
        }
        bits
    }

    #[inline(always)]
    fn store_paired(self, sums: [i16; PAIRED]) -> [i16; PAIRED] {
        sums
    }

    #[inline(always)]
    fn load(self, values: &[i32; PANEL]) -> [i32; PANEL] {
        *values
    }

    #[inline(always)]
    fn levels(self, sums: [[i32; PANEL]; QUAD], lines: [&LinePanel; QUAD], top: u8) -> [[u8; PANEL]; QUAD] {
        let mut levels = [[0; PANEL]; QUAD];
        for ((levels, sums), lines) in levels.iter_mut().zip(sums).zip(lines) {
            for lane in 0..PANEL {
                let level = on_line(sums[lane], lines.slopes[lane], lines.offsets[lane]);
                levels[lane] = level.clamp(0, top.into()) as u8;
            }
        }
        levels
    }
}

/// A loop that is compiled for every instruction set.
pub trait Kernel {
    /// Runs it. An implementation is `inline(always)`, as is what it calls: only so is it compiled for the set.
    fn run<L: Lanes>(self, lanes: L);
}

#[cfg(target_arch = "x86_64")]
pub mod x86;
