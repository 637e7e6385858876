//! The target `jpeg`.
#![no_main]

scumble_fuzz_targets::fuzz!(JPEG);
