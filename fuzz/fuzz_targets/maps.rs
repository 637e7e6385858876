//! The target `maps`.
#![no_main]

scumble_fuzz_targets::fuzz!(MAPS);
