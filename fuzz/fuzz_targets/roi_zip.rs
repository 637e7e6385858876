//! The target `roi_zip`.
#![no_main]

scumble_fuzz_targets::fuzz!(ROI_ZIP);
