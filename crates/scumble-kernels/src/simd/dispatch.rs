//! One loop, compiled for several instruction sets and chosen by the [`Isa`](crate::Isa) that is given.

/// Defines functions that take an [`Isa`](crate::Isa) first and run a body compiled for it.
///
/// The body is `#[inline(always)]` all the way down, or the calls inside it stay at the baseline. Plain bodies vectorise
/// by themselves: Rust never contracts `a * b + c`, so they return the same bits under every set.
macro_rules! dispatch {
    ($($(#[$meta:meta])* pub fn $name:ident $(<$generic:ident: $bound:path>)? ($($arg:ident: $type:ty),* $(,)?) = $body:path;)*) => {$(
        $(#[$meta])*
        #[allow(clippy::too_many_arguments)] // A row's sources, sums and results are slices of their own.
        pub fn $name$(<$generic: $bound>)?(isa: $crate::Isa, $($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
                fn avx512$(<$generic: $bound>)?($($arg: $type),*) {
                    $body($($arg),*);
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2$(<$generic: $bound>)?($($arg: $type),*) {
                    $body($($arg),*);
                }
                match isa.0 {
                    // SAFETY: an `Isa` exists only where the processor has the set.
                    $crate::simd::Set::Amx | $crate::simd::Set::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    $crate::simd::Set::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::simd::Set::Portable => {}
                }
            }
            let _ = isa;
            $body($($arg),*);
        }
    )*};
}

pub(crate) use dispatch;

/// As [`dispatch`], for a body that is generic over the register ([`Simd`](super::Simd)) and unsafe to call elsewhere
/// than where the register's set is enabled.
macro_rules! dispatch_simd {
    ($($(#[$meta:meta])* fn $name:ident($($arg:ident: $type:ty),* $(,)?) = $body:ident;)*) => {$(
        $(#[$meta])*
        fn $name(isa: $crate::Isa, $($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
                unsafe fn avx512($($arg: $type),*) {
                    // SAFETY: AVX-512 is enabled here; the caller vouches for the rest.
                    unsafe { $body::<$crate::simd::Avx512>($($arg),*) }
                }
                #[target_feature(enable = "avx2,fma")]
                unsafe fn avx2($($arg: $type),*) {
                    // SAFETY: AVX2 is enabled here; the caller vouches for the rest.
                    unsafe { $body::<$crate::simd::Avx2>($($arg),*) }
                }
                match isa.0 {
                    // SAFETY: an `Isa` exists only where the processor has the set; the caller has checked the bounds.
                    $crate::simd::Set::Amx | $crate::simd::Set::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    $crate::simd::Set::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::simd::Set::Portable => {}
                }
            }
            let _ = isa;
            // SAFETY: every processor has the portable set; the caller has checked the bounds.
            unsafe { $body::<$crate::simd::Portable>($($arg),*) }
        }
    )*};
}

pub(crate) use dispatch_simd;

/// Defines a public function that takes an [`Isa`](crate::Isa) first and runs a body compiled for it.
///
/// The body must be `#[inline(always)]` all the way down, or the calls inside it stay at the baseline. As for
/// [`dispatch`], plain bodies return the same bits under every set.
macro_rules! vectorised {
    ($(#[$meta:meta])* pub fn $name:ident<$($generic:ident: $bound:path),+>(
        $($arg:ident: $type:ty),* $(,)?
    ) -> $out:ty = $body:ident) => {
        $(#[$meta])*
        pub fn $name<$($generic: $bound),+>(isa: $crate::Isa, $($arg: $type),*) -> $out {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
                fn avx512<$($generic: $bound),+>($($arg: $type),*) -> $out {
                    $body($($arg),*)
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2<$($generic: $bound),+>($($arg: $type),*) -> $out {
                    $body($($arg),*)
                }
                match isa.0 {
                    // SAFETY: an `Isa` exists only where the processor has the set.
                    $crate::simd::Set::Amx | $crate::simd::Set::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    $crate::simd::Set::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::simd::Set::Portable => {}
                }
            }
            let _ = isa;
            $body($($arg),*)
        }
    };
}

pub(crate) use vectorised;
