//! The target `cvat`.
#![no_main]

scumble_fuzz_targets::fuzz!(CVAT);
