//! The target `loss`.
#![no_main]

scumble_fuzz_targets::fuzz!(LOSS);
