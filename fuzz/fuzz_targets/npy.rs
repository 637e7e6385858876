//! The target `npy`.
#![no_main]

scumble_fuzz_targets::fuzz!(NPY);
