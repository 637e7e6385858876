use crate::dispatch::vectorised;
use crate::real::Real;

/// Pixels handled together: their maxima and sums stay in registers and the first cache.
const BLOCK: usize = 64;

vectorised! {
    /// Sum of the softmax cross entropy with soft targets over one run of pixels, and its gradient.
    ///
    /// `logits` and `targets` hold one plane a class, all of one length. With a_k = c_k t_k (class weight times
    /// target), A = sum_k a_k and q = softmax(x), the pixel's loss is `-w sum_k a_k ln q_k` and its gradient
    /// `scale w (A q_k - a_k)`, written over `gradient` (a plane a class, or no planes: not wanted).
    ///
    /// The log of the normaliser is taken as max + ln(1 + rest), rest being the sum without the largest term:
    /// exact however sure the prediction is, and for two classes the sigmoid cross entropy of their difference.
    ///
    /// A pixel of weight 0 is left out, NaN or not. `weights` and `class_weights` may be empty: all 1.
    ///
    /// # Panics
    /// No class, or slices of different lengths.
    pub fn softmax_cross_entropy<R: Real>(
        logits: &[&[R]],
        targets: &[&[R]],
        class_weights: &[R],
        weights: &[R],
        scale: R,
        gradient: &mut [&mut [R]],
    ) -> f64 = sum
}

#[inline(always)]
fn sum<R: Real>(
    logits: &[&[R]],
    targets: &[&[R]],
    class_weights: &[R],
    weights: &[R],
    scale: R,
    gradient: &mut [&mut [R]],
) -> f64 {
    let classes = logits.len();
    let pixels = logits.first().expect("at least one class").len();
    assert_eq!(targets.len(), classes, "one plane of targets a class");
    assert!(logits.iter().chain(targets).all(|plane| plane.len() == pixels), "planes of one length");
    assert!(class_weights.is_empty() || class_weights.len() == classes, "one weight a class, or none");
    assert!(weights.is_empty() || weights.len() == pixels, "one weight a pixel, or none");
    assert!(gradient.is_empty() || gradient.len() == classes, "one plane of gradient a class, or none");
    assert!(gradient.iter().all(|plane| plane.len() == pixels), "planes of one length");

    let mut total = 0.0;
    for start in (0..pixels).step_by(BLOCK) {
        let length = BLOCK.min(pixels - start);
        let mut largest = [R::ZERO; BLOCK];
        let mut winner = [0u32; BLOCK];
        largest[..length].copy_from_slice(&logits[0][start..start + length]);
        for (class, plane) in logits.iter().enumerate().skip(1) {
            let plane = &plane[start..start + length];
            for ((&x, best), index) in plane.iter().zip(&mut largest).zip(&mut winner) {
                let higher = x > *best;
                *best = if higher { x } else { *best };
                *index = if higher { class as u32 } else { *index };
            }
        }
        let mut rest = [R::ZERO; BLOCK];
        for (class, plane) in logits.iter().enumerate() {
            let plane = &plane[start..start + length];
            for (((&x, &best), &index), rest) in plane.iter().zip(&largest).zip(&winner).zip(&mut rest) {
                let e = (x - best).exp_of_negative();
                *rest = *rest + if index == class as u32 { R::ZERO } else { e };
            }
        }
        let mut log_rest = [R::ZERO; BLOCK];
        for (log, &rest) in log_rest.iter_mut().zip(&rest) {
            *log = rest.ln_1p_of_positive();
        }
        let mut loss = [R::ZERO; BLOCK];
        let mut mass = [R::ZERO; BLOCK];
        for (class, (x, t)) in logits.iter().zip(targets).enumerate() {
            let c = if class_weights.is_empty() { R::ONE } else { class_weights[class] };
            let (x, t) = (&x[start..start + length], &t[start..start + length]);
            for i in 0..length {
                let a = c * t[i];
                mass[i] = mass[i] + a;
                // An impossible class (a = 0) costs nothing even where its logit is -infinity.
                let cost = a * ((largest[i] - x[i]) + log_rest[i]);
                loss[i] = loss[i] + if a == R::ZERO { R::ZERO } else { cost };
            }
        }
        let mut w = [R::ONE; BLOCK];
        if !weights.is_empty() {
            w[..length].copy_from_slice(&weights[start..start + length]);
        }
        for i in 0..length {
            let part = if w[i] == R::ZERO { R::ZERO } else { w[i] * loss[i] };
            total += part.to_f64();
        }
        for (class, plane) in gradient.iter_mut().enumerate() {
            let c = if class_weights.is_empty() { R::ONE } else { class_weights[class] };
            let (x, t) = (&logits[class][start..start + length], &targets[class][start..start + length]);
            for (i, slope) in plane[start..start + length].iter_mut().enumerate() {
                let q = (x[i] - largest[i]).exp_of_negative() / (R::ONE + rest[i]);
                let value = scale * (w[i] * (mass[i] * q - c * t[i]));
                *slope = if w[i] == R::ZERO { R::ZERO } else { value };
            }
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigmoid_cross_entropy;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn value_and_gradient_equal_the_plain_f64_form(
            rows in prop::collection::vec((prop::array::uniform3(-30.0f32..30.0), prop::array::uniform3(0.01f32..1.0)), 1..150)
        ) {
            let plane = |k: usize| rows.iter().map(|r| r.0[k]).collect::<Vec<_>>();
            let target = |k: usize| rows.iter().map(|r| r.1[k] / r.1.iter().sum::<f32>()).collect::<Vec<_>>();
            let (x, t) = ([plane(0), plane(1), plane(2)], [target(0), target(1), target(2)]);
            let class_weights = [0.5f32, 1.0, 2.0];
            let mut g = vec![vec![0.0f32; rows.len()]; 3];
            let mut planes: Vec<&mut [f32]> = g.iter_mut().map(|p| &mut p[..]).collect();
            let found = softmax_cross_entropy(
                &[&x[0], &x[1], &x[2]], &[&t[0], &t[1], &t[2]], &class_weights, &[], 1.0, &mut planes);
            let mut wanted = 0.0f64;
            for i in 0..rows.len() {
                let e: Vec<f64> = (0..3).map(|k| f64::from(x[k][i]).exp()).collect();
                let z: f64 = e.iter().sum();
                let a: Vec<f64> = (0..3).map(|k| f64::from(class_weights[k]) * f64::from(t[k][i])).collect();
                for k in 0..3 {
                    wanted -= a[k] * (e[k] / z).ln();
                    let slope = a.iter().sum::<f64>() * e[k] / z - a[k];
                    prop_assert!((f64::from(g[k][i]) - slope).abs() < 1e-6);
                }
            }
            prop_assert!((found - wanted).abs() <= 2e-6 * wanted.max(1e-3), "{found} {wanted}");
        }

        #[test]
        fn two_classes_are_the_sigmoid_of_their_difference(
            rows in prop::collection::vec((-50.0f32..50.0, 0.0f32..=1.0), 1..200)
        ) {
            let x: Vec<f32> = rows.iter().map(|r| r.0).collect();
            let zero = vec![0.0f32; x.len()];
            let t: Vec<f32> = rows.iter().map(|r| r.1).collect();
            let rest: Vec<f32> = t.iter().map(|t| 1.0 - t).collect();
            let mut binary = vec![0.0f32; x.len()];
            let one = sigmoid_cross_entropy(&x, &t, &[], 1.0, &mut binary);
            let mut g = vec![vec![0.0f32; x.len()]; 2];
            let mut planes: Vec<&mut [f32]> = g.iter_mut().map(|p| &mut p[..]).collect();
            let two = softmax_cross_entropy(&[&zero, &x], &[&rest, &t], &[], &[], 1.0, &mut planes);
            prop_assert!((one - two).abs() <= 1e-6 * one.max(1e-6));
            for (a, b) in binary.iter().zip(&g[1]) {
                prop_assert!((a - b).abs() < 2e-7);
            }
        }
    }

    #[test]
    fn a_sure_prediction_keeps_its_tiny_loss() {
        let value =
            softmax_cross_entropy(&[&[20.0f32][..], &[0.0]], &[&[1.0][..], &[0.0]], &[], &[], 1.0, &mut []);
        assert!((value / (-20.0f64).exp() - 1.0).abs() < 1e-6, "{value}");
    }

    #[test]
    fn huge_and_infinite_logits_are_finite() {
        let mut a = [0.0f32; 1];
        let mut b = [0.0f32; 1];
        let value = softmax_cross_entropy(
            &[&[1e4f32][..], &[-1e4]],
            &[&[0.75][..], &[0.25]],
            &[],
            &[],
            1.0,
            &mut [&mut a[..], &mut b[..]],
        );
        assert_eq!((value, a, b), (5000.0, [0.25], [-0.25]));
        let never = softmax_cross_entropy(
            &[&[0.0f32][..], &[f32::NEG_INFINITY]],
            &[&[1.0][..], &[0.0]],
            &[],
            &[],
            1.0,
            &mut [],
        );
        assert_eq!(never, 0.0);
    }
}
