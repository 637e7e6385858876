//! Which instruction sets this processor has, by name.

use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

/// The variable of the environment that names the instruction set to compute with, such as `avx2`.
///
/// Unless it is set, that is the fastest of the processor.
pub const ISA_VARIABLE: &str = "SCUMBLE_ISA";

/// An instruction set that this processor has. The kernels take one, so that tests can hold them together.
///
/// ```
/// use scumble_kernels::Isa;
/// assert!(Isa::available().contains(&Isa::best()));
/// assert_eq!(Isa::available().last(), Some(&Isa::portable()));
/// assert_eq!("portable".parse(), Ok(Isa::portable()));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Isa(pub(crate) Set);

/// The sets that kernels are compiled for. A value of [`Isa`] proves that the processor has it, so this stays private.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Set {
    /// The matrix unit for bf16, AVX-512 and its conversions to bf16.
    #[cfg(target_arch = "x86_64")]
    Amx,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

/// A set with its name and whether this processor has it.
struct Named {
    set: Set,
    name: &'static str,
    here: fn() -> bool,
    prefers_bf16: bool,
}

/// All sets, the fastest first.
const SETS: &[Named] = &[
    #[cfg(target_arch = "x86_64")]
    Named { set: Set::Amx, name: "amx", here: || avx512() && super::amx::available(), prefers_bf16: true },
    #[cfg(target_arch = "x86_64")]
    Named { set: Set::Avx512, name: "avx512", here: avx512, prefers_bf16: false },
    #[cfg(target_arch = "x86_64")]
    Named { set: Set::Avx2, name: "avx2", here: avx2, prefers_bf16: false },
    Named { set: Set::Portable, name: "portable", here: || true, prefers_bf16: false },
];

/// A name of which this processor has no instruction set.
///
/// ```
/// use scumble_kernels::Isa;
/// let error = "mmx".parse::<Isa>().unwrap_err().to_string();
/// assert!(error.starts_with(r#"this processor has no instruction set "mmx", it has "#));
/// assert!(error.ends_with("portable"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoIsa {
    /// The name as given.
    pub name: String,
}

impl Isa {
    /// The set to compute with: the one that [`ISA_VARIABLE`] names, else the fastest of this processor.
    ///
    /// The environment is read once. What it names and this processor lacks counts as not set: whoever starts a program
    /// asks [`of_environment`](Self::of_environment) first.
    pub fn best() -> Self {
        static BEST: OnceLock<Isa> = OnceLock::new();
        *BEST.get_or_init(|| Self::of_environment().ok().flatten().unwrap_or_else(|| Self::available()[0]))
    }

    /// What [`ISA_VARIABLE`] names; none where it is not set.
    ///
    /// # Errors
    /// A set that this processor lacks, or that does not exist.
    pub fn of_environment() -> Result<Option<Self>, NoIsa> {
        std::env::var_os(ISA_VARIABLE).map(|name| name.to_string_lossy().parse()).transpose()
    }

    /// Plain Rust, on every processor.
    pub fn portable() -> Self {
        Self(Set::Portable)
    }

    /// All sets of this processor, the fastest first.
    pub fn available() -> Vec<Self> {
        SETS.iter().filter(|named| (named.here)()).map(|named| Self(named.set)).collect()
    }

    /// What it is called: `amx`, `avx512`, `avx2` or `portable`.
    pub fn name(self) -> &'static str {
        self.named().map_or("portable", |named| named.name)
    }

    /// Whether it multiplies in bf16 faster than in f32.
    pub fn prefers_bf16(self) -> bool {
        self.named().is_some_and(|named| named.prefers_bf16)
    }

    fn named(self) -> Option<&'static Named> {
        SETS.iter().find(|named| named.set == self.0)
    }
}

impl FromStr for Isa {
    type Err = NoIsa;

    /// Reads a [`name`](Isa::name).
    fn from_str(name: &str) -> Result<Self, NoIsa> {
        let found = Self::available().into_iter().find(|isa| isa.name() == name);
        found.ok_or_else(|| NoIsa { name: name.to_owned() })
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for NoIsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sets: Vec<&str> = Isa::available().into_iter().map(Isa::name).collect();
        write!(f, "this processor has no instruction set {:?}, it has {}", self.name, sets.join(", "))
    }
}

impl Error for NoIsa {}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_of_this_processor_is_found_by_its_name_and_no_other() {
        for Named { set, name, here, .. } in SETS {
            assert_eq!(name.parse::<Isa>().ok(), here().then_some(Isa(*set)), "{name}");
            assert_eq!(Isa(*set).to_string(), *name);
        }
        for wrong in ["", "AVX2", " avx2", "sse9"] {
            let message = wrong.parse::<Isa>().unwrap_err().to_string();
            assert!(Isa::available().iter().all(|isa| message.contains(isa.name())), "{message}");
        }
    }
}
