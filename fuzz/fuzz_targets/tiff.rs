//! The target `tiff`.
#![no_main]

scumble_fuzz_targets::fuzz!(TIFF);
