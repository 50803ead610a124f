//! Products of small integers in vector registers: one rule, an implementation for each instruction set. The only `unsafe` of the crate.
//!
//! The unit is a *panel*: 16 filters. A [`Lanes`] holds 16 sums of 32 bits, one per filter, and adds to each the products of one *group* of
//! values (4 bytes, or 2 words of 16 bits) with the group's weights for that filter. All sets give the same integers; [`Portable`] is the
//! definition that the others are tested against.
//!
//! A value of [`Avx2`] or [`Avx512`] is a proof that the processor has the instructions: they are only made by [`InstructionSet::all`], which
//! asks the processor. That is what makes the calls of intrinsics sound. The methods are `inline(always)`, so that inside a function that is
//! compiled for the set ([`InstructionSet::run`]) each becomes one instruction.

#![allow(unsafe_code)]

/// Filters of a panel.
pub const PANEL: usize = 16;

/// Panels whose levels are made together: a register of bytes.
pub const QUAD: usize = 4;

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
    /// Whether [`Short`](Self::Short) has 16 bits, so that it must be emptied by [`widen`](Self::widen) before it overflows.
    const SHORT_OVERFLOWS: bool;
    /// Panels whose sums for a tile of positions fit the registers.
    const PANELS: usize;

    /// Sums of 0.
    fn zero(self) -> Self::Sums;
    /// Short sums of 0.
    fn zero_short(self) -> Self::Short;
    /// Adds the products of a group of bytes. No product of two neighbours together may exceed 16 bits.
    fn add_bytes(self, sums: Self::Short, values: Bytes, weights: &BytePanel) -> Self::Short;
    /// Adds short sums to sums.
    fn widen(self, sums: Self::Sums, short: Self::Short) -> Self::Sums;
    /// Adds the products of a group of words.
    fn add_words(self, sums: Self::Sums, values: Words, weights: &WordPanel) -> Self::Sums;
    /// The sums, in the order of the filters.
    fn store(self, sums: Self::Sums) -> [i32; PANEL];
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
    const SHORT_OVERFLOWS: bool = false;
    const PANELS: usize = 1;

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

/// The sets that this processor has.
#[derive(Clone, Copy, Debug)]
pub enum InstructionSet {
    /// Any processor.
    Portable(Portable),
    /// Two registers for a panel; bytes are multiplied and added in pairs to sums of 16 bits.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// One register for a panel, and an instruction for a whole group.
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
}

impl InstructionSet {
    /// All that this processor has, the best one last.
    pub fn all() -> impl DoubleEndedIterator<Item = InstructionSet> {
        let sets = [
            Some(InstructionSet::Portable(Portable)),
            #[cfg(target_arch = "x86_64")]
            Avx2::new().map(InstructionSet::Avx2),
            #[cfg(target_arch = "x86_64")]
            Avx512::new().map(InstructionSet::Avx512),
        ];
        sets.into_iter().flatten()
    }

    /// The best one.
    pub fn best() -> InstructionSet {
        InstructionSet::all().next_back().unwrap_or(InstructionSet::Portable(Portable))
    }

    /// Runs a kernel that is compiled for this set.
    pub fn run(self, kernel: impl Kernel) {
        match self {
            InstructionSet::Portable(lanes) => kernel.run(lanes),
            // SAFETY: a value of `Avx2` or `Avx512` exists only on a processor that has what the function is compiled for.
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2(lanes) => unsafe { x86::run_avx2(lanes, kernel) },
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512(lanes) => unsafe { x86::run_avx512(lanes, kernel) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
pub use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;
    use std::mem::transmute;

    use super::{BytePanel, Bytes, Kernel, Lanes, LinePanel, PANEL, QUAD, WordPanel, Words};

    #[target_feature(enable = "avx2")]
    pub fn run_avx2(lanes: Avx2, kernel: impl Kernel) {
        kernel.run(lanes);
    }

    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    pub fn run_avx512(lanes: Avx512, kernel: impl Kernel) {
        kernel.run(lanes);
    }

    /// The processor has AVX2.
    #[derive(Clone, Copy, Debug)]
    pub struct Avx2(());

    impl Avx2 {
        /// `None` if the processor has no AVX2.
        pub fn new() -> Option<Avx2> {
            is_x86_feature_detected!("avx2").then_some(Avx2(()))
        }
    }

    // SAFETY of this block: `self` exists only on a processor with AVX2; `transmute` is between types of 32 or 64 bytes without padding, all
    // of whose bit patterns are values.
    impl Lanes for Avx2 {
        type Sums = [__m256i; 2];
        /// Two sums of 16 bits for each filter.
        type Short = [__m256i; 2];
        const SHORT_OVERFLOWS: bool = true;
        const PANELS: usize = 1;

        #[inline(always)]
        fn zero(self) -> [__m256i; 2] {
            unsafe { [_mm256_setzero_si256(); 2] }
        }

        #[inline(always)]
        fn zero_short(self) -> [__m256i; 2] {
            unsafe { [_mm256_setzero_si256(); 2] }
        }

        #[inline(always)]
        fn add_bytes(self, [low, high]: [__m256i; 2], values: Bytes, weights: &BytePanel) -> [__m256i; 2] {
            unsafe {
                let values = _mm256_set1_epi32(i32::from_ne_bytes(values));
                let [l, h]: [__m256i; 2] = transmute(*weights);
                [
                    _mm256_add_epi16(low, _mm256_maddubs_epi16(values, l)),
                    _mm256_add_epi16(high, _mm256_maddubs_epi16(values, h)),
                ]
            }
        }

        #[inline(always)]
        fn widen(self, [low, high]: [__m256i; 2], [l, h]: [__m256i; 2]) -> [__m256i; 2] {
            unsafe {
                let one = _mm256_set1_epi16(1);
                [
                    _mm256_add_epi32(low, _mm256_madd_epi16(l, one)),
                    _mm256_add_epi32(high, _mm256_madd_epi16(h, one)),
                ]
            }
        }

        #[inline(always)]
        fn add_words(self, [low, high]: [__m256i; 2], values: Words, weights: &WordPanel) -> [__m256i; 2] {
            unsafe {
                let values = _mm256_set1_epi32(transmute::<Words, i32>(values));
                let [l, h]: [__m256i; 2] = transmute(*weights);
                [
                    _mm256_add_epi32(low, _mm256_madd_epi16(values, l)),
                    _mm256_add_epi32(high, _mm256_madd_epi16(values, h)),
                ]
            }
        }

        #[inline(always)]
        fn store(self, sums: [__m256i; 2]) -> [i32; PANEL] {
            unsafe { transmute(sums) }
        }

        #[inline(always)]
        fn load(self, values: &[i32; PANEL]) -> [__m256i; 2] {
            unsafe { transmute(*values) }
        }

        #[inline(always)]
        fn levels(
            self,
            sums: [[__m256i; 2]; QUAD],
            lines: [&LinePanel; QUAD],
            top: u8,
        ) -> [[u8; PANEL]; QUAD] {
            unsafe {
                let mut words = [_mm256_setzero_si256(); QUAD];
                for panel in 0..QUAD {
                    let [low, high] = sums[panel];
                    let [slope_low, slope_high]: [__m256; 2] = transmute(lines[panel].slopes);
                    let [offset_low, offset_high]: [__m256; 2] = transmute(lines[panel].offsets);
                    let low = _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(low), slope_low), offset_low);
                    let high =
                        _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(high), slope_high), offset_high);
                    // Both packings cut what does not fit: to 16 bits, then to bytes without sign.
                    words[panel] = _mm256_packs_epi32(_mm256_cvttps_epi32(low), _mm256_cvttps_epi32(high));
                }
                // Both work within halves of a register, so fours of filters come in the order 0, 2, 4, 6, 1, 3, 5, 7.
                let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
                let top = _mm256_set1_epi8(top as i8);
                let mut levels = [_mm256_setzero_si256(); 2];
                for half in 0..2 {
                    let packed = _mm256_packus_epi16(words[2 * half], words[2 * half + 1]);
                    levels[half] = _mm256_permutevar8x32_epi32(_mm256_min_epu8(packed, top), order);
                }
                transmute(levels)
            }
        }
    }

    /// The processor has AVX-512 (F, BW, DQ, VL) with VNNI.
    #[derive(Clone, Copy, Debug)]
    pub struct Avx512(());

    impl Avx512 {
        /// `None` if the processor has not.
        pub fn new() -> Option<Avx512> {
            let has = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni");
            has.then_some(Avx512(()))
        }
    }

    // SAFETY of this block: as above, with AVX-512F, BW and VNNI.
    impl Lanes for Avx512 {
        type Sums = __m512i;
        type Short = __m512i;
        const SHORT_OVERFLOWS: bool = false;
        const PANELS: usize = 4;

        #[inline(always)]
        fn zero(self) -> __m512i {
            unsafe { _mm512_setzero_si512() }
        }

        #[inline(always)]
        fn zero_short(self) -> __m512i {
            self.zero()
        }

        #[inline(always)]
        fn add_bytes(self, sums: __m512i, values: Bytes, weights: &BytePanel) -> __m512i {
            unsafe {
                let values = _mm512_set1_epi32(i32::from_ne_bytes(values));
                _mm512_dpbusd_epi32(sums, values, transmute::<BytePanel, __m512i>(*weights))
            }
        }

        #[inline(always)]
        fn widen(self, sums: __m512i, short: __m512i) -> __m512i {
            unsafe { _mm512_add_epi32(sums, short) }
        }

        #[inline(always)]
        fn add_words(self, sums: __m512i, values: Words, weights: &WordPanel) -> __m512i {
            unsafe {
                let values = _mm512_set1_epi32(transmute::<Words, i32>(values));
                _mm512_dpwssd_epi32(sums, values, transmute::<WordPanel, __m512i>(*weights))
            }
        }

        #[inline(always)]
        fn store(self, sums: __m512i) -> [i32; PANEL] {
            unsafe { transmute(sums) }
        }

        #[inline(always)]
        fn load(self, values: &[i32; PANEL]) -> __m512i {
            unsafe { transmute(*values) }
        }

        #[inline(always)]
        fn levels(self, sums: [__m512i; QUAD], lines: [&LinePanel; QUAD], top: u8) -> [[u8; PANEL]; QUAD] {
            unsafe {
                let mut values = sums;
                for panel in 0..QUAD {
                    let slopes = transmute::<[f32; PANEL], __m512>(lines[panel].slopes);
                    let offsets = transmute::<[f32; PANEL], __m512>(lines[panel].offsets);
                    let on_line =
                        _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sums[panel]), slopes), offsets);
                    values[panel] = _mm512_cvttps_epi32(on_line);
                }
                // As with AVX2. Packing works within quarters: each has four filters of every panel.
                let packed = _mm512_packus_epi16(
                    _mm512_packs_epi32(values[0], values[1]),
                    _mm512_packs_epi32(values[2], values[3]),
                );
                let order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
                let levels = _mm512_min_epu8(packed, _mm512_set1_epi8(top as i8));
                transmute(_mm512_permutexvar_epi32(order, levels))
            }
        }
    }
}
