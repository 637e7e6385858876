//! AdamW, against its formula.

use scumble_kernels::{AdamW, Isa, Moments, adamw};

use crate::noise;

#[test]
fn adamw_is_its_definition_under_every_set() {
    for average in [0.0, 0.9f32] {
        let factors = AdamW {
            beta1: 0.9,
            rest1: 0.1,
            beta2: 0.999,
            rest2: 0.001,
            epsilon: 1e-8,
            kept: 0.99,
            step: 0.02,
            root: 3.0,
            average,
            rest: 1.0 - average,
        };
        for len in [0, 1, 37, 256] {
            let [g, w, m, a] = [1, 2, 3, 4].map(|seed| noise(len, seed));
            let v: Vec<f32> = noise(len, 5).iter().map(|v| v * v).collect();
            let mut bits = Vec::new();
            for isa in Isa::available() {
                let [mut weights, mut first, mut second, mut mean] =
                    [&w, &m, &v, &a].map(|values| values.clone());
                let moments = Moments {
                    weights: &mut weights,
                    first: &mut first,
                    second: &mut second,
                    average: &mut mean,
                };
                adamw(isa, factors, &g, moments);
                for i in 0..len {
                    let [g, w, m, v, a] = [g[i], w[i], m[i], v[i], a[i]].map(f64::from);
                    let (m, v) = (0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g);
                    let w = 0.99 * w - 0.02 * m / (3.0 * v.sqrt() + 1e-8);
                    let a = f64::from(average) * a + (1.0 - f64::from(average)) * w;
                    for (found, expected) in [(weights[i], w), (first[i], m), (second[i], v), (mean[i], a)] {
                        assert!((f64::from(found) - expected).abs() < 1e-6, "{isa:?}: {found} {expected}");
                    }
                }
                bits.push([weights, first, second, mean]);
            }
            assert!(bits.windows(2).all(|pair| pair[0] == pair[1]));
        }
    }
}

#[test]
fn a_weight_without_gradient_stays_even_without_epsilon() {
    let factors = AdamW {
        beta1: 0.9,
        rest1: 0.1,
        beta2: 0.999,
        rest2: 0.001,
        epsilon: 0.0,
        kept: 1.0,
        step: 0.02,
        root: 3.0,
        average: 0.0,
        rest: 1.0,
    };
    let (mut weights, mut first, mut second, mut average) = ([0.5f32, 0.0], [0.0; 2], [0.0; 2], [0.0; 2]);
    let moments =
        Moments { weights: &mut weights, first: &mut first, second: &mut second, average: &mut average };
    adamw(Isa::best(), factors, &[0.0, 0.0], moments);
    assert_eq!((weights, average), ([0.5, 0.0], [0.5, 0.0]));
}
