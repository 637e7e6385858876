//! The target `config`.
#![no_main]

scumble_fuzz_targets::fuzz!(CONFIG);
