//! Several pixels side by side, so that the sums over states run in vector registers.

/// Pixels in a block. At 12 labels a table of all states is then 512 KiB, within the second cache.
pub(super) const LANES: usize = 16;

/// One number of each pixel of a block.
pub(super) type Lanes = [f64; LANES];

/// 0 everywhere.
pub(super) const ZERO: Lanes = [0.0; LANES];

/// Rows of zeros.
pub(super) fn rows(count: usize) -> Vec<Lanes> {
    vec![ZERO; count]
}

/// Lane by lane.
#[inline(always)]
pub(super) fn each(of: impl FnMut(usize) -> f64) -> Lanes {
    std::array::from_fn(of)
}

/// `into += other`.
#[inline(always)]
pub(super) fn add(into: &mut Lanes, other: &Lanes) {
    for (a, b) in into.iter_mut().zip(other) {
        *a += b;
    }
}

/// Sum of rows, first to last.
#[inline(always)]
pub(super) fn total(rows: &[Lanes]) -> Lanes {
    let mut sum = ZERO;
    for row in rows {
        add(&mut sum, row);
    }
    sum
}

/// The states without label `label` and those with it, of the states of the labels up to `label`.
#[inline(always)]
pub(super) fn halves(states: &mut [Lanes], label: usize) -> (&mut [Lanes], &mut [Lanes]) {
    states[..2 << label].split_at_mut(1 << label)
}

/// `row = exp(row)`, entries <= 0.
pub(super) fn exp(rows: &mut [Lanes]) {
    scumble_kernels::exp_of_negatives(rows.as_flattened_mut());
}

/// `row = ln(1 + row)`, entries >= 0.
pub(super) fn ln_1p(rows: &mut [Lanes]) {
    scumble_kernels::ln_1p_of_positives(rows.as_flattened_mut());
}

/// `row = ln(row)`, entries >= 0; what is too small to be normal counts as the smallest normal number.
pub(super) fn ln(rows: &mut [Lanes]) {
    let flat = rows.as_flattened_mut();
    flat.iter_mut().for_each(|x| *x = x.max(f64::MIN_POSITIVE));
    scumble_kernels::ln_of_positives(flat);
}
