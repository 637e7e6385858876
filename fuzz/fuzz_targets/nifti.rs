//! The target `nifti`.
#![no_main]

scumble_fuzz_targets::fuzz!(NIFTI);
