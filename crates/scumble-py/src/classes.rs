//! The losses whose targets are probabilities of classes.

use crate::arrays::{Computed, Float, TargetView, refused};
use crate::options::{Plain, Weighing};
use ndarray::{ArrayBase, ArrayViewD, ArrayViewMutD, Axis, CowArray, IxDyn, RawData};
use pyo3::PyResult;
use scumble::loss::{
    Balance, ClassMass, Classes, Extent, LossError, TargetElement, balance, loss_gradient_into, loss_map,
    one_hot, sigmoid_cross_entropy, sigmoid_cross_entropy_gradient_into, softmax_cross_entropy,
    softmax_cross_entropy_gradient_into,
};
use scumble::{LossKind, LossOptions};

/// Which loss of classes.
pub(crate) struct Choice {
    pub(crate) kind: LossKind,
    /// What the classes are to each other; `None`: class indices are exclusive, probabilities independent.
    pub(crate) classes: Option<Classes>,
    pub(crate) balance: Option<Extent>,
}

/// Takes the loss, and gradient and map as far as they are asked for. The gradient is written to `memory`.
pub(crate) fn loss<R: Float>(
    choice: &Choice,
    mut logits: ArrayViewD<'_, R>,
    targets: TargetView<'_, R>,
    plain: &Plain,
    weighing: &Weighing<'_, R>,
    mut memory: Option<ArrayViewMutD<'_, R>>,
) -> PyResult<Computed<R>> {
    let indices = targets.shape() != logits.shape() && !matches!(targets, TargetView::Float(_));
    let default = if indices { Classes::Exclusive } else { Classes::Independent };
    let classes = choice.kind.classes(choice.classes.unwrap_or(default));
    let (rank, asked) = (logits.ndim(), plain.axis(logits.ndim())?);
    // An array without an axis for the classes has one class, on an axis behind all others.
    let added = asked.is_none() && classes == Classes::Independent && rank <= 1;
    let axis = if added { rank } else { asked.unwrap_or(1) };

    let indices = indices && classes == Classes::Exclusive;
    let (mut targets, ignore) = Labels::read(targets, indices, axis, &logits, plain)?;
    if added {
        logits.insert_axis_inplace(Axis(rank));
        targets = targets.with_axis();
        memory = memory.map(behind);
    }
    let mut options = plain.with(weighing).class_axis(axis).classes(classes);
    if let Some(ignore) = ignore {
        options = options.ignore_value(ignore);
    }
    let (sides, balanced) = match choice.balance {
        Some(over) => balances(over, classes, &targets.floats(), &options, &weighing.classes)?,
        None => (Vec::new(), weighing.classes.clone()),
    };
    let options = options.balance(&sides).class_weights(&balanced);
    let computed = match (choice.kind, plain.map, &targets) {
        (LossKind::Sigmoid | LossKind::Softmax, false, Labels::Float(labels)) => {
            cross_entropy(choice.kind, &logits, labels.view(), &options, memory)
        }
        // Steps are read where they lie.
        (LossKind::Sigmoid | LossKind::Softmax, false, Labels::U8(steps)) => {
            cross_entropy(choice.kind, &logits, steps.view(), &options, memory)
        }
        (LossKind::Sigmoid | LossKind::Softmax, false, Labels::U16(steps)) => {
            cross_entropy(choice.kind, &logits, steps.view(), &options, memory)
        }
        _ => of_floats(choice.kind, &logits, targets.floats().view(), &options, (plain.map, memory)),
    };
    let mut computed = computed.map_err(refused)?;
    if plain.finite {
        let rule = "a logit may be infinite only where the target agrees with it, and is never NaN";
        computed = computed.finite("logits", rule, || {
            // The map of the cross entropy, which both readings of the classes have, says which pixel it is.
            let kind = match classes {
                Classes::Independent => LossKind::Sigmoid,
                Classes::Exclusive => LossKind::Softmax,
            };
            let map = loss_map(kind, logits.view(), targets.floats().view(), &options);
            map.map(|(_, map)| map).map_err(refused)
        })?;
    }
    if added {
        computed.map = computed.map.map(|map| map.index_axis_move(Axis(rank), 0));
    }
    Ok(computed)
}

/// Targets of the logits' shape.
enum Labels<'a, R> {
    Float(CowArray<'a, R, IxDyn>),
    U8(ArrayViewD<'a, u8>),
    U16(ArrayViewD<'a, u16>),
}

impl<'a, R: Float> Labels<'a, R> {
    /// Reads class indices, labels of 0 and 1, or probabilities; with the value among them that stands for "ignore".
    fn read(
        targets: TargetView<'a, R>,
        indices: bool,
        axis: usize,
        logits: &ArrayViewD<'_, R>,
        plain: &Plain,
    ) -> PyResult<(Self, Option<R>)> {
        let ignore = plain.ignore_value;
        if indices && let Some(indices) = targets.integers() {
            let whole = ignore.map(|value| match value.fract() == 0.0 {
                true => Ok(value as i64),
                false => Err(refused(format!("ignore_value is {value}; class indices are whole numbers"))),
            });
            let (mut targets, counted) =
                one_hot(indices.view(), logits.view(), axis, whole.transpose()?).map_err(refused)?;
            // NaN is the value that stands for "ignore" now.
            let nan = R::from_f64(f64::NAN);
            for (mut pixel, &on) in targets.lanes_mut(Axis(axis)).into_iter().zip(&counted) {
                if !on {
                    pixel.fill(nan);
                }
            }
            return Ok((Self::Float(targets.into()), ignore.map(|_| nan)));
        }
        if !plain.unchecked {
            targets.check_steps()?;
        }
        let labels = match targets {
            TargetView::Float(targets) => Self::Float(targets.into()),
            TargetView::U8(targets) => Self::U8(targets),
            TargetView::U16(targets) => Self::U16(targets),
            TargetView::Integer(labels) => {
                let odd = |n: i64| !(0..=1).contains(&n) && ignore != Some(n as f64);
                match labels.iter().find(|n| odd(**n)) {
                    Some(n) if !plain.unchecked => {
                        return Err(refused(format!(
                            "a target is {n}; integers in the logits' shape are 0 or 1, or uint8 and uint16 that \
                             mean shares of 255 and 65535; or give one class index a pixel, without the class axis"
                        )));
                    }
                    _ => Self::Float(labels.mapv(|n| R::from_f64(n as f64)).into()),
                }
            }
        };
        Ok((labels, ignore.map(R::from_f64)))
    }

    /// The same with an axis of 1 behind all others.
    fn with_axis(self) -> Self {
        match self {
            Self::Float(labels) => Self::Float(behind(labels)),
            Self::U8(labels) => Self::U8(behind(labels)),
            Self::U16(labels) => Self::U16(behind(labels)),
        }
    }

    /// The probabilities as floats.
    fn floats(&self) -> CowArray<'_, R, IxDyn> {
        match self {
            Self::Float(labels) => labels.view().into(),
            Self::U8(labels) => labels.mapv(TargetElement::<R>::probability).into(),
            Self::U16(labels) => labels.mapv(TargetElement::<R>::probability).into(),
        }
    }
}

fn behind<S: RawData>(array: ArrayBase<S, IxDyn>) -> ArrayBase<S, IxDyn> {
    let axis = Axis(array.ndim());
    array.insert_axis(axis)
}

fn cross_entropy<R: Float>(
    kind: LossKind,
    logits: &ArrayViewD<'_, R>,
    targets: ArrayViewD<'_, impl TargetElement<R>>,
    options: &LossOptions<'_, R>,
    memory: Option<ArrayViewMutD<'_, R>>,
) -> Result<Computed<R>, LossError> {
    let logits = logits.view();
    let loss = match (kind, memory) {
        (LossKind::Softmax, None) => softmax_cross_entropy(logits, targets, options)?,
        (LossKind::Softmax, Some(to)) => softmax_cross_entropy_gradient_into(logits, targets, options, to)?,
        (_, None) => sigmoid_cross_entropy(logits, targets, options)?,
        (_, Some(to)) => sigmoid_cross_entropy_gradient_into(logits, targets, options, to)?,
    };
    Ok(Computed { loss, gradient: None, map: None })
}

fn of_floats<R: Float>(
    kind: LossKind,
    logits: &ArrayViewD<'_, R>,
    targets: ArrayViewD<'_, R>,
    options: &LossOptions<'_, R>,
    (map, memory): (bool, Option<ArrayViewMutD<'_, R>>),
) -> Result<Computed<R>, LossError> {
    let map = match map {
        true => Some(loss_map(kind, logits.view(), targets.view(), options)?.1),
        false => None,
    };
    let loss = match memory {
        Some(to) => loss_gradient_into(kind, logits.view(), targets, options, to)?,
        None => scumble::loss(kind, logits.view(), targets, options)?,
    };
    Ok(Computed { loss, gradient: None, map })
}

/// Weights that give classes the same mass: of each independent class's two sides, or of exclusive classes.
fn balances<R: Float>(
    over: Extent,
    classes: Classes,
    targets: &CowArray<'_, R, IxDyn>,
    options: &LossOptions<'_, R>,
    given: &[R],
) -> PyResult<(Vec<Balance>, Vec<R>)> {
    match (classes, over) {
        (Classes::Independent, _) => {
            Ok((balance(targets.view(), over, options).map_err(refused)?, given.to_vec()))
        }
        (Classes::Exclusive, Extent::Batch) => {
            let even = ClassMass::of(targets.view(), options).map_err(refused)?.class_weights();
            let own = |class: usize| given.get(class).map_or(1.0, |weight| weight.to_f64());
            let both = even.into_iter().enumerate().map(|(class, weight)| R::from_f64(weight * own(class)));
            Ok((Vec::new(), both.collect()))
        }
        (Classes::Exclusive, Extent::Image) => Err(refused(
            "balance in each image is for independent classes; exclusive ones have it over the batch",
        )),
    }
}
