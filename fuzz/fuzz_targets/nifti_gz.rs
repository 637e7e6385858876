//! The target `nifti_gz`.
#![no_main]

scumble_fuzz_targets::fuzz!(NIFTI_GZ);
