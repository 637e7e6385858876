//! Gathering rows, against convolutions by their definition.

use scumble_kernels::{Begin, GatherRow, Isa, Panels, Tap, gather_row, panel_width, round_up};

use crate::{assert_close, noise, sizes};

/// Rounding of a sum of `terms` products of numbers in -1..1, in any order, with a wide margin.
fn tolerance(terms: usize) -> f64 {
    1e-7 * terms as f64 + 1e-6
}

/// Weights `[outputs][rows]` as panels, padded with zeros.
fn panels(weights: &[f32], outputs: usize, rows: usize) -> Vec<f32> {
    let width = panel_width(outputs);
    let mut panels = vec![0.0; round_up(outputs, 16) * rows];
    for o in 0..outputs {
        for row in 0..rows {
            panels[o / width * width * rows + row * width + o % width] = weights[o * rows + row];
        }
    }
    panels
}

/// A 3 x 3 convolution of one row of three bordered rows, by its definition. `[pixels][outputs]`
fn reference(
    map: &[f32],
    weights: &[f32],
    bias: &[f32],
    (channels, outputs, pixels): (usize, usize, usize),
) -> Vec<f64> {
    let pitch = (pixels + 2) * channels;
    let mut row = Vec::new();
    for p in 0..pixels {
        for o in 0..outputs {
            let mut sum = f64::from(bias[o]);
            for kh in 0..3 {
                for kw in 0..3 {
                    for c in 0..channels {
                        let x = map[kh * pitch + (p + kw) * channels + c];
                        let w = weights[((o * 3 + kh) * 3 + kw) * channels + c];
                        sum += f64::from(x) * f64::from(w);
                    }
                }
            }
            row.push(sum);
        }
    }
    row
}

#[test]
fn a_row_of_a_3_x_3_convolution_is_its_definition() {
    for size @ (channels, outputs, pixels) in sizes() {
        let (stored, rows) = (round_up(outputs, 16), 9 * channels);
        let pitch = (pixels + 2) * channels;
        let (map, weights) = (noise(3 * pitch, 1), noise(outputs * rows, 2));
        let mut bias = noise(outputs, 3);
        bias.resize(stored, 0.0);
        let expected = reference(&map, &weights, &bias, size);
        let values = panels(&weights, outputs, rows);
        let taps = [0, 1, 2].map(|kh| Tap {
            source: 0,
            start: kh * pitch,
            step: channels,
            columns: 3,
            length: channels,
            row: kh * 3 * channels,
        });
        // The same, tap by tap, and in runs of three pixels: both in the same order.
        let single: Vec<Tap> = (0..9)
            .map(|k| Tap {
                source: 0,
                start: k / 3 * pitch + k % 3 * channels,
                step: channels,
                columns: 1,
                length: channels,
                row: k * channels,
            })
            .collect();
        let runs = taps.map(|tap| Tap { columns: 1, length: 3 * channels, ..tap });
        let mut fused = Vec::new();
        for isa in Isa::available() {
            for relu in [false, true] {
                let row = GatherRow {
                    sources: &[&map],
                    taps: &taps,
                    panels: Panels { values: &values, rows, width: panel_width(outputs) },
                    begin: Begin::Bias(&bias),
                    relu,
                    pixels,
                    start: 0,
                    step: stored,
                };
                let mut output = vec![f32::NAN; pixels * stored];
                gather_row(isa, &row, &mut output);
                let [mut long, mut short] = [output.clone(), output.clone()];
                gather_row(isa, &GatherRow { taps: &single, ..row }, &mut short);
                gather_row(isa, &GatherRow { taps: &runs, ..row }, &mut long);
                assert_eq!(long, short, "{size:?} {isa:?}");
                for (p, pixel) in output.chunks(stored).chain(long.chunks(stored)).enumerate() {
                    let p = p % pixels;
                    let wanted = &expected[p * outputs..(p + 1) * outputs];
                    let wanted: Vec<f64> =
                        wanted.iter().map(|&v| if relu { v.max(0.0) } else { v }).collect();
                    assert_close(&pixel[..outputs], &wanted, tolerance(rows), &format!("{size:?} {isa:?}"));
                    assert!(pixel[outputs..].iter().all(|&v| v == 0.0), "the padding stays zero");
                }
                if !relu && isa != Isa::portable() {
                    fused.push(output);
                }
            }
        }
        assert!(fused.windows(2).all(|pair| pair[0] == pair[1]), "fused sets agree to the bit: {size:?}");
    }
}

#[test]
fn sources_steps_and_what_sums_begin_with() {
    let (a, b, weights) = (noise(400, 4), noise(300, 5), noise(32 * 10, 6));
    let values = panels(&weights, 32, 10);
    let taps = [
        Tap { source: 0, start: 3, step: 9, columns: 1, length: 4, row: 0 },
        Tap { source: 1, start: 1, step: 4, columns: 2, length: 3, row: 4 },
    ];
    let held = noise(70 * 30, 7);
    for isa in Isa::available() {
        for begin in [Begin::Zero, Begin::Output] {
            let row = GatherRow {
                sources: &[&a, &b],
                taps: &taps,
                panels: Panels { values: &values, rows: 10, width: 32 },
                begin,
                relu: false,
                pixels: 30,
                start: 5,
                step: 70,
            };
            let mut output = held.clone();
            gather_row(isa, &row, &mut output);
            for (at, (&found, &held)) in output.iter().zip(&held).enumerate() {
                let (p, o) = ((at + 65) / 70, (at + 65) % 70);
                if p == 0 || o >= 32 {
                    assert_eq!(found, held, "what is no output stays");
                    continue;
                }
                let p = p - 1;
                let product = |x: f32, k: usize| f64::from(x) * f64::from(weights[o * 10 + k]);
                let mut sum = if matches!(begin, Begin::Output) { f64::from(held) } else { 0.0 };
                sum += (0..4).map(|k| product(a[3 + 9 * p + k], k)).sum::<f64>();
                sum += (0..3).map(|k| product(b[1 + 4 * p + k], 4 + k)).sum::<f64>();
                sum += (0..3).map(|k| product(b[5 + 4 * p + k], 7 + k)).sum::<f64>();
                assert!((f64::from(found) - sum).abs() < 1e-5, "{isa:?} {at}: {found} {sum}");
            }
        }
    }
}

#[test]
fn nothing_is_read_or_written_out_of_bounds() {
    let (map, values, bias) = (vec![0.0; 40], vec![0.0; 64], vec![0.0; 16]);
    let tap = Tap { source: 0, start: 0, step: 4, columns: 1, length: 4, row: 0 };
    let attempt = |taps: &[Tap], pixels: usize, step: usize, bias: &[f32]| {
        let row = GatherRow {
            sources: &[&map],
            taps,
            panels: Panels { values: &values, rows: 4, width: 16 },
            begin: Begin::Bias(bias),
            relu: false,
            pixels,
            start: 0,
            step,
        };
        std::panic::catch_unwind(|| gather_row(Isa::best(), &row, &mut [0.0; 160])).is_ok()
    };
    assert!(attempt(&[tap], 10, 16, &bias));
    assert!(!attempt(&[tap], 11, 14, &bias), "outputs overlap");
    assert!(!attempt(&[tap], 11, 16, &bias), "the map and the output end");
    assert!(!attempt(&[Tap { start: 1, ..tap }], 10, 16, &bias), "the map ends");
    assert!(!attempt(&[Tap { step: usize::MAX / 2, ..tap }], 4, 16, &bias), "overflow");
    assert!(!attempt(&[Tap { columns: 2, ..tap }], 10, 16, &bias), "the second column leaves the map");
    assert!(attempt(&[Tap { columns: 2, length: 2, ..tap }], 9, 16, &bias));
    assert!(!attempt(&[Tap { columns: 3, length: 2, ..tap }], 1, 16, &bias), "the panels end");
    assert!(!attempt(&[Tap { row: 1, ..tap }], 1, 16, &bias), "the panels end");
    assert!(!attempt(&[Tap { source: 1, ..tap }], 1, 16, &bias), "no such source");
    assert!(!attempt(&[tap], 10, 16, &bias[1..]), "the bias ends");
}
