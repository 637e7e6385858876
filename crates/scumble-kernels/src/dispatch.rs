//! One loop, compiled for several instruction sets.

/// Defines a public function that takes an [`Isa`](crate::Isa) first and runs a body compiled for it.
///
/// The body must be `#[inline(always)]` all the way down, or the calls inside it stay at the baseline. As for
/// [`dispatch`](crate::simd::dispatch), plain bodies return the same bits under every set.
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
                    $crate::simd::Set::Avx512 => return unsafe { avx512($($arg),*) },
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
