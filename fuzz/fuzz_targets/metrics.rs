//! The target `metrics`.
#![no_main]

scumble_fuzz_targets::fuzz!(METRICS);
