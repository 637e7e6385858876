//! What a unit of the processor can do at most, measured on registers alone.

use std::hint::black_box;

use scumble_kernels::Isa;

use super::rate;

/// GFLOP/s of multiply-adds in f32.
pub(crate) fn fma(isa: Isa, repeats: usize) -> f64 {
    #[cfg(target_arch = "x86_64")]
    match isa.name() {
        "portable" => {}
        "avx2" => return x86::fma::<8>(repeats, x86::chains256),
        _ => return x86::fma::<16>(repeats, x86::chains512),
    }
    let _ = isa;
    let mut sums = [1.0f32; 64];
    rate(64 * 2 * 10_000, repeats, || {
        for _ in 0..10_000 {
            sums.iter_mut().for_each(|sum| *sum = *sum * 0.999 + 0.001);
        }
        black_box(&mut sums);
    })
}

/// GFLOP/s of products of tiles in bf16, if the set has a unit for them.
pub(crate) fn tiles(isa: Isa, repeats: usize) -> Option<f64> {
    #[cfg(target_arch = "x86_64")]
    if isa.name() == "amx" {
        return Some(x86::tiles(repeats));
    }
    let _ = (isa, repeats);
    None
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::asm;
    use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_set1_ps, _mm512_fmadd_ps, _mm512_set1_ps};
    use std::hint::black_box;

    const ROUNDS: usize = 10_000;

    /// Twelve independent chains of fused multiply-adds keep both units busy.
    pub(super) fn fma<const LANES: usize>(repeats: usize, chains: unsafe fn()) -> f64 {
        super::rate(ROUNDS * 12 * LANES * 2, repeats, || {
            // SAFETY: an `Isa` exists only where the processor has the set.
            unsafe { chains() }
        })
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn chains512() {
        let (a, b) = (_mm512_set1_ps(black_box(0.999)), _mm512_set1_ps(black_box(0.001)));
        let mut sums = [a; 12];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = _mm512_fmadd_ps(*sum, a, b);
            }
        }
        black_box(sums);
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn chains256() {
        let (a, b) = (_mm256_set1_ps(black_box(0.999)), _mm256_set1_ps(black_box(0.001)));
        let mut sums = [a; 12];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = _mm256_fmadd_ps(*sum, a, b);
            }
        }
        black_box(sums);
    }

    /// Palette 1: eight tiles of 16 rows of 64 bytes.
    #[repr(C, align(64))]
    struct Config {
        head: [u8; 16],
        bytes: [u16; 16],
        rows: [u8; 16],
    }

    static CONFIG: Config = {
        let (mut head, mut bytes, mut rows) = ([0; 16], [0; 16], [0; 16]);
        head[0] = 1;
        let mut tile = 0;
        while tile < 8 {
            (bytes[tile], rows[tile]) = (64, 16);
            tile += 1;
        }
        Config { head, bytes, rows }
    };

    /// Four sums of products of 16 x 32 by 32 x 16.
    pub(super) fn tiles(repeats: usize) -> f64 {
        super::rate(ROUNDS * 4 * 16 * 16 * 32 * 2, repeats, || {
            // SAFETY: the set "amx" exists only where this process may use tiles. They are this thread's from the first to the
            // last instruction, and nothing else runs in between.
            unsafe {
                asm!(
                    "ldtilecfg [{config}]",
                    "tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3",
                    "tilezero tmm4", "tilezero tmm5", "tilezero tmm6", "tilezero tmm7",
                    "2:",
                    "tdpbf16ps tmm0, tmm4, tmm6",
                    "tdpbf16ps tmm1, tmm4, tmm7",
                    "tdpbf16ps tmm2, tmm5, tmm6",
                    "tdpbf16ps tmm3, tmm5, tmm7",
                    "dec {rounds}",
                    "jnz 2b",
                    "tilerelease",
                    config = in(reg) &CONFIG,
                    rounds = inout(reg) ROUNDS => _,
                    options(nostack, readonly),
                );
            }
        })
    }
}
