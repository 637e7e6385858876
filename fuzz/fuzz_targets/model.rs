//! The target `model`.
#![no_main]

scumble_fuzz_targets::fuzz!(MODEL);
