//! Vectors that begin at a cache line.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::slice::{from_raw_parts, from_raw_parts_mut};

use crate::bf16::Bf16;

/// Bytes of a cache line: 64 on x86-64.
const LINE: usize = 64;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; LINE]);

/// Numbers of which every pattern of bits is one.
pub trait Plain: Copy + sealed::Sealed {}
impl Plain for f32 {}
impl Plain for Bf16 {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for crate::bf16::Bf16 {}
}

/// A slice whose first value begins a cache line: registers and tiles of 64 bytes then lie in one line each, and are
/// read in half of the time or less.
///
/// ```
/// use scumble_kernels::Lines;
/// let mut lines = Lines::<f32>::zeros(100);
/// lines[99] = 1.0;
/// assert_eq!(lines.as_ptr() as usize % 64, 0);
/// ```
#[derive(Clone, Default)]
pub struct Lines<T> {
    lines: Vec<Line>,
    len: usize,
    of: PhantomData<T>,
}

impl<T: Plain> Lines<T> {
    /// So many zeros.
    pub fn zeros(len: usize) -> Self {
        let lines = (len * size_of::<T>()).div_ceil(LINE);
        Self { lines: vec![Line([0; LINE]); lines], len, of: PhantomData }
    }
}

impl<T: Plain> Deref for Lines<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: the lines hold `len` values, each pattern of bits is one, and a line is aligned for all of them.
        unsafe { from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl<T: Plain> DerefMut for Lines<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`, and the borrow is unique.
        unsafe { from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}
