//! Losses of arrays of any shapes, numbers and options: refused, or right.

use crate::readable;
use arbitrary::{Result, Unstructured};
use ndarray::{ArrayD, IxDyn};
use scumble::loss::{
    Balance, Classes, Denominator, Extent, LossKind, LossOptions, LossTerm, loss, loss_gradient, loss_map,
    loss_sum_gradient,
};

/// One loss, as the bytes say.
pub(crate) fn loss_frame(bytes: &[u8]) {
    // Bytes that end early are no case.
    let _ = case(&mut Unstructured::new(bytes));
}

/// The most of an axis.
const LONGEST: usize = 4;

fn case(u: &mut Unstructured<'_>) -> Result<()> {
    let mut numbers = Numbers { extreme: false };
    let kind = kind(u, &mut numbers)?;
    let shape = shape(u)?;
    let logits = numbers.array(u, &shape, false)?;
    let others = if u.ratio(1, 16)? { self::shape(u)? } else { shape.clone() };
    let mut targets = numbers.array(u, &others, true)?;
    let class_axis = if u.ratio(1, 4)? { u.int_in_range(0..=5)? } else { 1 };
    let classes = if u.arbitrary()? { Classes::Exclusive } else { Classes::Independent };
    if kind.classes(classes) == Classes::Exclusive && class_axis < others.len() && !u.ratio(1, 8)? {
        sum_to_one(&mut targets, class_axis);
    }
    let [mask_shape, weight_shape] = [near(u, &shape, class_axis)?, near(u, &shape, class_axis)?];
    let on = ArrayD::from_shape_simple_fn(IxDyn(&mask_shape), || u.ratio(2, 3).unwrap_or(true));
    let weights = numbers.array(u, &weight_shape, true)?;
    let [class_weights, positive] = [numbers.few(u)?, numbers.few(u)?];
    let balance: Vec<Balance> =
        numbers.few(u)?.iter().map(|&w| Balance { positive: w, negative: 1.0 - w }).collect();
    let mut options = LossOptions::default().class_axis(class_axis).classes(classes);
    options = options.denominator(*u.choose(&[
        Denominator::Valid,
        Denominator::All,
        Denominator::Batch,
        Denominator::Weights,
        Denominator::None,
    ])?);
    if u.ratio(1, 2)? {
        options = options.mask(on.view());
    }
    if u.ratio(1, 2)? {
        options = options.weights(weights.view());
    }
    if u.ratio(1, 4)? {
        options = options.class_weights(&class_weights);
    }
    if u.ratio(1, 4)? {
        options = options.positive_weights(&positive);
    }
    if u.ratio(1, 8)? {
        options = options.balance(&balance);
    }
    if u.ratio(1, 4)? {
        options = options.label_smoothing(numbers.share(u)?);
    }
    if u.ratio(1, 4)? {
        options = options.ignore_value(*u.choose(&[f64::NAN, -1.0, 255.0, 0.5])?);
    }
    let unchecked = u.ratio(1, 8)?;
    if unchecked {
        options = options.unchecked();
    }
    let with_floor = !u.ratio(1, 8)?;
    if !with_floor {
        options = options.without_floor();
    }
    let plain = !numbers.extreme && !unchecked;

    let value = loss(kind, logits.view(), targets.view(), &options);
    let both = loss_gradient(kind, logits.view(), targets.view(), &options);
    let map = loss_map(kind, logits.view(), targets.view(), &options);
    let terms = [LossTerm { kind, weight: 0.5 }, LossTerm { kind: LossKind::Brier, weight: 0.5 }];
    let sum = loss_sum_gradient(&terms, logits.view(), targets.view(), &options);
    for error in [value.as_ref().err(), both.as_ref().err(), sum.as_ref().err(), map.as_ref().err()] {
        error.iter().for_each(|error| readable(error));
    }
    assert_eq!(value.is_ok(), both.is_ok(), "the value alone and the value beside its gradient");
    let (Ok(value), Ok((beside, gradient))) = (value, both) else { return Ok(()) };
    assert_eq!(gradient.shape(), logits.shape());
    assert_eq!((value.valid, value.divisor.to_bits()), (beside.valid, beside.divisor.to_bits()));
    assert!(value.valid <= logits.len() as u64);
    if value.is_empty() {
        assert_eq!(value.value, 0.0, "nothing was judged");
        assert!(gradient.iter().all(|g| *g == 0.0), "nothing was judged");
    }
    if plain {
        assert!(value.value.is_finite(), "{value:?}");
        assert!(gradient.iter().all(|g| g.is_finite()), "{gradient}");
        let near = 1e-9 * (1.0 + value.value.abs());
        assert!((value.value - beside.value).abs() <= near, "{value:?} {beside:?}");
        assert!(!with_floor || value.excess >= -near, "below its floor: {value:?}");
        if let Ok((mapped, map)) = map {
            let total = map.sum();
            assert!(
                (total - mapped.value * mapped.divisor).abs() <= 1e-9 * (1.0 + total.abs())
                    || mapped.divisor <= 0.0
            );
        }
    }
    Ok(())
}

fn kind(u: &mut Unstructured<'_>, numbers: &mut Numbers) -> Result<LossKind> {
    let over = if u.arbitrary()? { Extent::Image } else { Extent::Batch };
    Ok(match u.int_in_range(0..=6)? {
        0 => LossKind::Sigmoid,
        1 => LossKind::Softmax,
        2 => LossKind::Focal { gamma: 4.0 * numbers.share(u)? },
        3 => LossKind::Brier,
        4 => LossKind::Dice { smooth: numbers.share(u)?, over },
        5 => LossKind::Jaccard { smooth: numbers.share(u)?, over },
        _ => LossKind::Tversky {
            alpha: numbers.share(u)?,
            beta: numbers.share(u)?,
            smooth: numbers.share(u)?,
            over,
        },
    })
}

fn shape(u: &mut Unstructured<'_>) -> Result<Vec<usize>> {
    let rank = u.int_in_range(0..=5)?;
    (0..rank).map(|_| u.int_in_range(0..=LONGEST)).collect()
}

/// The shape that masks and weights have: without the class axis, with some of its axes 1, or another one.
fn near(u: &mut Unstructured<'_>, shape: &[usize], class_axis: usize) -> Result<Vec<usize>> {
    let mut near = shape.to_vec();
    match u.int_in_range(0..=3)? {
        0 if class_axis < near.len() => drop(near.remove(class_axis)),
        1 if class_axis < near.len() => near[class_axis] = 1,
        2 => return self::shape(u),
        _ => {}
    }
    if u.ratio(1, 4)? && !near.is_empty() {
        let axis = u.int_in_range(0..=near.len() - 1)?;
        near[axis] = 1;
    }
    Ok(near)
}

fn sum_to_one(targets: &mut ArrayD<f64>, class_axis: usize) {
    for mut pixel in targets.lanes_mut(ndarray::Axis(class_axis)) {
        let (count, sum) = (pixel.len() as f64, pixel.sum());
        pixel.mapv_inplace(|t| if sum > 0.0 { t / sum } else { 1.0 / count });
    }
}

/// Numbers of a case, and whether one of them is beyond what a loss can be right for.
struct Numbers {
    extreme: bool,
}

impl Numbers {
    fn array(&mut self, u: &mut Unstructured<'_>, shape: &[usize], probability: bool) -> Result<ArrayD<f64>> {
        let count = shape.iter().product();
        let values: Result<Vec<f64>> = (0..count)
            .map(|_| if probability { self.share(u) } else { Ok(self.share(u)? * 24.0 - 12.0) })
            .collect();
        Ok(ArrayD::from_shape_vec(IxDyn(shape), values?).expect("as many as the shape has"))
    }

    fn few(&mut self, u: &mut Unstructured<'_>) -> Result<Vec<f64>> {
        (0..u.int_in_range(0..=LONGEST)?).map(|_| self.share(u)).collect()
    }

    /// 0 to 1, now and then none of it.
    fn share(&mut self, u: &mut Unstructured<'_>) -> Result<f64> {
        const EXTREME: [f64; 8] =
            [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 1e308, -1e308, 5e-324, 1e30];
        let byte: u8 = u.arbitrary()?;
        Ok(match byte {
            0..8 => {
                self.extreme = true;
                EXTREME[usize::from(byte)]
            }
            8 => 0.0,
            _ => f64::from(byte - 8) / f64::from(u8::MAX - 8),
        })
    }
}
