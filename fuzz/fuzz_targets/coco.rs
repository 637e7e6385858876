//! The target `coco`.
#![no_main]

scumble_fuzz_targets::fuzz!(COCO);
