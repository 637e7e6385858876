//! The target `labelme`.
#![no_main]

scumble_fuzz_targets::fuzz!(LABELME);
