//! Tiles in Intel's matrix unit, AMX, with AVX-512 around it.
//!
//! Stable Rust has neither intrinsics nor registers for tiles. But assembly may name them in its text, and the compiler keeps
//! nothing in them.
//!
//! On a two-core Intel with AMX a product was measured to take 16 cycles whatever its inner dimension, chains on one
//! accumulator at no cost; a load 8 if each row lies in one cache line, and 52 if all straddle two; a store 16; configuring
//! 48 ns. So rows should begin at multiples of 64 bytes, with two loads a product at most, and vector instructions between
//! products are free. Blocks and their order are those that were measured.

use std::arch::asm;
use std::arch::x86_64::{
    __m256i, __m512, __m512i, _mm256_cmplt_epu16_mask, _mm256_loadu_si256, _mm256_maskz_mov_epi16,
    _mm256_set1_epi16, _mm256_storeu_si256, _mm256_sub_epi16, _mm512_add_epi32, _mm512_add_ps,
    _mm512_castsi256_si512, _mm512_castsi512_ps, _mm512_castsi512_si256, _mm512_cmplt_epu16_mask,
    _mm512_cvtepu16_epi32, _mm512_cvtne2ps_pbh, _mm512_cvtneps_pbh, _mm512_extracti64x4_epi64,
    _mm512_inserti64x4, _mm512_loadu_ps, _mm512_loadu_si512, _mm512_mask_add_epi32, _mm512_maskz_mov_epi16,
    _mm512_max_ps, _mm512_or_si512, _mm512_permutex2var_epi32, _mm512_permutexvar_epi16, _mm512_set_epi32,
    _mm512_set1_epi16, _mm512_set1_epi32, _mm512_setzero_ps, _mm512_setzero_si512, _mm512_slli_epi32,
    _mm512_storeu_si512, _mm512_sub_epi16, _mm512_sub_epi32, _mm512_test_epi32_mask,
};
use std::marker::PhantomData;
use std::mem::transmute;

use super::unit::{Block, Pending, Unit};
use super::{INPUTS, OUTPUTS, TILE, UNITS};
use crate::bf16::Bf16;

/// The matrix unit. Sums of a block are in the tiles 0 to 3, factors in 4 to 7.
pub(super) struct Amx;

/// The shape of the thread's tiles, as `LDTILECFG` reads it.
#[repr(C, align(64))]
struct Shape {
    /// Which table of tiles, and the row where an interrupted load goes on.
    palette: [u8; 16],
    bytes: [u16; 16],
    rows: [u8; 16],
}

/// Eight tiles of 16 rows of 64 bytes.
static EIGHT: Shape = Shape {
    palette: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    bytes: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
    rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
};

/// From a row of a packed tile to the next, in bytes.
const LINE: usize = 64;
/// From a unit's sums to the next one's, in bytes.
const SUMS: usize = 2 * OUTPUTS * size_of::<f32>();

/// This thread has tiles. They are given back at the end, so that threads are switched without their 8 KB.
pub(super) struct Configured(PhantomData<*const ()>);

impl Drop for Configured {
    fn drop(&mut self) {
        // SAFETY: the guard exists only where the instruction does; nothing else of the thread is in its tiles.
        unsafe { asm!("tilerelease", options(nostack, nomem, preserves_flags)) }
    }
}

/// One step of a block: products of the two tiles of units with the first, the second or both tiles of weights at `$b`.
/// All in one piece of assembly, which the compiler does not take apart.
macro_rules! products {
    ($a:expr, $stride:expr, $b:expr, $($line:literal),+) => {
        asm!(
            $($line,)+
            a0 = in(reg) $a[0],
            a1 = in(reg) $a[1],
            stride = in(reg) $stride,
            b = in(reg) $b,
            line = in(reg) LINE,
            options(nostack, readonly, preserves_flags),
        )
    };
}

impl Unit for Amx {
    type Tiles = Configured;

    #[inline(always)]
    unsafe fn configure() -> Configured {
        // SAFETY: the caller has the unit, and the shape is one that every such unit knows.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &EIGHT, options(nostack, readonly, preserves_flags)) };
        Configured(PhantomData)
    }

    #[inline(always)]
    unsafe fn gather(block: &Block<'_>, sums: *mut f32, pending: &mut Pending<'_>) {
        // SAFETY: the caller has configured the tiles, and vouches for the block's values and room for its sums.
        unsafe {
            // A stride of 0: every unit begins with the same row.
            asm!(
                "tileloadd tmm0, [{bias} + 1*{none}]",
                "tileloadd tmm1, [{bias} + 1*{none} + 64]",
                "tileloadd tmm2, [{bias} + 1*{none}]",
                "tileloadd tmm3, [{bias} + 1*{none} + 64]",
                bias = in(reg) block.bias,
                none = in(reg) 0usize,
                options(nostack, readonly, preserves_flags),
            );
            let mut b = block.weights;
            let share = (2 * UNITS).div_ceil(block.steps.len().max(1));
            for step in block.steps {
                let mut a = block.sources.map(|sources| *sources.get_unchecked(step.source));
                for a in &mut a {
                    *a = a.wrapping_add(step.offset);
                }
                let stride = *block.strides.get_unchecked(step.source) * size_of::<Bf16>();
                match step.tiles {
                    [true, true] => {
                        products!(
                            a,
                            stride,
                            b,
                            "tileloadd tmm4, [{a0} + 1*{stride}]",
                            "tileloadd tmm6, [{b} + 1*{line}]",
                            "tileloadd tmm7, [{b} + 1*{line} + 1024]",
                            "tileloadd tmm5, [{a1} + 1*{stride}]",
                            "tdpbf16ps tmm0, tmm4, tmm6",
                            "tdpbf16ps tmm1, tmm4, tmm7",
                            "tdpbf16ps tmm2, tmm5, tmm6",
                            "tdpbf16ps tmm3, tmm5, tmm7"
                        );
                        b = b.wrapping_add(2 * TILE);
                    }
                    [true, false] => {
                        products!(
                            a,
                            stride,
                            b,
                            "tileloadd tmm4, [{a0} + 1*{stride}]",
                            "tileloadd tmm6, [{b} + 1*{line}]",
                            "tileloadd tmm5, [{a1} + 1*{stride}]",
                            "tdpbf16ps tmm0, tmm4, tmm6",
                            "tdpbf16ps tmm2, tmm5, tmm6"
                        );
                        b = b.wrapping_add(TILE);
                    }
                    [false, true] => {
                        products!(
                            a,
                            stride,
                            b,
                            "tileloadd tmm4, [{a0} + 1*{stride}]",
                            "tileloadd tmm7, [{b} + 1*{line}]",
                            "tileloadd tmm5, [{a1} + 1*{stride}]",
                            "tdpbf16ps tmm1, tmm4, tmm7",
                            "tdpbf16ps tmm3, tmm5, tmm7"
                        );
                        b = b.wrapping_add(TILE);
                    }
                    [false, false] => {}
                }
                pending.drain::<Self>(share);
            }
            pending.drain::<Self>(2 * UNITS);
            asm!(
                "tilestored [{sums} + 1*{step}], tmm0",
                "tilestored [{sums} + 1*{step} + 64], tmm1",
                "tilestored [{sums} + 1*{step} + 2048], tmm2",
                "tilestored [{sums} + 1*{step} + 2112], tmm3",
                sums = in(reg) sums,
                step = in(reg) SUMS,
                options(nostack, preserves_flags),
            );
        }
    }

    #[inline(always)]
    unsafe fn outer(a: *const Bf16, b: &[*const Bf16], step: usize, count: usize, sums: *mut f32) {
        // SAFETY: the caller has configured the tiles, and vouches for `count` tiles and for the taps' sums.
        unsafe {
            match *b {
                [b0, b1, b2] => outer3(a, [b0, b1, b2], step, count, sums),
                [b0, b1, b2, b3] => outer4(a, [b0, b1, b2, b3], step, count, sums),
                _ => {
                    for (tap, b) in b.iter().enumerate() {
                        outer1(a, *b, step, count, sums.add(tap * UNITS * OUTPUTS));
                    }
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn store<const ADD: bool, const RELU: bool, const GATE: bool>(
        sums: *const f32,
        width: usize,
        gate: *const Bf16,
        to: *mut Bf16,
    ) {
        // SAFETY: the caller has the instructions, and vouches for `width` values.
        unsafe {
            if width == OUTPUTS {
                store16::<ADD, RELU, GATE>(sums, gate, to);
            } else {
                store32::<ADD, RELU, GATE>(sums, gate, to);
            }
        }
    }

    #[inline(always)]
    unsafe fn interleave(a: *const Bf16, b: *const Bf16, to: *mut Bf16) {
        // SAFETY: the caller has the instructions, and vouches for 16 values of each and room for both.
        unsafe { interleave(a, b, to) }
    }

    #[inline(always)]
    unsafe fn transpose(from: [*const Bf16; 2], step: usize, to: *mut Bf16) {
        // SAFETY: the caller has the instructions, and vouches for 16 values of 16 pixels each and room for a tile.
        unsafe { transpose(from, step, to) }
    }
}

/// [`Unit::outer`] for one tap.
///
/// # Safety
/// As there.
#[inline(always)]
unsafe fn outer1(mut a: *const Bf16, mut b: *const Bf16, step: usize, count: usize, sums: *mut f32) {
    // SAFETY: the caller's: tiles are configured, `count` of them exist, and 256 sums.
    unsafe {
        asm!(
            "tileloadd tmm0, [{sums} + 1*{line}]",
            sums = in(reg) sums, line = in(reg) LINE, options(nostack, readonly, preserves_flags),
        );
        for _ in 0..count {
            asm!(
                "tileloadd tmm4, [{a} + 1*{line}]",
                "tileloadd tmm5, [{b} + 1*{line}]",
                "tdpbf16ps tmm0, tmm4, tmm5",
                a = in(reg) a, b = in(reg) b, line = in(reg) LINE, options(nostack, readonly, preserves_flags),
            );
            (a, b) = (a.wrapping_add(TILE), b.wrapping_add(step));
        }
        asm!(
            "tilestored [{sums} + 1*{line}], tmm0",
            sums = in(reg) sums, line = in(reg) LINE, options(nostack, preserves_flags),
        );
    }
}

/// [`Unit::outer`] for three taps, which share what is read of `a`.
///
/// # Safety
/// As there.
#[inline(always)]
unsafe fn outer3(mut a: *const Bf16, mut b: [*const Bf16; 3], step: usize, count: usize, sums: *mut f32) {
    // SAFETY: the caller's: tiles are configured, `count` of them exist for each tap, and 256 sums.
    unsafe {
        asm!(
            "tileloadd tmm0, [{sums} + 1*{line}]",
            "tileloadd tmm1, [{sums} + 1*{line} + 1024]",
            "tileloadd tmm2, [{sums} + 1*{line} + 2048]",
            sums = in(reg) sums, line = in(reg) LINE, options(nostack, readonly, preserves_flags),
        );
        for _ in 0..count {
            asm!(
                "tileloadd tmm4, [{a} + 1*{line}]",
                "tileloadd tmm5, [{b0} + 1*{line}]",
                "tileloadd tmm6, [{b1} + 1*{line}]",
                "tileloadd tmm7, [{b2} + 1*{line}]",
                "tdpbf16ps tmm0, tmm4, tmm5",
                "tdpbf16ps tmm1, tmm4, tmm6",
                "tdpbf16ps tmm2, tmm4, tmm7",
                a = in(reg) a, b0 = in(reg) b[0], b1 = in(reg) b[1], b2 = in(reg) b[2],
                line = in(reg) LINE, options(nostack, readonly, preserves_flags),
            );
            a = a.wrapping_add(TILE);
            b = b.map(|b| b.wrapping_add(step));
        }
        asm!(
            "tilestored [{sums} + 1*{line}], tmm0",
            "tilestored [{sums} + 1*{line} + 1024], tmm1",
            "tilestored [{sums} + 1*{line} + 2048], tmm2",
            sums = in(reg) sums, line = in(reg) LINE, options(nostack, preserves_flags),
        );
    }
}

/// [`Unit::outer`] for four taps.
///
/// # Safety
/// As there.
#[inline(always)]
unsafe fn outer4(mut a: *const Bf16, mut b: [*const Bf16; 4], step: usize, count: usize, sums: *mut f32) {
    // SAFETY: the caller's: tiles are configured, `count` of them exist for each tap, and 256 sums.
    unsafe {
        asm!(
            "tileloadd tmm0, [{sums} + 1*{line}]",
            "tileloadd tmm1, [{sums} + 1*{line} + 1024]",
            "tileloadd tmm2, [{sums} + 1*{line} + 2048]",
            "tileloadd tmm3, [{sums} + 1*{line} + 3072]",
            sums = in(reg) sums, line = in(reg) LINE, options(nostack, readonly, preserves_flags),
        );
        for _ in 0..count {
            // Three registers for the second factor: the fourth one waits for the first product.
            asm!(
                "tileloadd tmm4, [{a} + 1*{line}]",
                "tileloadd tmm5, [{b0} + 1*{line}]",
                "tileloadd tmm6, [{b1} + 1*{line}]",
                "tileloadd tmm7, [{b2} + 1*{line}]",
                "tdpbf16ps tmm0, tmm4, tmm5",
                "tileloadd tmm5, [{b3} + 1*{line}]",
                "tdpbf16ps tmm1, tmm4, tmm6",
                "tdpbf16ps tmm2, tmm4, tmm7",
                "tdpbf16ps tmm3, tmm4, tmm5",
                a = in(reg) a, b0 = in(reg) b[0], b1 = in(reg) b[1], b2 = in(reg) b[2], b3 = in(reg) b[3],
                line = in(reg) LINE, options(nostack, readonly, preserves_flags),
            );
            a = a.wrapping_add(TILE);
            b = b.map(|b| b.wrapping_add(step));
        }
        asm!(
            "tilestored [{sums} + 1*{line}], tmm0",
            "tilestored [{sums} + 1*{line} + 1024], tmm1",
            "tilestored [{sums} + 1*{line} + 2048], tmm2",
            "tilestored [{sums} + 1*{line} + 3072], tmm3",
            sums = in(reg) sums, line = in(reg) LINE, options(nostack, preserves_flags),
        );
    }
}

/// Sixteen sums, with what is to be added, and without what ReLU takes.
///
/// # Safety
/// There are sixteen values at both places.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn sixteen<const ADD: bool, const RELU: bool>(sums: *const f32, to: *const Bf16) -> __m512 {
    // SAFETY: the caller's.
    let mut sum = unsafe { _mm512_loadu_ps(sums) };
    if ADD {
        // SAFETY: the caller's.
        let before = unsafe { _mm256_loadu_si256(to.cast()) };
        // A bf16 is the upper half of an f32.
        let before = _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(before)));
        sum = _mm512_add_ps(before, sum);
    }
    // The second operand is the result where one is NaN, and of two zeros.
    if RELU { _mm512_max_ps(sum, _mm512_setzero_ps()) } else { sum }
}

/// [`Unit::store`] of 32 sums.
///
/// # Safety
/// As there.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
unsafe fn store32<const ADD: bool, const RELU: bool, const GATE: bool>(
    sums: *const f32,
    gate: *const Bf16,
    to: *mut Bf16,
) {
    // SAFETY: the caller vouches for 32 values everywhere; the registers' types differ in name alone.
    unsafe {
        let low = sixteen::<ADD, RELU>(sums, to);
        let high = sixteen::<ADD, RELU>(sums.add(OUTPUTS), to.add(OUTPUTS));
        let mut values: __m512i = transmute(_mm512_cvtne2ps_pbh(high, low));
        if GATE {
            // Bits 1 to 0x7f80 are the positive numbers and infinity.
            let before = _mm512_sub_epi16(_mm512_loadu_si512(gate.cast()), _mm512_set1_epi16(1));
            let open = _mm512_cmplt_epu16_mask(before, _mm512_set1_epi16(0x7f80));
            values = _mm512_maskz_mov_epi16(open, values);
        }
        // By halves: the whole may straddle two lines.
        _mm256_storeu_si256(to.cast(), _mm512_castsi512_si256(values));
        _mm256_storeu_si256(to.add(OUTPUTS).cast(), _mm512_extracti64x4_epi64::<1>(values));
    }
}

/// [`Unit::store`] of 16 sums.
///
/// # Safety
/// As there.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
unsafe fn store16<const ADD: bool, const RELU: bool, const GATE: bool>(
    sums: *const f32,
    gate: *const Bf16,
    to: *mut Bf16,
) {
    // SAFETY: the caller vouches for 16 values everywhere; the registers' types differ in name alone.
    unsafe {
        let mut values: __m256i = transmute(_mm512_cvtneps_pbh(sixteen::<ADD, RELU>(sums, to)));
        if GATE {
            let before = _mm256_sub_epi16(_mm256_loadu_si256(gate.cast()), _mm256_set1_epi16(1));
            let open = _mm256_cmplt_epu16_mask(before, _mm256_set1_epi16(0x7f80));
            values = _mm256_maskz_mov_epi16(open, values);
        }
        _mm256_storeu_si256(to.cast(), values);
    }
}

/// 0 to 15.
#[inline]
#[target_feature(enable = "avx512f")]
fn lanes() -> __m512i {
    _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
}

/// Sixteen values of each of two places, in turns.
///
/// # Safety
/// There are sixteen values at both.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn pairs(a: *const Bf16, b: *const Bf16) -> __m512i {
    let second = _mm512_slli_epi32::<16>(_mm512_add_epi32(lanes(), _mm512_set1_epi32(16)));
    // SAFETY: the caller's.
    let (a, b) = unsafe { (_mm256_loadu_si256(a.cast()), _mm256_loadu_si256(b.cast())) };
    let both = _mm512_inserti64x4::<1>(_mm512_castsi256_si512(a), b);
    _mm512_permutexvar_epi16(_mm512_or_si512(lanes(), second), both)
}

/// As [`Unit::interleave`].
///
/// # Safety
/// As there.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn interleave(a: *const Bf16, b: *const Bf16, to: *mut Bf16) {
    // SAFETY: the caller's.
    unsafe { _mm512_storeu_si512(to.cast(), pairs(a, b)) }
}

/// Exchanges the off-diagonal blocks of `D` x `D` lanes: row `i` takes lane `l - D` of row `i + D` where `l` has the bit.
#[inline]
#[target_feature(enable = "avx512f")]
fn exchange<const D: usize>(rows: &mut [__m512i; 16]) {
    let (lane, d, other) = (lanes(), _mm512_set1_epi32(D as i32), _mm512_set1_epi32(16));
    let upper = _mm512_test_epi32_mask(lane, d);
    let low = _mm512_mask_add_epi32(lane, upper, lane, _mm512_sub_epi32(other, d));
    let high = _mm512_mask_add_epi32(_mm512_add_epi32(lane, d), upper, lane, other);
    for i in 0..16 {
        if i & D == 0 {
            let (a, b) = (rows[i], rows[i + D]);
            rows[i] = _mm512_permutex2var_epi32(a, low, b);
            rows[i + D] = _mm512_permutex2var_epi32(a, high, b);
        }
    }
}

/// As [`Unit::transpose`].
///
/// # Safety
/// As there.
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn transpose(from: [*const Bf16; 2], step: usize, to: *mut Bf16) {
    let mut rows = [_mm512_setzero_si512(); 16];
    // SAFETY: the caller vouches for 16 pixels from each place, and room for 16 rows.
    unsafe {
        for (j, row) in rows.iter_mut().enumerate() {
            let pixel = from[j / 8].add(j % 8 * 2 * step);
            *row = pairs(pixel, pixel.add(step));
        }
        exchange::<1>(&mut rows);
        exchange::<2>(&mut rows);
        exchange::<4>(&mut rows);
        exchange::<8>(&mut rows);
        for (i, row) in rows.iter().enumerate() {
            _mm512_storeu_si512(to.add(INPUTS * i).cast(), *row);
        }
    }
}
