//! One body over tiles, compiled for every unit and chosen by the [`Isa`](crate::Isa) that is given.

/// Defines functions that take an [`Isa`](crate::Isa) first and run a body that is generic over the [`Unit`](super::unit::Unit).
macro_rules! dispatch_tiles {
    ($($(#[$meta:meta])* fn $name:ident($($arg:ident: $type:ty),* $(,)?) = $body:ident;)*) => {$(
        $(#[$meta])*
        fn $name(isa: $crate::Isa, $($arg: $type),*) {
            use super::emulated::Emulated;
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx512bf16,avx2,fma")]
                unsafe fn amx($($arg: $type),*) {
                    // SAFETY: what the unit needs is enabled here; the caller vouches for the rest.
                    unsafe { $body::<super::amx::Amx>($($arg),*) }
                }
                #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
                unsafe fn avx512($($arg: $type),*) {
                    // SAFETY: AVX-512 is enabled here; the caller vouches for the rest.
                    unsafe { $body::<Emulated<$crate::simd::Avx512>>($($arg),*) }
                }
                #[target_feature(enable = "avx2,fma")]
                unsafe fn avx2($($arg: $type),*) {
                    // SAFETY: AVX2 is enabled here; the caller vouches for the rest.
                    unsafe { $body::<Emulated<$crate::simd::Avx2>>($($arg),*) }
                }
                match isa.0 {
                    // SAFETY: an `Isa` exists only where the processor has the set; the caller has checked the bounds.
                    $crate::simd::Set::Amx => return unsafe { amx($($arg),*) },
                    // SAFETY: as above.
                    $crate::simd::Set::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    $crate::simd::Set::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::simd::Set::Portable => {}
                }
            }
            let _ = isa;
            // SAFETY: every processor has the portable set; the caller has checked the bounds.
            unsafe { $body::<Emulated<$crate::simd::Portable>>($($arg),*) }
        }
    )*};
}

pub(super) use dispatch_tiles;
