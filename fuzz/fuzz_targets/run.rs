//! The target `run`.
#![no_main]

scumble_fuzz_targets::fuzz!(RUN);
