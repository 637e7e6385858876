//! The target `png`.
#![no_main]

scumble_fuzz_targets::fuzz!(PNG);
