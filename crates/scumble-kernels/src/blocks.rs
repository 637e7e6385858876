//! Walking through long slices block by block: whole blocks, the shorter last one, and the memory of those ahead.

/// Copies a block or the shorter last one; of a known length, without a call.
#[inline(always)]
pub(crate) fn read<T: Copy, const BLOCK: usize>(from: &[T], to: &mut [T; BLOCK]) {
    match <&[T; BLOCK]>::try_from(from) {
        Ok(from) => *to = *from,
        Err(_) => to[..from.len()].copy_from_slice(from),
    }
}

/// A block as it is, or the shorter last one in `spare`.
#[inline(always)]
pub(crate) fn whole<'a, T: Copy, const BLOCK: usize>(
    from: &'a [T],
    spare: &'a mut [T; BLOCK],
) -> &'a [T; BLOCK] {
    match <&[T; BLOCK]>::try_from(from) {
        Ok(from) => from,
        Err(_) => {
            spare[..from.len()].copy_from_slice(from);
            spare
        }
    }
}

/// Asks for the memory of these values: a loop that computes for long between two reads keeps no hardware prefetcher
/// awake. Does nothing where there is no such instruction.
#[inline(always)]
pub(crate) fn prefetch<T>(values: &[T]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        const LINE: usize = 64;
        let start = values.as_ptr().cast::<i8>();
        for at in (0..size_of_val(values)).step_by(LINE) {
            // SAFETY: a prefetch reads nothing, and the address is within the slice.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.add(at)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = values;
}

/// The part of `values` that is `length` values long and starts at `start`, or what there is of it.
#[inline(always)]
pub(crate) fn ahead<T>(values: &[T], start: usize, length: usize) -> &[T] {
    let start = start.min(values.len());
    &values[start..(start + length).min(values.len())]
}
