"""The losses on NumPy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scumble import _scumble
from scumble._result import Loss

Kind = Literal[
    "sigmoid", "softmax", "focal", "brier", "dice", "jaccard", "tversky",
    "independent", "pairwise", "mixture", "chain", "powerset",
]  # fmt: skip
Classes = Literal["independent", "exclusive"]
Denominator = Literal["valid", "all", "batch", "weights", "none"]
Extent = Literal["image", "batch"]

# What the compiled module is told of everything that nobody has chosen.
_PLAIN: _scumble._Options = {
    "class_axis": None,
    "classes": None,
    "denominator": "valid",
    "mask": None,
    "ignore_value": None,
    "weight": None,
    "class_weight": [],
    "positive_weight": [],
    "balance": None,
    "label_smoothing": 0.0,
    "unchecked": False,
    "gamma": None,
    "smooth": None,
    "over": None,
    "alpha": None,
    "beta": None,
    "labels": None,
    "components": None,
    "floor": True,
    "gradient": None,
    "map": False,
    "finite": True,
}


def loss(
    logits: ArrayLike,
    targets: ArrayLike,
    kind: Kind = "sigmoid",
    *,
    class_axis: int | None = None,
    classes: Classes | None = None,
    denominator: Denominator = "valid",
    mask: ArrayLike | None = None,
    ignore_value: float | None = None,
    weight: ArrayLike | None = None,
    class_weight: Sequence[float] = (),
    positive_weight: float | Sequence[float] = (),
    balance: Extent | None = None,
    label_smoothing: float = 0.0,
    unchecked: bool = False,
    gamma: float | None = None,
    smooth: float | None = None,
    over: Extent | None = None,
    alpha: float | None = None,
    beta: float | None = None,
    labels: int | None = None,
    components: int | None = None,
    gradient: bool = False,
    map: bool = False,
) -> Loss:
    """The loss of logits against soft targets, with its floor and excess.

    Options have the names of `scumble loss`, with underscores, and the same defaults.

    Parameters
    ----------
    logits : array_like
        [N, K, ...], float32 or float64, of any rank (float16 is computed as float32). Of a joint family its parameters,
        [N, P, ...]. Computed in float64 if logits or targets are float64. Arrays in C order are read where they lie.
    targets : array_like
        Probabilities in the logits' shape: floats from 0 to 1, uint8 and uint16 as shares of 255 and 65535 (read as they
        are), bool and other integers as 0 and 1. Over exclusive classes also integers in the logits' shape without the
        class axis: the class of each pixel. Of a joint family distributions over the 2^K label sets, the K labels (where
        that is enough), or as integers the label set of each pixel.
    kind : str
        "sigmoid", "softmax", "focal", "brier", "dice", "jaccard", "tversky", or a joint family: "independent",
        "pairwise", "mixture", "chain", "powerset".
    class_axis : int, optional
        The axis of the classes, from the end if negative. By default 1, and of independent classes none where there is no
        such axis.
    classes : {"independent", "exclusive"}, optional
        What the classes are to each other, for kinds that are defined for both. By default class indices are exclusive,
        probabilities independent.
    denominator : {"valid", "all", "batch", "weights", "none"}
        What the sum is divided by.
    mask : array_like, optional
        True where a pixel counts, without the class axis; of independent classes also in the logits' shape. What is
        masked adds nothing to value and gradient, NaN or not.
    ignore_value : float, optional
        Targets of exactly this value do not count. It must be no label.
    weight : array_like, optional
        What a pixel weighs, in the shapes that a mask has. Axes of 1 and missing leading axes are repeated.
    class_weight : sequence of float, optional
        What each class weighs.
    positive_weight : float or sequence of float, optional
        What "yes" weighs over "no", for all independent classes or for each.
    balance : {"image", "batch"}, optional
        Give both sides of each independent class the same mass, or exclusive classes theirs ("batch").
    label_smoothing : float
        Mix this share of an even label into every target.
    unchecked : bool
        Take targets as they are, probabilities or not.
    gamma : float, optional
        focal: how little well predicted pixels count (2).
    smooth, over : float, {"image", "batch"}, optional
        dice, jaccard, tversky: added to numerator and denominator (0); each image by itself ("image") or all together.
    alpha, beta : float, optional
        tversky: what is predicted beyond the label, and what is missed, weigh (0.5).
    labels, components : int, optional
        Joint families: how many labels a pixel may carry; mixture: how many components.
    gradient, map : bool
        Whether the gradient with respect to the logits, and the loss of each element or pixel, are wanted.

    Returns
    -------
    Loss

    Raises
    ------
    ValueError
        Shapes that do not fit, targets that are no probabilities, bad weights, options that the kind does not have, a loss
        that is not finite.
    TypeError
        Arrays of another type, such as integer logits.

    Notes
    -----
    The computation runs on all cores (or ``RAYON_NUM_THREADS``), without holding the interpreter's lock; the arrays must
    not be written to meanwhile. Sums are float64 in a fixed order: the same bits at any number of threads.

    Examples
    --------
    One image of two pixels, each of which 70 % of the raters marked; the first logit says so, the second says one half.

    >>> import numpy as np
    >>> import scumble
    >>> logits = np.array([[[0.8472979, 0.0]]], dtype=np.float32)
    >>> loss = scumble.loss(logits, np.array([[[0.7, 0.7]]], dtype=np.float32), gradient=True)
    >>> print(f"{loss.value:.4f} = {loss.floor:.4f} + {loss.excess:.4f}")
    0.6520 = 0.6109 + 0.0411
    >>> loss.gradient.round(4) + 0.0
    array([[[ 0. , -0.1]]], dtype=float32)

    Three exclusive classes as indices, of which -1 is ignored:

    >>> logits = np.array([[[2.0, 0.0], [0.0, 1.0], [0.0, 0.0]]])
    >>> round(scumble.loss(logits, np.array([[0, -1]]), "softmax", ignore_value=-1).value, 4)
    0.2395
    """
    logits, targets = _floats(logits, "logits"), _array(targets)
    logits, targets = _together(logits, targets)
    memory = np.empty_like(logits, order="C", subok=False) if gradient else None
    options: _scumble._Options = {
        **_PLAIN,
        "class_axis": class_axis,
        "classes": classes,
        "denominator": denominator,
        "mask": _mask(mask),
        "ignore_value": ignore_value,
        "weight": _weight(weight, logits),
        "class_weight": _weights(class_weight),
        "positive_weight": _weights(positive_weight),
        "balance": balance,
        "label_smoothing": label_smoothing,
        "unchecked": unchecked,
        "gamma": gamma,
        "smooth": smooth,
        "over": over,
        "alpha": alpha,
        "beta": beta,
        "labels": labels,
        "components": components,
        "gradient": memory,
        "map": map,
    }
    return _result(kind, options, _scumble.loss(kind, logits, targets, options))


def beta_binomial_loss(
    logits: ArrayLike,
    yes: ArrayLike,
    total: ArrayLike,
    *,
    class_axis: int | None = None,
    denominator: Denominator = "valid",
    mask: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    gradient: bool = False,
) -> Loss:
    """Negative log likelihood of k of n raters whose opinions go together.

    Parameters
    ----------
    logits : array_like
        [N, 2 K, ...]: those of the means, then those of the correlations of two raters' opinions.
    yes, total : array_like
        [N, K, ...]: how many raters saw the class, of how many.
    class_axis, denominator, mask, weight, gradient
        As of `loss`. Divided by "weights", the weighted sum of all n, it is the loss of one opinion.

    Returns
    -------
    Loss

    Raises
    ------
    ValueError
        Shapes that do not fit, counts that are no counts, bad weights, a loss that is not finite.

    Examples
    --------
    Five raters who agree on each of two pixels, on opposite sides. To raters who copy each other that is two tosses of a
    coin, to independent ones ten.

    >>> import numpy as np
    >>> import scumble
    >>> yes, total = np.array([[[5.0, 0.0]]]), np.array([[[5.0, 5.0]]])
    >>> def nats(correlation):
    ...     logits = np.array([[[0.0, 0.0], [correlation, correlation]]])
    ...     return scumble.beta_binomial_loss(logits, yes, total, denominator="none").value
    >>> print(f"{nats(-1e4) / np.log(2):.3f} {nats(1e4) / np.log(2):.3f}")
    10.000 2.000
    """
    logits = _floats(logits, "logits")
    counts = [_array(yes), _array(total)]
    if any(array.dtype == np.float64 for array in counts):
        logits = logits.astype(np.float64, copy=False)
    own, all_ = (_numbers(array, logits.dtype, "counts") for array in counts)
    options: _scumble._Options = {
        **_PLAIN,
        "class_axis": class_axis,
        "denominator": denominator,
        "mask": _mask(mask),
        "weight": _weight(weight, logits),
        "gradient": np.empty_like(logits) if gradient else None,
    }
    return _result("beta-binomial", options, _scumble.beta_binomial_loss(logits, own, all_, options))


def _result(kind: str, options: _scumble._Options, outcome: _scumble._Outcome) -> Loss:
    value, floor, excess, divisor, valid, gradient, map = outcome
    gradient = options["gradient"] if gradient is None else gradient
    return Loss(kind, value, floor, excess, options["denominator"], divisor, valid, gradient, map)


def _array(values: ArrayLike) -> NDArray[Any]:
    """The values as an array that the compiled module can read where it lies; a copy only of what it cannot."""
    array = np.asarray(values)
    if not (array.flags.aligned and array.dtype.isnative):
        array = array.astype(array.dtype.newbyteorder("="))
    return array


def _floats(values: ArrayLike, what: str) -> NDArray[Any]:
    array = _array(values)
    if array.dtype == np.float16:
        return array.astype(np.float32)
    if array.dtype not in (np.float32, np.float64):
        raise TypeError(f"{what} are floats, float32 or float64; this array has {array.dtype}")
    return array


def _numbers(array: NDArray[Any], dtype: np.dtype[Any], what: str) -> NDArray[Any]:
    """Real numbers of any type as floats of this one."""
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{what} are numbers; this array has {array.dtype}")
    return array.astype(dtype, copy=False)


def _together(logits: NDArray[Any], targets: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Both in the types that the compiled module has; float64 if any of them has it."""
    match targets.dtype.kind:
        case "f":
            if targets.dtype == np.float64:
                logits = logits.astype(np.float64, copy=False)
            return logits, _floats(targets, "targets").astype(logits.dtype, copy=False)
        case "b" | "i" | "u" if targets.dtype in (np.uint8, np.uint16):
            return logits, targets
        case "u" if targets.dtype.itemsize == 8 and targets.size and targets.max() > np.iinfo(np.int64).max:
            raise ValueError(f"a target is {targets.max()}, beyond 64 bits signed")
        case "b" | "i" | "u":
            return logits, targets.astype(np.int64, copy=False)
    raise TypeError(f"targets are floats, bool or integers; this array has {targets.dtype}")


def _mask(mask: ArrayLike | None) -> NDArray[np.bool_] | None:
    if mask is None:
        return None
    array = _array(mask)
    if array.dtype.kind not in "biu":
        raise TypeError(f"a mask is bool or integers; this array has {array.dtype}")
    return array.astype(np.bool_, copy=False)


def _weight(weight: ArrayLike | None, logits: NDArray[Any]) -> NDArray[Any] | None:
    return None if weight is None else _numbers(_array(weight), logits.dtype, "weights")


def _weights(weights: float | Sequence[float]) -> list[float]:
    """One weight for all, or one for each."""
    return [float(w) for w in np.atleast_1d(np.asarray(weights, dtype=np.float64))]
