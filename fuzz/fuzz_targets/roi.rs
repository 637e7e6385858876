//! The target `roi`.
#![no_main]

scumble_fuzz_targets::fuzz!(ROI);
