//! The target `webp`.
#![no_main]

scumble_fuzz_targets::fuzz!(WEBP);
