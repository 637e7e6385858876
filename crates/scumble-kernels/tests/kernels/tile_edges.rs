//! Products of tiles of the largest and the smallest numbers, of zeros with signs, and of what is no number.

use scumble_kernels::{
    Bf16, GatherTiles, INPUTS, Isa, OuterScratch, OuterTiles, Store, Stored, TILE, TileBlock, TileRow,
    TileStep, UNITS, gather_tiles, outer_tiles,
};

use super::noise;

/// Numbers of many sizes, with some of `others` among them.
fn mixed(len: usize, seed: u32, exponents: i32, others: &[f32]) -> Vec<Bf16> {
    let (values, which) = (noise(len, seed), noise(len, seed + 100));
    let number = |(value, which): (f32, f32)| {
        let at = ((which + 1.0) * 500.0) as usize;
        let other = others.get(at / 10).filter(|_| at.is_multiple_of(10));
        other.copied().unwrap_or(value * 2f32.powi((which * exponents as f32) as i32))
    };
    values.into_iter().zip(which).map(number).map(Bf16::narrow).collect()
}

/// Whether two values have the same bits, or are both no number.
fn same(a: Bf16, b: Bf16) -> bool {
    a == b || a.wide().is_nan() && b.wide().is_nan()
}

/// Sixty-four units of two sources and 48 outputs, stored in every way.
fn gathered(
    isa: Isa,
    sources: &[Vec<Bf16>; 2],
    weights: &[Bf16],
    bias: &[f32],
    gates: &[Bf16],
) -> Vec<Vec<Bf16>> {
    let step = |source, offset, tiles| TileStep { source, offset, tiles };
    let steps = vec![step(0, 0, [true, true]), step(1, 32, [true, false]), step(1, 64, [false, true])];
    let blocks = [
        TileBlock { steps: steps.clone(), weights: 0, output: 0, bias: 0, width: 32 },
        TileBlock { steps, weights: 4, output: 32, bias: 32, width: 16 },
    ];
    let rows = [TileRow { starts: [0; 8], output: 0, gate: 0 }];
    let gather = GatherTiles {
        sources: &[&sources[0], &sources[1]],
        strides: &[32, 32],
        blocks: &blocks,
        weights,
        bias,
        rows: &rows,
        units: 4 * UNITS,
        step: 48,
    };
    let stores = (0..8).map(|kind| Store {
        add: kind & 1 > 0,
        relu: kind & 2 > 0,
        gate: (kind & 4 > 0).then_some(gates),
    });
    let run = |store| {
        let mut to = gates.iter().rev().copied().collect::<Vec<_>>();
        gather_tiles(isa, &gather, store, &mut to);
        to
    };
    stores.map(run).collect()
}

/// Without fused multiplications a product beyond f32's range is infinite before the sum is added.
#[test]
fn huge_numbers_infinities_and_zeros_with_signs_are_the_same_bits_under_every_set() {
    let special = [0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MAX, -3e38];
    for (exponents, others, seed) in
        [(60, &special[..2], 1), (60, &special[..], 2), (0, &special[..], 3), (3, &[], 4)]
    {
        // Products are beyond f32's smallest normal number, or zero.
        let source = |seed| mixed(4 * UNITS * 32 + 96, seed, exponents, others);
        let sources = [source(seed), source(seed + 10)];
        let weights = mixed(8 * TILE, seed + 20, exponents, others);
        let gates = mixed(4 * UNITS * 48, seed + 30, exponents, &special);
        let bias = noise(64, seed + 40);
        let mut sets = Isa::available();
        sets.retain(|isa| others.len() < 3 || *isa != Isa::portable());
        let results =
            sets.iter().map(|isa| gathered(*isa, &sources, &weights, &bias, &gates)).collect::<Vec<_>>();
        for (isa, found) in sets.iter().zip(&results) {
            for (kind, (found, expected)) in found.iter().zip(&results[results.len() - 1]).enumerate() {
                for (at, (&found, &expected)) in found.iter().zip(expected).enumerate() {
                    assert!(
                        same(found, expected),
                        "{isa}, {seed}, store {kind}, {at}: {found:?} {expected:?}"
                    );
                }
            }
        }
    }
}

/// A processor's unit takes numbers below the smallest normal one as 0; whoever has no unit adds them.
#[test]
fn the_smallest_numbers_differ_by_less_than_f32_has_normal_ones() {
    let tiny =
        |len, seed| noise(len, seed).iter().map(|v| Bf16::narrow(v * 2f32.powi(-63))).collect::<Vec<_>>();
    let denormal =
        |len, seed| noise(len, seed).iter().map(|v| Bf16::from_bits((v * 100.0) as u16)).collect::<Vec<_>>();
    for values in [&tiny as &dyn Fn(usize, u32) -> Vec<Bf16>, &denormal] {
        let (input, output) = (values(INPUTS * 32, 1), values((INPUTS + 2) * 16 * 2, 2));
        let maps = OuterTiles {
            rows: 1,
            pixels: INPUTS,
            input: &input,
            input_start: 0,
            input_step: 32,
            input_row: 0,
            inputs: 2,
            output: &output,
            output_start: 0,
            output_step: 16,
            output_row: 0,
            outputs: 1,
            taps: [1, 1],
            stride: 1,
        };
        let sums = |isa| {
            let mut sums = vec![0.0; maps.result_len()];
            outer_tiles(isa, &maps, &mut OuterScratch::default(), &mut sums);
            sums
        };
        let expected = sums(Isa::portable());
        for isa in Isa::available() {
            for (found, expected) in sums(isa).iter().zip(&expected) {
                // At most as much as each of 32 products and 32 sums may lose.
                assert!(
                    (found - expected).abs() <= 64.0 * f32::MIN_POSITIVE,
                    "{isa}: {found:e} {expected:e}"
                );
            }
        }
    }
}
