//! The target `checkpoint`.
#![no_main]

scumble_fuzz_targets::fuzz!(CHECKPOINT);
