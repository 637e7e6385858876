//! Golden values of the joint families: three labels, every number from the formulas written out over all eight
//! sets in Python's `decimal` with 60 digits, derivatives as differences of 1e-15.

use ndarray::Array;
use scumble::joint::{
    JointFamily, JointTargets, joint_cross_entropy_gradient, joint_entropy, joint_label_sets, joint_marginals,
};
use scumble::loss::LossOptions;

/// Of state y: (5 y + 2) mod 9 + 1, over their sum.
const P: [f64; 8] =
    [3.0 / 38.0, 8.0 / 38.0, 4.0 / 38.0, 9.0 / 38.0, 5.0 / 38.0, 1.0 / 38.0, 6.0 / 38.0, 2.0 / 38.0];
const FLOOR: f64 = 1.915_596_460_289_352_3;
/// Every family takes as many of these as it has parameters.
const PARAMETERS: [f64; 8] = [0.0, -1.125, 0.625, -0.5, 1.25, 0.125, -1.0, 0.75];

struct Golden {
    family: JointFamily,
    loss: f64,
    entropy: f64,
    best: u64,
    marginals: [f64; 3],
    gradient: &'static [f64],
}

fn golden() -> [Golden; 5] {
    [
        Golden {
            family: JointFamily::independent(3).unwrap(),
            loss: 2.4194453635058313,
            entropy: 1.896621844442413,
            best: 4, // 5 is as likely, its number is larger
            marginals: [0.5, 0.24508501313237172, 0.6513548646660542],
            gradient: &[-0.02631578947368421, -0.30754656581499673, 0.2829338120344753],
        },
        Golden {
            family: JointFamily::pairwise(3).unwrap(),
            loss: 2.98019530133358,
            entropy: 1.5733049637551444,
            best: 5,
            marginals: [0.7027338938807142, 0.20408053480617872, 0.8068197697503914],
            gradient: &[
                0.17641810440702999,
                -0.3485510441411897,
                0.4383987171188124,
                -0.1629192913019925,
                0.5320896024658988,
                -0.046403472104242866,
            ],
        },
        Golden {
            family: JointFamily::mixture(3, 2).unwrap(),
            loss: 2.4792023453278444,
            entropy: 1.8697189470568736,
            best: 5,
            marginals: [0.6219090053548861, 0.3509246208160515, 0.7532518348975296],
            gradient: &[
                0.024266633699513256,
                -0.024266633699513256,
                0.07839979546939851,
                -0.15243139802224867,
                0.2870237859850565,
                0.014277893783965157,
                -0.05191089826644995,
                0.09542592598448654,
            ],
        },
        Golden {
            family: JointFamily::chain(3).unwrap(),
            loss: 2.946678609177501,
            entropy: 1.709883214504883,
            best: 5,
            marginals: [0.5, 0.20480073801446744, 0.7637368963527007],
            gradient: &[
                -0.02631578947368421,
                -0.34995106593910646,
                0.40775567381733174,
                -0.2028860721597036,
                0.38137078147305903,
                0.2231724960397536,
            ],
        },
        Golden {
            family: JointFamily::powerset(3).unwrap(),
            loss: 2.6296097042700564,
            entropy: 1.8189141968099825,
            best: 4,
            marginals: [0.38333409256107775, 0.4546889470271751, 0.6516777809513885],
            gradient: &[
                0.01273014714814673,
                -0.18076298415864958,
                0.0660129899548495,
                -0.18123688126415619,
                0.18840702345613225,
                0.07756844547456393,
                -0.124168463646522,
                0.14144972303563536,
            ],
        },
    ]
}

#[test]
fn every_family_has_its_golden_values() {
    for golden in golden() {
        let Golden { family, .. } = golden;
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-14, "{family}: {a} {b}");
        let pixel = |values: &[f64]| Array::from_shape_vec((1, values.len(), 1), values.to_vec()).unwrap();
        let (x, p) = (pixel(&PARAMETERS[..family.parameters()]), pixel(&P));
        let target = JointTargets::Distribution(p.view());
        let (loss, gradient) =
            joint_cross_entropy_gradient(&family, x.view(), target, &LossOptions::default()).unwrap();
        close(loss.value, golden.loss);
        close(loss.floor, FLOOR);
        close(loss.excess, golden.loss - FLOOR);
        assert_eq!(gradient.len(), golden.gradient.len());
        gradient.iter().zip(golden.gradient).for_each(|(a, b)| close(*a, *b));
        let marginals = joint_marginals(&family, x.view(), 1).unwrap();
        marginals.iter().zip(golden.marginals).for_each(|(a, b)| close(*a, b));
        close(joint_entropy(&family, x.view(), 1).unwrap()[[0, 0]], golden.entropy);
        assert_eq!(joint_label_sets(&family, x.view(), 1).unwrap()[[0, 0]], golden.best, "{family}");
    }
}
