//! The program as a page carries it.

/// This crate's program for the target `wasm32-wasip1`, compressed by gzip; or why this build has none: the feature `program`
/// is off, or the target was not installed where it was built.
pub const PROGRAM: Result<&[u8], &str> = PROGRAM_BUILT;

#[cfg(feature = "program")]
include!(concat!(env!("OUT_DIR"), "/program.rs"));

#[cfg(not(feature = "program"))]
const PROGRAM_BUILT: Result<&[u8], &str> = Err("it was built without the feature for it");

#[cfg(test)]
mod tests {
    use super::PROGRAM;

    #[test]
    fn it_is_there_or_it_is_said_why() {
        match PROGRAM {
            // The magic number of gzip.
            Ok(program) => assert!(program.starts_with(&[0x1f, 0x8b]) && program.len() > 100_000),
            Err(reason) => assert!(!reason.is_empty()),
        }
    }
}
