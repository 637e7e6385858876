//! The target `samples`.
#![no_main]

scumble_fuzz_targets::fuzz!(SAMPLES);
