//! Golden values and edges: numbers from closed forms and from PyTorch 2.x (float64), each with its source.

use ndarray::{Array3, Array4, array};
use scumble::loss::{
    Denominator, LossError, LossOptions, sigmoid_cross_entropy, sigmoid_cross_entropy_gradient,
    sigmoid_cross_entropy_gradient_into, softmax_cross_entropy, softmax_cross_entropy_gradient,
    softmax_cross_entropy_gradient_into,
};

#[test]
fn the_denominators_are_what_they_say() {
    let x = Array4::<f64>::zeros((2, 3, 2, 2));
    let t = Array4::from_elem((2, 3, 2, 2), 1.0 / 3.0);
    let mut mask = Array3::from_elem((2, 2, 2), true);
    mask[[0, 0, 0]] = false;
    mask[[1, 1, 1]] = false;
    let weights = Array3::from_elem((2, 2, 2), 2.0);
    let c = [1.0, 2.0, 3.0];
    let all = LossOptions::default().mask(mask.view()).weights(weights.view()).class_weights(&c);
    for (name, sigmoid, softmax) in [
        (Denominator::Valid, 18.0, 6.0),
        (Denominator::All, 24.0, 8.0),
        (Denominator::Batch, 2.0, 2.0),
        (Denominator::Weights, 72.0, 24.0),
        (Denominator::None, 1.0, 1.0),
    ] {
        let options = all.clone().denominator(name);
        let a = sigmoid_cross_entropy(x.view(), t.view(), &options).unwrap();
        let b = softmax_cross_entropy(x.view(), t.view(), &options).unwrap();
        assert!((a.divisor - sigmoid).abs() < 1e-12, "{name:?}: sigmoid {}", a.divisor);
        assert!((b.divisor - softmax).abs() < 1e-12, "{name:?}: softmax {}", b.divisor);
        assert_eq!((a.valid, b.valid), (18, 6));
        assert!((a.value * a.divisor - 72.0 * 2f64.ln()).abs() < 1e-10);
        assert!((b.value * b.divisor - 24.0 * 3f64.ln()).abs() < 1e-10);
    }
}

#[test]
fn without_a_valid_pixel_all_is_zero_and_said() {
    let x = array![[[f32::NAN, 1.0]]];
    let t = array![[[0.5, 9.0]]];
    let mask = array![[false, false]];
    for denominator in [Denominator::Valid, Denominator::None, Denominator::Weights] {
        let options = LossOptions::default().mask(mask.view()).denominator(denominator);
        let (loss, gradient) = sigmoid_cross_entropy_gradient(x.view(), t.view(), &options).unwrap();
        assert_eq!((loss.value, loss.floor, loss.excess, loss.valid), (0.0, 0.0, 0.0, 0));
        assert!(loss.is_empty() && loss.to_string().contains("no valid pixel"), "{loss}");
        assert_eq!(gradient, array![[[0.0, 0.0]]]);
    }
    let empty = Array3::<f32>::zeros((0, 1, 4));
    assert!(sigmoid_cross_entropy(empty.view(), empty.view(), &LossOptions::default()).unwrap().is_empty());
}

#[test]
fn enormous_logits_stay_exact() {
    let x = array![[[1e4f32, -1e4, 1e4, -1e4]]];
    let t = array![[[1.0, 0.0, 0.25, 0.75]]];
    let (loss, gradient) =
        sigmoid_cross_entropy_gradient(x.view(), t.view(), &LossOptions::default()).unwrap();
    assert_eq!(loss.value, (7500.0 + 7500.0) / 4.0);
    assert_eq!(gradient, array![[[0.0, 0.0, 0.75 / 4.0, -0.75 / 4.0]]]);
    let x = array![[[1e4f32], [0.0], [-1e4]]];
    let t = array![[[0.0f32], [0.5], [0.5]]];
    let (loss, gradient) =
        softmax_cross_entropy_gradient(x.view(), t.view(), &LossOptions::default()).unwrap();
    assert_eq!(loss.value, 0.5 * 1e4 + 0.5 * 2e4);
    assert_eq!(gradient, array![[[1.0], [-0.5], [-0.5]]]);
}

#[test]
fn class_weights_lift_the_floor_to_the_true_minimum() {
    // q proportional to c t = (0.5, 1.5) is best: -(0.5 ln 0.25 + 1.5 ln 0.75).
    let t = array![[[0.5f64], [0.5]]];
    let c = [1.0, 3.0];
    let best = array![[[0.25f64.ln()], [0.75f64.ln()]]];
    let loss =
        softmax_cross_entropy(best.view(), t.view(), &LossOptions::default().class_weights(&c)).unwrap();
    assert!((loss.floor + 0.5 * 0.25f64.ln() + 1.5 * 0.75f64.ln()).abs() < 1e-15);
    assert!(loss.excess.abs() < 1e-15);
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let x = Array4::<f32>::zeros((1, 2, 2, 2));
    let t = x.clone();
    let options = LossOptions::default;
    let fails = |o: &LossOptions<'_, f32>| sigmoid_cross_entropy(x.view(), t.view(), o).unwrap_err();
    assert!(matches!(fails(&options().class_axis(4)), LossError::ClassAxis { axis: 4, rank: 4 }));
    assert!(matches!(
        fails(&options().class_weights(&[1.0])),
        LossError::ClassWeights { found: 1, classes: 2, .. }
    ));
    assert!(matches!(fails(&options().class_weights(&[1.0, -1.0])), LossError::Weight { .. }));
    let wide = Array3::from_elem((1, 2, 3), true);
    assert!(matches!(fails(&options().mask(wide.view())), LossError::Shape { what: "the mask", .. }));
    let bad = Array3::from_elem((1, 2, 2), f32::NAN);
    assert!(matches!(fails(&options().weights(bad.view())), LossError::Weight { .. }));
    let mut t = x.clone();
    t[[0, 1, 0, 1]] = 1.5;
    let error = sigmoid_cross_entropy(x.view(), t.view(), &options()).unwrap_err();
    assert_eq!(error, LossError::Target { index: vec![0, 1, 0, 1], value: 1.5 });
    assert!(sigmoid_cross_entropy(x.view(), t.view(), &options().unchecked()).is_ok());
    let error = softmax_cross_entropy(x.view(), x.view(), &options()).unwrap_err();
    assert_eq!(error, LossError::Sum { pixel: vec![0, 0, 0], sum: 0.0 });
    let one = Array4::<f32>::zeros((1, 1, 2, 2));
    assert_eq!(
        softmax_cross_entropy(one.view(), one.view(), &options()).unwrap_err(),
        LossError::OneClass(1)
    );
    // A mask of its own for each class fits independent classes and no others.
    let each = Array4::from_elem((1, 2, 2, 2), true);
    assert_eq!(sigmoid_cross_entropy(x.view(), x.view(), &options().mask(each.view())).unwrap().valid, 8);
    assert!(softmax_cross_entropy(x.view(), x.view(), &options().mask(each.view()).unchecked()).is_err());
}

#[test]
fn the_same_bytes_at_any_number_of_threads() {
    let x = Array4::from_shape_fn((3, 4, 97, 131), |(a, b, c, d)| {
        ((a * 31 + b * 17 + c * 7 + d) % 101) as f32 / 7.0 - 7.0
    });
    let t = Array4::from_elem(x.dim(), 0.25f32);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let a = softmax_cross_entropy_gradient(x.view(), t.view(), &LossOptions::default()).unwrap();
            let b = sigmoid_cross_entropy_gradient(x.view(), t.view(), &LossOptions::default()).unwrap();
            (a.0.value.to_bits(), a.1, b.0.value.to_bits(), b.1)
        })
    };
    assert_eq!(run(1), run(3));
}

/// Computed with 60 decimal digits from the definition (Python's `decimal`), and the same from PyTorch 2.15 in f64.
#[test]
fn sigmoid_values_of_sixty_digits() {
    let x = array![[[0.3f64, -1.7, 12.5, -40.0, 0.0, 3.25]]];
    let t = array![[[0.2, 0.9, 1.0, 0.0, 0.5, 0.6]]];
    let each = [
        0.794_355_244_468_527_1,
        1.697_786_029_386_266,
        0.000_003_726_646_228_123_990_3,
        4.248_354_255_291_589e-18,
        std::f64::consts::LN_2,
        1.338_041_371_687_783,
    ];
    let slopes = [
        0.374_442_516_811_658_99,
        -0.745_534_734_916_465_3,
        -0.000_003_726_639_284_186_561_4,
        4.248_354_255_291_589e-18,
        0.0,
        0.362_673_112_655_870_54,
    ];
    for (i, (value, slope)) in each.into_iter().zip(slopes).enumerate() {
        let (found, derivative) = scumble::loss::sigmoid_cross_entropy_reference(x[[0, 0, i]], t[[0, 0, i]]);
        assert!((found / value - 1.0).abs() < 1e-14, "{i}: {found} {value}");
        assert!((derivative - slope).abs() < 1e-15, "{i}: {derivative} {slope}");
    }
    let loss = sigmoid_cross_entropy(x.view(), t.view(), &LossOptions::default()).unwrap();
    assert!((loss.value - 0.753_888_925_458_124_9).abs() < 1e-14);
    assert!((loss.floor - 0.365_274_040_749_806_3).abs() < 1e-14);
    let weights = array![[1.0, 2.0, 0.5, 3.0, 1.5, 0.25]];
    let options = LossOptions::default().weights(weights.view()).denominator(Denominator::Weights);
    let loss = sigmoid_cross_entropy(x.view(), t.view(), &options).unwrap();
    assert!((loss.value - 0.674_443_670_342_549_9).abs() < 1e-14);
    // f32 keeps the tiny fourth term's neighbours and the mean to f32's last digits.
    let loss = sigmoid_cross_entropy(
        x.mapv(|v| v as f32).view(),
        t.mapv(|v| v as f32).view(),
        &LossOptions::default(),
    );
    assert!((loss.unwrap().value - 0.753_888_925_458_124_9).abs() < 1e-7);
}

/// As above. PyTorch's `cross_entropy` with probability targets and class weights divides by the pixels, as here.
#[test]
fn softmax_values_of_sixty_digits() {
    let x = array![[[0.5f64, 10.0], [-1.0, -3.0], [2.0, 0.0], [0.25, 9.5]]];
    let t = array![[[0.1, 0.7], [0.2, 0.0], [0.3, 0.05], [0.4, 0.25]]];
    let c = [1.0, 2.0, 0.5, 1.5];
    let plain = softmax_cross_entropy(x.view(), t.view(), &LossOptions::default()).unwrap();
    assert!((plain.value - (1.819_278_998_448_253_4 + 1.099_106_650_313_110_1) / 2.0).abs() < 1e-14);
    assert!((plain.floor - (1.279_854_225_833_667_5 + 0.746_032_664_714_784_9) / 2.0).abs() < 1e-14);
    let (weighted, gradient) =
        softmax_cross_entropy_gradient(x.view(), t.view(), &LossOptions::default().class_weights(&c))
            .unwrap();
    assert!((weighted.value - (2.861_598_748_060_316_8 + 0.959_017_315_344_421_2) / 2.0).abs() < 1e-14);
    assert!((weighted.floor - (1.466_767_613_184_305_4 + 0.814_546_614_774_115_8) / 2.0).abs() < 1e-14);
    let slopes = [
        [0.092_793_531_605_202_75, -0.015_315_047_934_104_988],
        [-0.356_981_948_417_349_74, 0.000_001_547_613_531_671_956],
        [0.714_040_663_426_913_4, -0.024_968_915_351_266_778],
        [-0.449_852_246_614_766_45, 0.040_282_415_671_840_09],
    ];
    for (k, pair) in slopes.iter().enumerate() {
        for (i, slope) in pair.iter().enumerate() {
            assert!((2.0 * gradient[[0, k, i]] - slope).abs() < 1e-15, "{k} {i}");
        }
    }
}

/// A gradient in the caller's memory, whatever its layout, is the allocated one; whole steps are their float copy.
#[test]
fn gradients_in_place_and_targets_in_steps_change_no_bit() {
    let x = Array4::from_shape_fn((2, 3, 9, 31), |(a, b, c, d)| {
        ((a * 31 + b * 17 + c * 7 + d) % 101) as f32 / 7.0 - 7.0
    });
    let bytes = Array4::from_shape_fn(x.dim(), |(a, b, c, d)| {
        let first = (a * 50 + c * 3 + d) as u8;
        let second = (d as u8 * 4).min(255 - first);
        [first, second, 255 - first - second][b]
    });
    let words = bytes.mapv(|t| u16::from(t) * 257);
    let floats = bytes.mapv(|t| f32::from(t) / 255.0);
    let mask = Array3::from_shape_fn((2, 9, 31), |(a, b, c)| (a + b + c) % 5 != 0);
    let options = LossOptions::default().mask(mask.view());
    for (name, wanted, run) in [
        (
            "sigmoid",
            sigmoid_cross_entropy_gradient(x.view(), floats.view(), &options).unwrap(),
            sigmoid_cross_entropy_gradient_into::<f32, _>
                as fn(_, ndarray::ArrayView4<'_, u8>, _, ndarray::ArrayViewMut4<'_, f32>) -> _,
        ),
        (
            "softmax",
            softmax_cross_entropy_gradient(x.view(), floats.view(), &options).unwrap(),
            softmax_cross_entropy_gradient_into::<f32, _>,
        ),
    ] {
        let mut gradient = Array4::from_elem(x.dim(), f32::NAN);
        let loss = run(x.view(), bytes.view(), &options, gradient.view_mut()).unwrap();
        assert_eq!((loss, &gradient), (wanted.0, &wanted.1), "{name}");
        // A gradient whose classes are innermost in memory.
        let mut turned = Array4::from_elem((2, 9, 31, 3), f32::NAN);
        let view = turned.view_mut().permuted_axes([0, 3, 1, 2]);
        assert_eq!(run(x.view(), bytes.view(), &options, view).unwrap(), wanted.0, "{name}");
        assert_eq!(turned.view().permuted_axes([0, 3, 1, 2]), wanted.1, "{name}");
        let mut small = Array4::zeros((2, 3, 9, 30));
        let error = run(x.view(), bytes.view(), &options, small.view_mut()).unwrap_err();
        assert!(matches!(error, LossError::Shape { what: "the gradient", .. }), "{error}");
    }
    let words = sigmoid_cross_entropy(x.view(), words.view(), &options).unwrap();
    let floats = sigmoid_cross_entropy(x.view(), floats.view(), &options).unwrap();
    assert!((words.value - floats.value).abs() < 1e-7 && (words.floor - floats.floor).abs() < 1e-7);
}

#[test]
fn the_target_at_fault_is_named_and_steps_may_be_rounded() {
    let x = Array4::<f32>::zeros((1, 3, 20, 20));
    let mut t = Array4::from_elem(x.dim(), 1.0f32 / 3.0);
    t[[0, 2, 19, 3]] = f32::NAN;
    let error = softmax_cross_entropy(x.view(), t.view(), &LossOptions::default()).unwrap_err();
    assert!(
        matches!(&error, LossError::Target { index, value } if *index == [0, 2, 19, 3] && value.is_nan())
    );
    t[[0, 2, 19, 3]] = 0.5;
    let error = softmax_cross_entropy(x.view(), t.view(), &LossOptions::default()).unwrap_err();
    assert!(matches!(&error, LossError::Sum { pixel, .. } if *pixel == [0, 19, 3]), "{error}");
    // Neither mask nor weight lets it count.
    let weights = Array3::from_shape_fn((1, 20, 20), |(_, y, x)| f32::from(u8::from((y, x) != (19, 3))));
    let options = LossOptions::default().weights(weights.view());
    assert!(softmax_cross_entropy(x.view(), t.view(), &options).is_ok());
    // A third is 85 of 255 exactly; 84 is rounding, 80 is a mistake.
    for (least, fine) in [(85u8, true), (84, true), (80, false)] {
        let mut t = Array4::from_elem(x.dim(), 85u8);
        t[[0, 0, 5, 5]] = least;
        assert_eq!(
            softmax_cross_entropy(x.view(), t.view(), &LossOptions::default()).is_ok(),
            fine,
            "{least}"
        );
    }
}
