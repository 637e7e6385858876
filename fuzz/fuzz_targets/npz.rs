//! The target `npz`.
#![no_main]

scumble_fuzz_targets::fuzz!(NPZ);
