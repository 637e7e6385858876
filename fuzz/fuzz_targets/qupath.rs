//! The target `qupath`.
#![no_main]

scumble_fuzz_targets::fuzz!(QUPATH);
