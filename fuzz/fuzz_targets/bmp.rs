//! The target `bmp`.
#![no_main]

scumble_fuzz_targets::fuzz!(BMP);
