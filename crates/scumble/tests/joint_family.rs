//! What makes a joint family: its layout of the parameters, how it is read, and what is refused.

mod common;

use common::joint::families;
use ndarray::{Array2, Array3, Ix3, array};
use scumble::joint::{JointError, JointFamily, JointKind, JointTargets, joint_cross_entropy, joint_entropy};
use scumble::loss::LossOptions;

#[test]
fn what_cannot_be_is_refused_with_what_to_do() {
    let message = |error: JointError| error.to_string();
    let parts =
        |text: String, wanted: &[&str]| wanted.iter().for_each(|part| assert!(text.contains(part), "{text}"));
    parts(message(JointFamily::powerset(13).unwrap_err()), &["powerset", "1 to 12", "13", "use a chain"]);
    parts(message(JointFamily::chain(65).unwrap_err()), &["1 to 64", "65"]);
    parts(message(JointFamily::pairwise(0).unwrap_err()), &["not 0"]);
    assert_eq!(JointFamily::mixture(3, 0), Err(JointError::Components { components: 0, most: 1 << 20 }));
    parts(
        message(JointFamily::mixture(3, 1 << 21).unwrap_err()),
        &["1 to 1048576 components", "not 2097152"],
    );
    let beyond = JointFamily::chain(2).unwrap().log_probability(&[0.0; 3], 0b101).unwrap_err();
    assert_eq!(beyond, JointError::Beyond { set: 0b101, labels: 2 });
    assert_eq!(beyond.to_string(), "the set 0b101 has a label beyond the 2 labels (bits 0 to 1)");
    parts(
        message(JointFamily::from_parameters(JointKind::Mixture, 3, 9).unwrap_err()),
        &["9 parameters", "M (K + 1)"],
    );
    assert_eq!(JointFamily::from_parameters(JointKind::Mixture, 3, 8), JointFamily::mixture(3, 2));

    let plain = LossOptions::default();
    fn refuse(targets: JointTargets<'_, f64, Ix3>, options: &LossOptions<'_, f64>) -> JointError {
        let family = JointFamily::pairwise(2).unwrap();
        joint_cross_entropy(&family, Array3::zeros((1, 3, 2)).view(), targets, options).unwrap_err()
    }
    let m = Array3::from_elem((1, 2, 2), 0.5);
    let text = message(refuse(JointTargets::Marginals(m.view()), &plain));
    parts(text, &["pairwise", "2 labels", "independent", "label sets"]);
    let mut p = Array3::from_elem((1, 4, 2), 0.25);
    let five = Array3::from_elem((1, 5, 2), 0.2);
    parts(
        message(refuse(JointTargets::Distribution(five.view()), &plain)),
        &["[1, 5, 2]", "[1, 4, 2]", "2^K"],
    );
    let c = [1.0, 2.0];
    let weighted = LossOptions::default().class_weights(&c);
    parts(
        message(refuse(JointTargets::Distribution(p.view()), &weighted)),
        &["class weight", "weigh pixels"],
    );
    let smooth = LossOptions::default().label_smoothing(0.1);
    parts(message(refuse(JointTargets::Distribution(p.view()), &smooth)), &["label smoothing"]);
    let half = LossOptions::default().ignore_value(0.5);
    assert_eq!(refuse(JointTargets::Distribution(p.view()), &half), JointError::IgnoreValue { value: 0.5 });
    p[[0, 3, 1]] = 0.5;
    assert_eq!(
        refuse(JointTargets::Distribution(p.view()), &plain),
        JointError::Sum { pixel: vec![0, 1], sum: 1.25 }
    );
    p[[0, 2, 1]] = -0.25;
    p[[0, 3, 1]] = 0.75;
    assert_eq!(
        refuse(JointTargets::Distribution(p.view()), &plain),
        JointError::Target { index: vec![0, 2, 1], value: -0.25 }
    );
    let sets = array![[Some(0), Some(4)]];
    assert_eq!(
        refuse(JointTargets::Sets(vec![sets.view()]), &plain),
        JointError::Set { rater: 0, pixel: vec![0, 1], set: 4, labels: 2 }
    );
    assert_eq!(refuse(JointTargets::Sets(vec![]), &plain), JointError::NoRater);
    let axis = LossOptions::default().class_axis(3);
    assert_eq!(refuse(JointTargets::Marginals(m.view()), &axis), JointError::ClassAxis { axis: 3, rank: 3 });
    let odd = Array2::from_elem((1, 3), true);
    let masked = LossOptions::default().mask(odd.view());
    parts(message(refuse(JointTargets::Distribution(p.view()), &masked)), &["the mask", "[1, 3]", "[1, 2]"]);
    let w = array![[1.0, f64::NAN]];
    let heavy = LossOptions::default().weights(w.view());
    assert!(matches!(refuse(JointTargets::Distribution(p.view()), &heavy), JointError::Weight { .. }));
    let many = JointFamily::mixture(13, 2).unwrap();
    let x = Array3::<f64>::zeros((1, many.parameters(), 1));
    parts(message(joint_entropy(&many, x.view(), 1).unwrap_err()), &["mixture", "13"]);
}

#[test]
fn a_family_is_checked_when_it_is_read() {
    for family in families(3) {
        let text = serde_json::to_string(&family).unwrap();
        assert_eq!(serde_json::from_str::<JointFamily>(&text).unwrap(), family);
    }
    let pairwise: JointFamily = serde_json::from_str(r#"{"kind":"pairwise","labels":3}"#).unwrap();
    assert_eq!(pairwise, JointFamily::pairwise(3).unwrap());
    let error = serde_json::from_str::<JointFamily>(r#"{"kind":"powerset","labels":20}"#).unwrap_err();
    assert!(error.to_string().contains("use a chain"), "{error}");
    for kind in JointKind::ALL {
        assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
    }
}

/// Worked by hand: three labels, the parameters in the order that the documentation gives.
#[test]
fn the_layouts_are_as_documented() {
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
    // Couplings 01, 02, 12.
    let pairwise = JointFamily::pairwise(3).unwrap();
    let x = [0.1, 0.2, 0.3, 1.0, 2.0, 4.0];
    let score = |set| pairwise.log_probability(&x, set).unwrap() + pairwise.log_partition(&x).unwrap();
    for (set, wanted) in [(0b000, 0.0), (0b001, 0.1), (0b011, 1.3), (0b101, 2.4), (0b110, 4.5), (0b111, 7.6)]
    {
        close(score(set), wanted);
    }
    // Weights of 0 on 1, 0 on 2, 1 on 2.
    let chain = JointFamily::chain(3).unwrap();
    let ln_s = |x: f64| -(1.0 + (-x).exp()).ln();
    close(chain.log_probability(&x, 0b101).unwrap(), ln_s(0.1) + ln_s(-1.2) + ln_s(2.3));
    close(chain.log_probability(&x, 0b110).unwrap(), ln_s(-0.1) + ln_s(0.2) + ln_s(4.3));
    // Two mixing logits, then a row of logits for each component.
    let mixture = JointFamily::mixture(2, 2).unwrap();
    let q = mixture.log_probability(&[0.0, 3f64.ln(), 1.0, -1.0, 2.0, -2.0], 0b01).unwrap().exp();
    close(q, 0.25 * (2.0 * ln_s(1.0)).exp() + 0.75 * (2.0 * ln_s(2.0)).exp());
    let powerset = JointFamily::powerset(2).unwrap();
    close(
        powerset.log_probability(&[0.0, 1.0, 2.0, 3.0], 0b10).unwrap(),
        2.0 - powerset.log_partition(&[0.0, 1.0, 2.0, 3.0]).unwrap(),
    );
}
