//! The target `label_studio`.
#![no_main]

scumble_fuzz_targets::fuzz!(LABEL_STUDIO);
