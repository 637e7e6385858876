//! What multiplies tiles.

use super::block::{MOST_TILE_SOURCES, Store, TileBlock, TileStep};
use super::{OUTPUTS, UNITS};
use crate::bf16::Bf16;

/// A block of sums: two tiles of units by one or two tiles of outputs.
pub(super) struct Block<'a> {
    pub(super) steps: &'a [TileStep],
    /// Where the first unit's values begin in every source, of both tiles of units.
    pub(super) sources: [[*const Bf16; MOST_TILE_SOURCES]; 2],
    /// From a unit to the next, in every source.
    pub(super) strides: &'a [usize],
    /// The steps' tiles, one behind the other.
    pub(super) weights: *const Bf16,
    /// What the 32 outputs' sums begin with.
    pub(super) bias: *const f32,
}

/// A unit that multiplies tiles, with the vector instructions around it.
///
/// # Safety
/// Every method may only be called where the unit's instructions are enabled: in a function with their `target_feature`,
/// all inlined into it, on a processor that has them. Pointers must be valid for what the method reads and writes.
pub(super) trait Unit {
    /// The thread's tiles: they are its own while this lives. No other code that uses tiles may run meanwhile.
    type Tiles;

    /// Gives the thread its tiles.
    unsafe fn configure() -> Self::Tiles;

    /// Writes the sums of a block to `sums`, `[32 units][32 outputs]`; rounds what is `pending` meanwhile.
    ///
    /// The bits of `TDPBF16PS`: for every step, the products of the even and of the odd inputs are summed apart, in
    /// their order; then the two are added, and what comes out is added to the sum.
    unsafe fn gather(block: &Block<'_>, sums: *mut f32, pending: &mut Pending<'_>);

    /// `sums[tap][16][16] += sum over k < count of a[k] * b[tap][k]` for one to four taps: tile `k` of `a` is 512 values
    /// behind the one before, that of `b` is `step`.
    unsafe fn outer(a: *const Bf16, b: &[*const Bf16], step: usize, count: usize, sums: *mut f32);

    /// Writes the 16 or 32 sums of a unit, rounded; see [`Store`](super::Store). `gate` is read if `GATE`.
    unsafe fn store<const ADD: bool, const RELU: bool, const GATE: bool>(
        sums: *const f32,
        width: usize,
        gate: *const Bf16,
        to: *mut Bf16,
    );

    /// `to[2 n] = a[n]`, `to[2 n + 1] = b[n]` for 16 values.
    unsafe fn interleave(a: *const Bf16, b: *const Bf16, to: *mut Bf16);

    /// `to[32 i + p] = from[p / 16][p % 16 * step + i]`: 16 channels of 32 pixels, by channels.
    unsafe fn transpose(from: [*const Bf16; 2], step: usize, to: *mut Bf16);
}

/// Where a strip of units goes.
#[derive(Clone, Copy)]
pub(super) struct End {
    pub(super) to: *mut Bf16,
    pub(super) gate: *const Bf16,
    pub(super) units: usize,
}

impl Default for End {
    fn default() -> Self {
        Self { to: std::ptr::null_mut(), gate: std::ptr::null(), units: 0 }
    }
}

/// Sums that wait to be written. A unit for tiles leaves the vector instructions free: a few are rounded between the next
/// block's products.
pub(super) struct Pending<'a> {
    store: Store<'a>,
    step: usize,
    sums: *const f32,
    ends: [End; 2],
    offset: usize,
    width: usize,
    done: usize,
}

impl<'a> Pending<'a> {
    pub(super) fn none(store: Store<'a>, step: usize) -> Self {
        let ends = [End::default(); 2];
        Self { store, step, sums: std::ptr::null(), ends, offset: 0, width: 0, done: 2 * UNITS }
    }

    pub(super) fn begin(&mut self, sums: *const f32, ends: [End; 2], block: &TileBlock) {
        (self.sums, self.ends, self.done) = (sums, ends, 0);
        (self.offset, self.width) = (block.output, block.width);
    }

    /// Writes the next so many units.
    ///
    /// # Safety
    /// As [`Unit`]; the sums that it has begun with are complete.
    #[inline(always)]
    pub(super) unsafe fn drain<U: Unit>(&mut self, units: usize) {
        // SAFETY: the caller's.
        unsafe {
            match (self.store.add, self.store.relu, self.store.gate.is_some()) {
                (false, false, false) => self.write::<U, false, false, false>(units),
                (false, true, false) => self.write::<U, false, true, false>(units),
                (false, false, true) => self.write::<U, false, false, true>(units),
                (true, false, false) => self.write::<U, true, false, false>(units),
                (true, false, true) => self.write::<U, true, false, true>(units),
                (false, true, true) => self.write::<U, false, true, true>(units),
                (true, true, false) => self.write::<U, true, true, false>(units),
                (true, true, true) => self.write::<U, true, true, true>(units),
            }
        }
    }

    #[inline(always)]
    unsafe fn write<U: Unit, const ADD: bool, const RELU: bool, const GATE: bool>(&mut self, units: usize) {
        let end = (self.done + units).min(2 * UNITS);
        for unit in self.done..end {
            let strip = &self.ends[unit / UNITS];
            if unit % UNITS < strip.units {
                let at = unit % UNITS * self.step + self.offset;
                // SAFETY: the caller's; without gates their pointer is null and not read.
                unsafe {
                    let gate = strip.gate.wrapping_add(at);
                    let sums = self.sums.add(unit * 2 * OUTPUTS);
                    U::store::<ADD, RELU, GATE>(sums, self.width, gate, strip.to.add(at));
                }
            }
        }
        self.done = end;
    }
}
