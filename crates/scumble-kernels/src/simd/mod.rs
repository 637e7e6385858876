//! Registers of f32 and the instruction sets that have them. The kernels are written once, over [`Simd`].

#[cfg(target_arch = "x86_64")]
mod amx;
mod dispatch;
mod isa;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use self::dispatch::{dispatch, dispatch_simd, vectorised};
// Elsewhere there is one set alone, and nothing to choose.
#[cfg(target_arch = "x86_64")]
pub(crate) use self::isa::Set;
pub use self::isa::{ISA_VARIABLE, Isa, NoIsa};
#[cfg(target_arch = "x86_64")]
pub(crate) use self::x86::{Avx2, Avx512};

/// A register of f32.
///
/// # Safety
/// Every method may only be called where the register's instruction set is enabled: in a function with that
/// `target_feature`, all inlined into it, on a processor that has it. Pointers must be valid for [`Simd::LANES`] values.
pub(crate) trait Simd: Copy {
    /// f32 in a register.
    const LANES: usize;
    /// The same value in every lane.
    unsafe fn splat(value: f32) -> Self;
    /// Reads, unaligned.
    unsafe fn load(from: *const f32) -> Self;
    /// Writes, unaligned.
    unsafe fn store(self, to: *mut f32);
    /// `self + a * b`; rounded once where the processor has fused multiply-add.
    unsafe fn add_product(self, a: Self, b: Self) -> Self;
    /// `max(self, 0)`, 0 for NaN's lanes.
    unsafe fn relu(self) -> Self;
}

/// Eight lanes in plain Rust, for any processor: products are rounded before they are added.
#[derive(Clone, Copy)]
pub(crate) struct Portable([f32; 8]);

impl Simd for Portable {
    const LANES: usize = 8;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; 8])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for eight values.
        Self(unsafe { from.cast::<[f32; 8]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for room for eight values.
        unsafe { to.cast::<[f32; 8]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn add_product(mut self, a: Self, b: Self) -> Self {
        for ((sum, a), b) in self.0.iter_mut().zip(a.0).zip(b.0) {
            *sum += a * b;
        }
        self
    }

    #[inline(always)]
    unsafe fn relu(mut self) -> Self {
        for value in &mut self.0 {
            *value = if *value > 0.0 { *value } else { 0.0 };
        }
        self
    }
}
