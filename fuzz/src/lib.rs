//! A target of scumble-fuzz as a program of libFuzzer: its bytes mutated by libFuzzer or as the form of the input suggests.
#![forbid(unsafe_code)]

pub use libfuzzer_sys;
pub use scumble_fuzz;

use libfuzzer_sys::fuzzer_mutate;
use scumble_fuzz::{Chance, Target, mutate::repair};

/// A mutation of the first `size` of the bytes in place; returns the new size.
pub fn mutate(target: &Target, bytes: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    if seed.is_multiple_of(2) {
        let size = fuzzer_mutate(bytes, size, most);
        repair(target.form, &mut bytes[..size]);
        return size;
    }
    let mut input = bytes[..size].to_vec();
    target.mutate(&mut input, &mut Chance::new(seed.into()));
    let size = input.len().min(most);
    bytes[..size].copy_from_slice(&input[..size]);
    size
}

/// The program of a target.
#[macro_export]
macro_rules! fuzz {
    ($target:ident) => {
        use $crate::{libfuzzer_sys, scumble_fuzz};

        libfuzzer_sys::fuzz_target!(init: scumble_fuzz::watch_panics(), |bytes: &[u8]| {
            scumble_fuzz::target::$target.run(bytes);
        });
        libfuzzer_sys::fuzz_mutator!(|bytes: &mut [u8], size: usize, most: usize, seed: u32| {
            $crate::mutate(&scumble_fuzz::target::$target, bytes, size, most, seed)
        });
    };
}
