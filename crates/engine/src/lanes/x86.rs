//! The instruction sets of x86-64. The only `unsafe` of the crate.
//!
//! A value of [`Avx2`] or [`Avx512`] is a proof that the processor has the instructions: they are only made by their `new`, which asks the
//! processor. That is what makes the calls of intrinsics sound. The methods are `inline(always)`, so that inside a function that is compiled
//! for the set ([`Avx512::run`]) each becomes one instruction.

#![allow(unsafe_code)]

use std::arch::x86_64::*;
use std::mem::transmute;

use super::{BytePanel, Bytes, Kernel, Lanes, LinePanel, PAIRED, PANEL, QUAD, WordPanel, Words};

#[target_feature(enable = "avx2,popcnt")]
fn run_avx2(lanes: Avx2, kernel: impl Kernel) {
    kernel.run(lanes);
}

#[target_feature(enable = "avx2,popcnt,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn run_avx512(lanes: Avx512, kernel: impl Kernel) {
    kernel.run(lanes);
}

/// The processor has AVX2.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

impl Avx2 {
    /// `None` if the processor has no AVX2.
    pub fn new() -> Option<Avx2> {
        let has = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt");
        has.then_some(Avx2(()))
    }

    /// Runs a kernel that is compiled for this set.
    pub fn run(self, kernel: impl Kernel) {
        // SAFETY: a value of this type exists only on a processor that has what the function is compiled for.
        unsafe { run_avx2(self, kernel) }
    }
}

// SAFETY of this block: `self` exists only on a processor with AVX2; `transmute` is between types of 32 or 64 bytes without padding, all
// of whose bit patterns are values.
impl Lanes for Avx2 {
    type Sums = [__m256i; 2];
    /// Two sums of 16 bits for each filter.
    type Short = [__m256i; 2];
    /// In the order of the weights.
    type Paired = [__m256i; 4];
    const SHORT_OVERFLOWS: bool = true;
    const PANELS: usize = 1;
    const EVENT: usize = 1;

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
    fn zero_paired(self) -> [__m256i; 4] {
        unsafe { [_mm256_setzero_si256(); 4] }
    }

    #[inline(always)]
    fn add_paired(
        self,
        mut sums: [__m256i; 4],
        a: &[u8; PAIRED],
        b: &[u8; PAIRED],
        weights: &[[i8; 2]; PAIRED],
    ) -> [__m256i; 4] {
        unsafe {
            let a = transmute::<[u8; PAIRED], [__m256i; 2]>(*a);
            let b = transmute::<[u8; PAIRED], [__m256i; 2]>(*b);
            let weights: [__m256i; 4] = transmute(*weights);
            for half in 0..2 {
                let even = _mm256_maddubs_epi16(_mm256_unpacklo_epi8(a[half], b[half]), weights[half]);
                let odd = _mm256_maddubs_epi16(_mm256_unpackhi_epi8(a[half], b[half]), weights[2 + half]);
                sums[half] = _mm256_add_epi16(sums[half], even);
                sums[2 + half] = _mm256_add_epi16(sums[2 + half], odd);
            }
            sums
        }
    }

    #[inline(always)]
    fn add_rows(
        self,
        mut sums: [__m256i; 4],
        a: &[i8; PAIRED],
        b: &[i8; PAIRED],
        values: [u8; 2],
    ) -> [__m256i; 4] {
        unsafe {
            let a = transmute::<[i8; PAIRED], [__m256i; 2]>(*a);
            let b = transmute::<[i8; PAIRED], [__m256i; 2]>(*b);
            let values = _mm256_set1_epi16(i16::from_ne_bytes(values));
            for half in 0..2 {
                let even = _mm256_maddubs_epi16(values, _mm256_unpacklo_epi8(a[half], b[half]));
                let odd = _mm256_maddubs_epi16(values, _mm256_unpackhi_epi8(a[half], b[half]));
                sums[half] = _mm256_add_epi16(sums[half], even);
                sums[2 + half] = _mm256_add_epi16(sums[2 + half], odd);
            }
            sums
        }
    }

    #[inline(always)]
    fn nonzero(self, values: &[u8; PAIRED]) -> u64 {
        unsafe {
            let [low, high] = transmute::<[u8; PAIRED], [__m256i; 2]>(*values);
            let zero = _mm256_setzero_si256();
            let low = _mm256_movemask_epi8(_mm256_cmpeq_epi8(low, zero)) as u32;
            let high = _mm256_movemask_epi8(_mm256_cmpeq_epi8(high, zero)) as u32;
            !(u64::from(low) | u64::from(high) << 32)
        }
    }

    #[inline(always)]
    fn store_paired(self, sums: [__m256i; 4]) -> [i16; PAIRED] {
        unsafe {
            let mut ordered = sums;
            for half in 0..2 {
                let [even, odd] = [sums[half], sums[2 + half]];
                ordered[2 * half] = _mm256_permute2x128_si256::<0x20>(even, odd);
                ordered[2 * half + 1] = _mm256_permute2x128_si256::<0x31>(even, odd);
            }
            transmute(ordered)
        }
    }

    #[inline(always)]
    fn load(self, values: &[i32; PANEL]) -> [__m256i; 2] {
        unsafe { transmute(*values) }
    }

    #[inline(always)]
    fn levels(self, sums: [[__m256i; 2]; QUAD], lines: [&LinePanel; QUAD], top: u8) -> [[u8; PANEL]; QUAD] {
        unsafe {
            let mut words = [_mm256_setzero_si256(); QUAD];
            for panel in 0..QUAD {
                let [low, high] = sums[panel];
                let [slope_low, slope_high]: [__m256; 2] = transmute(lines[panel].slopes);
                let [offset_low, offset_high]: [__m256; 2] = transmute(lines[panel].offsets);
                let low = _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(low), slope_low), offset_low);
                let high = _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(high), slope_high), offset_high);
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
        let has = Avx2::new().is_some()
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vnni");
        has.then_some(Avx512(()))
    }

    /// Runs a kernel that is compiled for this set.
    pub fn run(self, kernel: impl Kernel) {
        // SAFETY: a value of this type exists only on a processor that has what the function is compiled for.
        unsafe { run_avx512(self, kernel) }
    }
}

// SAFETY of this block: as above, with AVX-512F, BW and VNNI.
impl Lanes for Avx512 {
    type Sums = __m512i;
    type Short = __m512i;
    /// In the order of the weights.
    type Paired = [__m512i; 2];
    const SHORT_OVERFLOWS: bool = false;
    const PANELS: usize = 4;
    const EVENT: usize = 4;

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
    fn zero_paired(self) -> [__m512i; 2] {
        [self.zero(); 2]
    }

    #[inline(always)]
    fn add_paired(
        self,
        [even, odd]: [__m512i; 2],
        a: &[u8; PAIRED],
        b: &[u8; PAIRED],
        weights: &[[i8; 2]; PAIRED],
    ) -> [__m512i; 2] {
        unsafe {
            let [a, b] = [transmute::<[u8; PAIRED], __m512i>(*a), transmute::<[u8; PAIRED], __m512i>(*b)];
            let [w, v]: [__m512i; 2] = transmute(*weights);
            [
                _mm512_add_epi16(even, _mm512_maddubs_epi16(_mm512_unpacklo_epi8(a, b), w)),
                _mm512_add_epi16(odd, _mm512_maddubs_epi16(_mm512_unpackhi_epi8(a, b), v)),
            ]
        }
    }

    #[inline(always)]
    fn add_rows(
        self,
        [even, odd]: [__m512i; 2],
        a: &[i8; PAIRED],
        b: &[i8; PAIRED],
        values: [u8; 2],
    ) -> [__m512i; 2] {
        unsafe {
            let [a, b] = [transmute::<[i8; PAIRED], __m512i>(*a), transmute::<[i8; PAIRED], __m512i>(*b)];
            let values = _mm512_set1_epi16(i16::from_ne_bytes(values));
            [
                _mm512_add_epi16(even, _mm512_maddubs_epi16(values, _mm512_unpacklo_epi8(a, b))),
                _mm512_add_epi16(odd, _mm512_maddubs_epi16(values, _mm512_unpackhi_epi8(a, b))),
            ]
        }
    }

    #[inline(always)]
    fn nonzero(self, values: &[u8; PAIRED]) -> u64 {
        unsafe {
            let values = transmute::<[u8; PAIRED], __m512i>(*values);
            _mm512_test_epi8_mask(values, values)
        }
    }

    #[inline(always)]
    fn store_paired(self, [even, odd]: [__m512i; 2]) -> [i16; PAIRED] {
        unsafe {
            let [low, high] =
                [_mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15)];
            transmute([_mm512_permutex2var_epi64(even, low, odd), _mm512_permutex2var_epi64(even, high, odd)])
        }
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
                let on_line = _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sums[panel]), slopes), offsets);
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
