//! Products of tiles against sums in f64, and, bit for bit, against the instruction's own order of additions.

use scumble_kernels::{
    Bf16, GatherTiles, INPUTS, Isa, OUTPUTS, OuterScratch, OuterTiles, PackedTile, Panels, Piece, Store,
    Stored, TILE, TileBlock, TileRow, TileStep, UNITS, gather_tiles, outer_tiles, pack_tiles,
};

use super::noise;

fn rounded(len: usize, seed: u32) -> Vec<Bf16> {
    noise(len, seed).into_iter().map(Bf16::narrow).collect()
}

/// `sum + a . b` of 32 values as `TDPBF16PS` adds: even and odd ones apart.
fn product(sum: f32, a: impl Fn(usize) -> f32, b: impl Fn(usize) -> f32) -> f32 {
    let chain =
        |side: usize| (0..INPUTS / 2).fold(0f32, |sum, k| a(2 * k + side).mul_add(b(2 * k + side), sum));
    sum + (chain(0) + chain(1))
}

#[test]
fn rounding_is_to_the_nearest_and_to_even() {
    for (value, expected) in [
        (1.0f32, 0x3f80u16),
        (1.0 + 1.0 / 256.0, 0x3f80), // halfway, down to the even one
        (1.0 + 3.0 / 256.0, 0x3f82), // halfway, up to the even one
        (1.0 + 1.01 / 256.0, 0x3f81),
        (-2.5, 0xc020),
        (f32::MAX, 0x7f80),
        (f32::INFINITY, 0x7f80),
        (f32::NEG_INFINITY, 0xff80),
        (1e-39, 0x0000),
        (-1e-39, 0x8000),
        (f32::MIN_POSITIVE, 0x0080),
        (-0.0, 0x8000),
    ] {
        assert_eq!(Bf16::narrow(value).to_bits(), expected, "{value}");
    }
    assert!(Bf16::narrow(f32::NAN).wide().is_nan());
    assert!(
        Bf16::narrow(f32::from_bits(0x7f80_0001)).wide().is_nan(),
        "a NaN whose upper half is that of infinity"
    );
    for bits in 0..=u16::MAX {
        let value = Bf16::from_bits(bits).wide();
        if value.is_normal() || value == 0.0 || value.is_infinite() {
            assert_eq!(Bf16::narrow(value).to_bits(), bits);
        }
    }
}

/// Two sources, three blocks (one with missing tiles, one of 16 outputs), rows of awkward lengths.
#[test]
fn gathers_are_the_bits_of_the_instruction() {
    let strides = [48, 32];
    for units in [1usize, 7, 16, 17, 32, 45] {
        let room = units.div_ceil(UNITS) * UNITS * 48 + 400;
        let sources = [rounded(3 * room, 1), rounded(3 * room, 2)];
        let step = |source, offset, tiles| TileStep { source, offset, tiles };
        let blocks = [
            TileBlock {
                steps: vec![step(0, 3, [true, true]), step(1, 40, [true, false]), step(0, 35, [false, true])],
                weights: 0,
                output: 0,
                bias: 0,
                width: 32,
            },
            TileBlock { steps: vec![step(1, 0, [true, true])], weights: 4, output: 32, bias: 32, width: 32 },
            TileBlock {
                steps: vec![step(0, 64, [true, false])],
                weights: 6,
                output: 64,
                bias: 64,
                width: 16,
            },
        ];
        let weights = rounded(7 * TILE, 3);
        let bias = noise(96, 4);
        let rows: Vec<TileRow> = (0..3)
            .map(|row| {
                let mut starts = [0; 8];
                starts[..2].copy_from_slice(&[row * room, row * room + 5]);
                TileRow { starts, output: 11 + row * units * 80, gate: row * units * 80 }
            })
            .collect();
        let len = 11 + 3 * units * 80;
        let (before, gates) = (rounded(len, 5), rounded(len, 6));
        for (add, relu, gated) in
            [(false, false, false), (false, true, false), (false, false, true), (true, false, true)]
        {
            let mut expected = before.clone();
            for row in &rows {
                for unit in 0..units {
                    for block in &blocks {
                        for o in 0..block.width {
                            let mut sum = bias[block.bias + o];
                            let mut tile = block.weights;
                            for step in &block.steps {
                                let start =
                                    row.starts[step.source] + unit * strides[step.source] + step.offset;
                                for side in 0..2 {
                                    if step.tiles[side] && side == o / OUTPUTS {
                                        let weight = |k: usize| {
                                            weights[tile * TILE + k / 2 * 32 + o % OUTPUTS * 2 + k % 2].wide()
                                        };
                                        sum =
                                            product(sum, |k| sources[step.source][start + k].wide(), weight);
                                    }
                                    tile += usize::from(step.tiles[side]);
                                }
                            }
                            let at = unit * 80 + block.output + o;
                            let to = &mut expected[row.output + at];
                            sum = if add { to.wide() + sum } else { sum };
                            sum = if relu { sum.max(0.0) } else { sum };
                            sum = if gated && gates[row.gate + at].wide() <= 0.0 { 0.0 } else { sum };
                            *to = Bf16::narrow(sum);
                        }
                    }
                }
            }
            let gather = GatherTiles {
                sources: &[&sources[0], &sources[1]],
                strides: &strides,
                blocks: &blocks,
                weights: &weights,
                bias: &[&bias[..], &[0.0; 16]].concat(),
                rows: &rows,
                units,
                step: 80,
            };
            for isa in Isa::available() {
                let mut found = before.clone();
                gather_tiles(
                    isa,
                    &gather,
                    Store { add, relu, gate: gated.then_some(&gates[..]) },
                    &mut found,
                );
                for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    let zeros = found.wide() == 0.0 && expected.wide() == 0.0;
                    assert!(
                        found == expected || zeros,
                        "{isa:?}, {units} units, {at}: {found:?} {expected:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn outer_products_are_the_sums_over_pixels() {
    for (rows, pixels) in
        [(1, 1), (3, 2), (5, 4), (9, 8), (17, 16), (1, 31), (9, 32), (3, 33), (2, 70), (5, 5)]
    {
        for (taps, stride, inputs, outputs) in
            [([1, 1], 1, 1, 2), ([3, 1], 1, 1, 1), ([3, 3], 1, 2, 1), ([4, 4], 2, 2, 2)]
        {
            let (step, other) = (inputs * 16, outputs * 16);
            let input_row = (pixels + 3) * step;
            let output_row = (pixels * stride + 4) * other;
            let input = rounded((rows + 1) * input_row + 16, 7);
            let output = rounded((rows * stride + 4) * output_row + (80 * stride + 8) * other, 8);
            let maps = OuterTiles {
                rows,
                pixels,
                input: &input,
                input_start: step,
                input_step: step,
                input_row,
                inputs,
                output: &output,
                output_start: other,
                output_step: other,
                output_row,
                outputs,
                taps,
                stride,
            };
            let begun = noise(maps.result_len(), 9);
            let expected: Vec<f64> = (0..maps.result_len())
                .map(|at| {
                    let (i, o, tap) = (at / 16 % 16, at % 16, at / 256 % (taps[0] * taps[1]));
                    let block = at / 256 / (taps[0] * taps[1]);
                    let (i, o) = (block / outputs * 16 + i, block % outputs * 16 + o);
                    let (down, across) = (tap / taps[1], tap % taps[1]);
                    let products = (0..rows * pixels).map(|p| {
                        let (r, p) = (p / pixels, p % pixels);
                        let x = input[maps.input_start + r * input_row + p * step + i].wide();
                        let row = (r * stride + down) * output_row;
                        let y = output[maps.output_start + row + (p * stride + across) * other + o].wide();
                        f64::from(x) * f64::from(y)
                    });
                    products.sum::<f64>() + f64::from(begun[at])
                })
                .collect();
            let mut sets = Vec::new();
            for isa in Isa::available() {
                let mut found = begun.clone();
                outer_tiles(isa, &maps, &mut OuterScratch::default(), &mut found);
                super::assert_close(&found, &expected, 1e-4, &format!("{isa:?} {rows} x {pixels}, {taps:?}"));
                sets.push(found);
            }
            assert!(sets.windows(2).all(|sets| sets[0] == sets[1]), "the same bits under every set");
        }
    }
}

#[test]
fn tiles_hold_the_weights_of_pairs_of_inputs() {
    let (rows, width) = (40, 32);
    let values = noise(2 * rows * width, 10);
    let at = |row: usize, column: usize| values[column / width * width * rows + row * width + column % width];
    let forward = PackedTile {
        pieces: vec![
            Piece { first: 0, len: 16, rows: vec![3, 20], column: 48 },
            Piece { first: 16, len: 5, rows: vec![9], column: 48 },
        ],
        outputs: 16,
        across: false,
    };
    let across = PackedTile {
        pieces: vec![Piece { first: 4, len: 16, rows: vec![1, 6, 11], column: 16 }],
        outputs: 11,
        across: true,
    };
    for isa in Isa::available() {
        let mut tiles = vec![Bf16::default(); 2 * TILE];
        pack_tiles(
            isa,
            Panels { values: &values, rows, width },
            &[forward.clone(), across.clone()],
            &mut tiles,
        );
        for k in 0..INPUTS {
            for o in 0..OUTPUTS {
                let place = k / 2 * 32 + 2 * o + k % 2;
                let first = match k {
                    0..16 => at(3 + k, 48 + o) + at(20 + k, 48 + o),
                    16..21 => at(9 + k - 16, 48 + o),
                    _ => 0.0,
                };
                let met = (4..20).contains(&k) && o < 11;
                let sum = |row: usize| at(row + o, 16 + k - 4);
                let second = if met { sum(1) + sum(6) + sum(11) } else { 0.0 };
                assert_eq!(tiles[place], Bf16::narrow(first), "{isa:?} {k} {o}");
                assert_eq!(tiles[TILE + place], Bf16::narrow(second), "{isa:?} across {k} {o}");
            }
        }
    }
}
