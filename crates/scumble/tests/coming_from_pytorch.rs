//! Rows of `docs/coming-from-elsewhere.md` for PyTorch: numbers computed with PyTorch 2.15 in float64.

mod common;

use common::elsewhere::{
    CLASS_WEIGHTS, Options, exclusive, independent, indices, logits, pixel_weights, same, with_slopes,
};
use ndarray::Array3;
use scumble::loss::{Denominator, LossKind, loss_map, one_hot};

#[test]
fn pytorch_bce_mean() {
    let found = with_slopes(LossKind::Sigmoid, &independent(), &Options::default());
    same(found, [1.0034137712380635, 0.012737229364924205, -0.01974494062225356]);
}

#[test]
fn pytorch_bce_sum() {
    let found =
        with_slopes(LossKind::Sigmoid, &independent(), &Options::default().denominator(Denominator::None));
    same(found, [24.081930509713523, 0.3056935047581809, -0.4738785749340855]);
}

#[test]
fn pytorch_bce_none() {
    let options = Options::default();
    let (_, map) = loss_map(LossKind::Sigmoid, logits().view(), independent().view(), &options).unwrap();
    same(
        map,
        [
            1.9376340520057593,
            0.9136811783862989,
            0.7874978760079762,
            0.9751976006384816,
            0.7871147504933631,
            1.3910185451891892,
            0.400092035310332,
            0.10576811110915652,
            0.7500001326182699,
            1.2522234421079306,
            0.5262681051289931,
            0.3435372339079383,
            0.6282768092084239,
            0.7674446985102193,
            0.37955349012594597,
            3.297100290613769,
            0.6552546729486954,
            0.45942232028697116,
            1.3938925760260852,
            0.5693604464454218,
            0.7996550734175032,
            3.2203400525315358,
            0.5309702242946911,
            1.21062679240057,
        ],
    );
}

#[test]
fn pytorch_bce_weight() {
    // The mean divides by the elements, whatever they weigh.
    let w = pixel_weights();
    let found = with_slopes(LossKind::Sigmoid, &independent(), &Options::default().weights(w.view()));
    same(found, [0.6138717469862652, 0.00993503890464088, -0.012636761998242279]);
}

#[test]
fn pytorch_bce_pos_weight() {
    let options = Options::default().positive_weights(&[3.0, 0.5, 1.25]);
    let found = with_slopes(LossKind::Sigmoid, &independent(), &options);
    same(found, [1.3167963299366432, 0.01296333153000481, -0.02530812859212526]);
}

#[test]
fn pytorch_cross_entropy_probabilities() {
    let found = with_slopes(LossKind::Softmax, &exclusive(), &Options::default());
    same(found, [2.383960310524903, -0.0575297821094899, -0.051111093214386755]);
}

#[test]
fn pytorch_cross_entropy_probabilities_weight() {
    // Divided by the pixels, never by the weights.
    let options = Options::default().class_weights(&CLASS_WEIGHTS);
    let found = with_slopes(LossKind::Softmax, &exclusive(), &options);
    same(found, [2.8368918211136354, -0.05796576894185892, -0.10293383038080635]);
    let (_, map) = loss_map(LossKind::Softmax, logits().view(), exclusive().view(), &options).unwrap();
    same(
        map,
        [
            1.0090388043681398,
            2.0828451239500363,
            2.9088335767766327,
            2.8220309332980933,
            1.113633510257897,
            5.315391190534945,
            2.8859897023458903,
            4.557371727377447,
        ],
    );
}

#[test]
fn pytorch_cross_entropy_probabilities_label_smoothing() {
    let options = Options::default().label_smoothing(0.1);
    let found = with_slopes(LossKind::Softmax, &exclusive(), &options);
    same(found, [2.360717467914226, -0.05570279643240657, -0.050077564568553425]);
    let found = with_slopes(LossKind::Softmax, &exclusive(), &options.class_weights(&CLASS_WEIGHTS));
    same(found, [2.8156181644066094, -0.05605507222607185, -0.10086984701982084]);
}

/// The class indices as targets; the ignored pixel has NaN.
fn from_indices() -> Array3<f64> {
    let (mut t, mask) = one_hot(indices().view(), logits().view(), 1, Some(-100)).unwrap();
    for ((n, _, i), t) in t.indexed_iter_mut() {
        if !mask[[n, i]] {
            *t = f64::NAN;
        }
    }
    t
}

fn of_indices(options: Options<'_>) -> [f64; 3] {
    with_slopes(LossKind::Softmax, &from_indices(), &options.ignore_value(f64::NAN))
}

#[test]
fn pytorch_cross_entropy_indices() {
    same(of_indices(Options::default()), [2.7809830987405335, 0.0, -0.1418390172450134]);
}

#[test]
fn pytorch_cross_entropy_indices_weight() {
    // Divided by the sum of the weights of the pixels' classes.
    let options = Options::default().class_weights(&CLASS_WEIGHTS);
    let mean = options.clone().denominator(Denominator::Weights);
    same(of_indices(mean), [2.7965143026731085, 0.0, -0.16547885345251567]);
    let sum = options.denominator(Denominator::None);
    same(of_indices(sum), [33.558171632077304, 0.0, -1.985746241430188]);
}

#[test]
fn pytorch_cross_entropy_indices_label_smoothing() {
    let options = Options::default().label_smoothing(0.1);
    same(of_indices(options.clone()), [2.7092164320738665, 0.0, -0.13231520772120392]);
    // With weights, divided by those of the labels as given.
    let options = options.class_weights(&CLASS_WEIGHTS).denominator(Denominator::Weights);
    same(of_indices(options), [2.674645055514528, 0.0, -0.15441723455866085]);
}
