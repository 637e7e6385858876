//! The target `dataset`.
#![no_main]

scumble_fuzz_targets::fuzz!(DATASET);
