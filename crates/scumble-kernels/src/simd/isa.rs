//! Which instruction sets this processor has.

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
