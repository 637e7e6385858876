//! With the feature `program`: builds this crate's program for WebAssembly, by a cargo inside of this cargo, and compresses it.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "by lines of it a build script talks to cargo")]

#[cfg(feature = "program")]
#[path = "build/program.rs"]
mod program;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "program")]
    program::build();
}
