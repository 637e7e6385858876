use std::fmt;

/// An instruction set that this processor has. The kernels take one, so that tests can hold them together.
///
/// ```
/// use scumble_kernels::Isa;
/// assert!(Isa::available().contains(&Isa::best()));
/// assert_eq!(Isa::available().last(), Some(&Isa::portable()));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Isa(pub(crate) Set);

/// The sets that kernels are compiled for. A value of [`Isa`] proves that the processor has it, so this stays private.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Set {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

impl Isa {
    /// The fastest set of this processor.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if avx512() {
                return Self(Set::Avx512);
            }
            if avx2() {
                return Self(Set::Avx2);
            }
        }
        Self::portable()
    }

    /// Plain Rust, on every processor.
    pub fn portable() -> Self {
        Self(Set::Portable)
    }

    /// All sets of this processor, the fastest first.
    pub fn available() -> Vec<Self> {
        let mut sets = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if avx512() {
                sets.push(Self(Set::Avx512));
            }
            if avx2() {
                sets.push(Self(Set::Avx2));
            }
        }
        sets.push(Self::portable());
        sets
    }
}

impl fmt::Debug for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(target_arch = "x86_64")]
fn avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && avx2()
}

#[cfg(target_arch = "x86_64")]
fn avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// Defines functions that take an [`Isa`] first and run a body compiled for it.
///
/// The body is `#[inline(always)]` all the way down, or the calls inside it stay at the baseline. Plain bodies vectorise
/// by themselves: Rust never contracts `a * b + c`, so they return the same bits under every set.
macro_rules! dispatch {
    ($($(#[$meta:meta])* pub fn $name:ident($($arg:ident: $type:ty),* $(,)?) = $body:path;)*) => {$(
        $(#[$meta])*
        #[allow(clippy::too_many_arguments)] // A row's sources, sums and results are slices of their own.
        pub fn $name(isa: $crate::Isa, $($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
                fn avx512($($arg: $type),*) {
                    $body($($arg),*);
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($arg: $type),*) {
                    $body($($arg),*);
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
                    $crate::simd::Set::Avx512 => return unsafe { avx512($($arg),*) },
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
