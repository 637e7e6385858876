//! Outer products, against the gradient of the weights by its definition.

use scumble_kernels::{Isa, OuterRows, outer_rows, panel_width, round_up};

use crate::{assert_close, noise, sizes};

#[test]
fn the_weight_gradient_is_its_definition() {
    for (inputs, outputs, pixels) in sizes() {
        let (stored, rows) = (round_up(outputs, 16), 1 + pixels % 2);
        let (input, output) = (noise(rows * pixels * inputs, 1), noise(rows * (pixels + 2) * stored, 2));
        for taps in [1, 3] {
            let panel_rows = taps * inputs + 2;
            let starts: Vec<usize> = (0..taps).map(|tap| (2 - tap) * stored).collect();
            let result_rows: Vec<usize> = (0..taps).map(|tap| 1 + tap * inputs).collect();
            let width = panel_width(stored);
            let maps = OuterRows {
                rows,
                pixels,
                input: &input,
                input_start: 0,
                input_step: inputs,
                input_row: pixels * inputs,
                inputs,
                output: &output,
                output_starts: &starts,
                output_step: stored,
                output_row: (pixels + 2) * stored,
                outputs: stored,
                result_rows: &result_rows,
                panel_rows,
                panel_width: width,
            };
            let before = noise(stored * panel_rows, 3);
            let mut expected: Vec<f64> = before.iter().map(|&v| f64::from(v)).collect();
            for tap in 0..taps {
                for k in 0..inputs {
                    for o in 0..stored {
                        let place =
                            o / width * width * panel_rows + (result_rows[tap] + k) * width + o % width;
                        for r in 0..rows {
                            for p in 0..pixels {
                                let x = input[(r * pixels + p) * inputs + k];
                                let y = output[(r * (pixels + 2) + p + 2 - tap) * stored + o];
                                expected[place] += f64::from(x) * f64::from(y);
                            }
                        }
                    }
                }
            }
            let mut fused = Vec::new();
            for isa in Isa::available() {
                let mut result = before.clone();
                outer_rows(isa, &maps, &mut result);
                let what = format!("{inputs} {outputs} {pixels} {taps} {isa:?}");
                assert_close(&result, &expected, 1e-7 * (rows * pixels) as f64 + 1e-6, &what);
                if isa != Isa::portable() {
                    fused.push(result);
                }
            }
            assert!(fused.windows(2).all(|pair| pair[0] == pair[1]), "fused sets agree to the bit");
        }
    }
}

#[test]
fn nothing_is_read_or_written_out_of_bounds() {
    let (input, output) = ([0.0f32; 40], [0.0f32; 160]);
    let good = OuterRows {
        rows: 2,
        pixels: 5,
        input: &input,
        input_start: 0,
        input_step: 4,
        input_row: 20,
        inputs: 4,
        output: &output,
        output_starts: &[0],
        output_step: 16,
        output_row: 80,
        outputs: 16,
        result_rows: &[0],
        panel_rows: 4,
        panel_width: 16,
    };
    let attempt =
        |maps: OuterRows| std::panic::catch_unwind(|| outer_rows(Isa::best(), &maps, &mut [0.0; 64])).is_ok();
    assert!(attempt(good));
    for bad in [
        OuterRows { input_start: 1, ..good },
        OuterRows { output_starts: &[1], ..good },
        OuterRows { output_starts: &[0, 0], result_rows: &[0, 0], ..good },
        OuterRows { result_rows: &[1], ..good },
        OuterRows { rows: 3, ..good },
        OuterRows { pixels: 6, ..good },
        OuterRows { outputs: 15, ..good },
        OuterRows { outputs: 32, ..good },
        OuterRows { input_row: usize::MAX, ..good },
        OuterRows { panel_width: 48, ..good },
    ] {
        assert!(!attempt(bad), "{bad:?}");
    }
}
