"""Single scores of arrays, with soft labels: the truth first, the prediction second, as scikit-learn has it.

>>> import numpy as np
>>> from scumble import metrics
>>> y_true, y_pred = np.array([0.7, 0.7]), np.array([0.7, 0.5])
>>> round(metrics.cross_entropy(y_true, y_pred), 6)
0.652006
>>> round(metrics.entropy(y_true), 6), round(metrics.excess(y_true, y_pred), 6)
(0.610864, 0.041141)

Labels and predictions are probabilities in arrays of one shape, of any rank: each element is a question of its own. With
`class_axis` the classes along that axis are exclusive and sum to 1 at each pixel; labels may then be class indices, without that
axis. All is computed in float64. `scumble.Judge` has all scores of images at once, with intervals.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scumble import _scumble
from scumble._judge import Binning
from scumble._losses import _array, _mask, _numbers
from scumble._scores import ExpectedFloor, Floats, Truth, _built

__all__ = [
    "average_precision",
    "brier_score",
    "calibration_error",
    "cross_entropy",
    "distance_to_truth",
    "entropy",
    "excess",
    "expected_floor",
    "reliability_curve",
    "roc_auc",
    "soft_dice",
    "soft_jaccard",
    "truth",
]

_DOUBLE = np.dtype(np.float64)


def cross_entropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    class_axis: int | None = None,
    mask: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """The mean cross entropy H(p, q) in nats; of hard labels the log loss.

    Parameters
    ----------
    y_true : array_like
        Labels p: probabilities, or bool and integers of 0 and 1; with `class_axis` also class indices, without that axis.
    y_pred : array_like
        Predictions q, probabilities. Where one is 0 and the label is not, the log is taken at 2^-54 (2^-25 of float32 and
        float16).
    class_axis : int, optional
        The axis of exclusive classes, from the end if negative. By default each element is a question of its own.
    mask : array_like, optional
        True where a pixel counts, in the shape without the class axis. What does not count may be NaN.
    sample_weight : array_like, optional
        What a pixel weighs, in the same shape. With the number of raters it is maximum likelihood.

    Returns
    -------
    float
        NaN where nothing counts.

    Raises
    ------
    ValueError
        Shapes that do not fit, what is no probability, exclusive classes whose sum is not 1, bad weights.
    TypeError
        Arrays of another type.

    See Also
    --------
    scumble.loss : The same of logits, with gradients.

    Examples
    --------
    >>> from scumble.metrics import cross_entropy
    >>> round(cross_entropy([0.7, 0.7], [0.7, 0.5]), 4)
    0.652
    >>> round(cross_entropy([2, 0], [[0.2, 0.2, 0.6], [0.5, 0.25, 0.25]], class_axis=1), 4)
    0.602
    """
    return _proper(y_true, y_pred, class_axis, mask, sample_weight)[0]


def entropy(
    y_true: ArrayLike,
    *,
    class_axis: int | None = None,
    mask: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """The mean entropy H(p) of the labels in nats: the floor, which no cross entropy against them gets below.

    Parameters
    ----------
    y_true : array_like
        Labels p, probabilities.
    class_axis, mask, sample_weight
        As of `cross_entropy`.

    Returns
    -------
    float
        NaN where nothing counts.

    Raises
    ------
    ValueError, TypeError
        As of `cross_entropy`.

    See Also
    --------
    expected_floor : The same of the probability behind counted votes, which few raters underestimate.

    Examples
    --------
    >>> from scumble.metrics import entropy
    >>> round(entropy([0.5, 1.0]), 6)
    0.346574
    """
    return _proper(y_true, y_true, class_axis, mask, sample_weight)[1]


def excess(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    class_axis: int | None = None,
    mask: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """The mean of KL(p || q) = H(p, q) - H(p) in nats: what the cross entropy has above its floor.

    Parameters
    ----------
    y_true, y_pred, class_axis, mask, sample_weight
        As of `cross_entropy`.

    Returns
    -------
    float
        NaN where nothing counts.

    Raises
    ------
    ValueError, TypeError
        As of `cross_entropy`.

    Examples
    --------
    >>> from scumble.metrics import excess
    >>> round(excess([0.7, 0.7], [0.7, 0.5]), 6)
    0.041141
    """
    value, floor, _ = _proper(y_true, y_pred, class_axis, mask, sample_weight)
    return value - floor


def brier_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    class_axis: int | None = None,
    mask: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """The mean of (q - p)^2, of exclusive classes summed over them.

    Parameters
    ----------
    y_true, y_pred, class_axis, mask, sample_weight
        As of `cross_entropy`.

    Returns
    -------
    float
        0 to 1, of exclusive classes to 2; NaN where nothing counts.

    Raises
    ------
    ValueError, TypeError
        As of `cross_entropy`.

    Examples
    --------
    >>> from scumble.metrics import brier_score
    >>> round(brier_score([0.7, 0.7], [0.7, 0.5]), 6)
    0.02
    """
    return _proper(y_true, y_pred, class_axis, mask, sample_weight)[2]


def calibration_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    bins: int = 15,
    binning: Binning = "equal-width",
    class_axis: int | None = None,
    mask: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """The expected calibration error sum_b w_b/w |mean prediction - mean label| (Naeini et al. 2015, with soft labels).

    Parameters
    ----------
    y_true, y_pred, mask, sample_weight
        As of `cross_entropy`.
    bins : int
        How many bins the predictions fall into, 1 to 65536.
    binning : {"equal-width", "equal-mass", "sklearn", "torchmetrics", "netcal"}
        Where their edges are, and to which side an edge belongs.
    class_axis : int, optional
        The axis of exclusive classes: the mean over the classes, each against the rest.

    Returns
    -------
    float
        0 to 1; NaN where nothing counts.

    Raises
    ------
    ValueError, TypeError
        As of `cross_entropy`; a number of bins that cannot be.

    Examples
    --------
    Of all pixels predicted 0.7, 70 % are there:

    >>> from scumble.metrics import calibration_error
    >>> round(calibration_error([1.0, 0.4], [0.7, 0.7]), 6)
    0.0
    >>> round(calibration_error([1.0, 0.4], [0.8, 0.8]), 6)
    0.1
    """
    found = _calibration(y_true, y_pred, bins, binning, class_axis, mask, sample_weight)
    return _mean(error for error, *_ in found)


def reliability_curve(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    bins: int = 15,
    binning: Binning = "equal-width",
    mask: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> tuple[Floats, Floats]:
    """The reliability curve, as ``sklearn.calibration.calibration_curve``, of soft labels.

    Parameters
    ----------
    y_true, y_pred, mask, sample_weight
        As of `cross_entropy`: of one class.
    bins, binning
        As of `calibration_error`; "sklearn" puts a prediction on an edge into the bin below.

    Returns
    -------
    prob_true, prob_pred : ndarray
        Mean label and mean prediction of each bin that is not empty, from 0 to 1.

    Raises
    ------
    ValueError, TypeError
        As of `calibration_error`.

    Examples
    --------
    >>> from scumble.metrics import reliability_curve
    >>> prob_true, prob_pred = reliability_curve([0.0, 0.5, 1.0], [0.2, 0.3, 0.9], bins=2)
    >>> prob_true, prob_pred
    (array([0.25, 1.  ]), array([0.25, 0.9 ]))
    """
    ((_, _, observed, predicted),) = _calibration(y_true, y_pred, bins, binning, None, mask, sample_weight)
    return observed, predicted


def soft_dice(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    class_axis: int | None = None,
    mask: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Soft Dice 2 sum min(p, q) / sum (p + q), which is 1 exactly where q = p (Wang et al. 2023); of masks Dice, which is F1.

    Parameters
    ----------
    y_true, y_pred, mask, sample_weight
        As of `cross_entropy`. All elements are one set: of several images it is not the mean of theirs.
    class_axis : int, optional
        The axis of exclusive classes: the mean over those that are there.

    Returns
    -------
    float
        0 to 1; NaN of nothing with nothing.

    Raises
    ------
    ValueError, TypeError
        As of `cross_entropy`.

    Examples
    --------
    >>> from scumble.metrics import soft_dice
    >>> soft_dice([0.25, 0.75], [0.25, 0.75])
    1.0
    >>> soft_dice([True, True, False], [True, False, False])
    0.6666666666666666
    """
    return _mean(dice for dice, _ in _scumble.overlap(_given(y_true, y_pred, class_axis, mask, sample_weight)))


def soft_jaccard(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    class_axis: int | None = None,
    mask: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Soft Jaccard sum min(p, q) / sum max(p, q), which is 1 exactly where q = p (Wang et al. 2023); of masks IoU.

    Parameters
    ----------
    y_true, y_pred, class_axis, mask, sample_weight
        As of `soft_dice`.

    Returns
    -------
    float
        0 to 1; NaN of nothing with nothing.

    Raises
    ------
    ValueError, TypeError
        As of `cross_entropy`.

    Examples
    --------
    >>> from scumble.metrics import soft_jaccard
    >>> soft_jaccard([0.5, 0.0], [0.5, 0.5])
    0.5
    """
    return _mean(iou for _, iou in _scumble.overlap(_given(y_true, y_pred, class_axis, mask, sample_weight)))


def average_precision(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    class_axis: int | None = None,
    mask: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Average precision sum_n (R_n - R_(n-1)) P_n over all thresholds, as scikit-learn's, of soft labels.

    A pixel is p positives and 1 - p negatives, as if a rater were drawn. `scumble.Judge` counts predictions in steps of
    1/65535; here each is a threshold of its own.

    Parameters
    ----------
    y_true, y_pred, mask, sample_weight
        As of `cross_entropy`.
    class_axis : int, optional
        The axis of exclusive classes: the mean over those that are there, each against the rest.

    Returns
    -------
    float
        0 to 1; NaN without a positive.

    Raises
    ------
    ValueError, TypeError
        As of `cross_entropy`.

    Examples
    --------
    >>> from scumble.metrics import average_precision
    >>> round(average_precision([1, 0, 1], [0.9, 0.2, 0.2]), 6)
    0.833333
    """
    return _mean(area for area, _ in _scumble.areas(_given(y_true, y_pred, class_axis, mask, sample_weight)))


def roc_auc(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    class_axis: int | None = None,
    mask: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Area below the ROC curve: how often a positive is predicted higher than a negative, ties half; of soft labels as
    `average_precision`.

    Parameters
    ----------
    y_true, y_pred, class_axis, mask, sample_weight
        As of `average_precision`.

    Returns
    -------
    float
        0 to 1; NaN without a positive or without a negative.

    Raises
    ------
    ValueError, TypeError
        As of `cross_entropy`.

    Examples
    --------
    >>> from scumble.metrics import roc_auc
    >>> roc_auc([1, 0, 1], [0.9, 0.2, 0.2])
    0.75
    """
    return _mean(area for _, area in _scumble.areas(_given(y_true, y_pred, class_axis, mask, sample_weight)))


def truth(
    yes: ArrayLike,
    total: ArrayLike,
    y_pred: ArrayLike,
    *,
    class_axis: int | None = None,
    mask: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> Truth | None:
    """What counted votes tell of c, the share of all such raters who would say yes, and how far a prediction is from it.

    The prediction was made without these votes; ``docs/truth.md`` derives the formulas.

    Parameters
    ----------
    yes : array_like
        How many raters saw the class, integers in the prediction's shape: of masks [R, ...] their sum over the first axis.
    total : array_like
        How many raters judged the pixel, in the shape without the class axis, or one number for all. Pixels with fewer than
        two say nothing.
    y_pred : array_like
        Predictions, probabilities.
    class_axis, mask, sample_weight
        As of `cross_entropy`.

    Returns
    -------
    Truth or None
        None where no pixel has two raters.

    Raises
    ------
    ValueError
        Counts that are no counts; else as of `cross_entropy`.
    TypeError
        Arrays of another type, such as counts that are no integers.

    Examples
    --------
    Two raters differ at half of the pixels. So c (1 - c) is a quarter on the mean, c one half everywhere, and so it was
    predicted; by as much as a quarter one rater is off.

    >>> from scumble.metrics import truth
    >>> found = truth([0, 1, 1, 2], 2, [0.5, 0.5, 0.5, 0.5])
    >>> found.distance, found.variance, round(found.expected_floor.estimate, 6)
    (0.0, 0.25, 0.693147)
    """
    predictions = _probabilities(_array(y_pred), "predictions")
    found = _votes(yes, total, predictions, class_axis, mask, sample_weight)
    return None if found is None else Truth._of(found)


def distance_to_truth(
    yes: ArrayLike,
    total: ArrayLike,
    y_pred: ArrayLike,
    *,
    class_axis: int | None = None,
    mask: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Root mean square of q - c, c the share of all such raters who would say yes, estimated from counted votes.

    The mean square is estimated without bias by (q - s)^2 - s (1 - s) / (n - 1), s = k/n; below 0 the distance is 0.

    Parameters
    ----------
    yes, total, y_pred, class_axis, mask, sample_weight
        As of `truth`, which has more than this number.

    Returns
    -------
    float
        0 to 1, of exclusive classes to the root of 2; NaN where no pixel has two raters.

    Raises
    ------
    ValueError, TypeError
        As of `truth`.

    Examples
    --------
    >>> from scumble.metrics import distance_to_truth
    >>> distance_to_truth([0, 1, 1, 2], 2, [0.75, 0.75, 0.75, 0.75])
    0.25
    """
    found = truth(yes, total, y_pred, class_axis=class_axis, mask=mask, sample_weight=sample_weight)
    return math.nan if found is None else found.distance


def expected_floor(
    yes: ArrayLike,
    total: ArrayLike,
    *,
    class_axis: int | None = None,
    mask: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> ExpectedFloor | None:
    """The mean entropy of c, the share of all such raters who would say yes: the floor of any cross entropy against them.

    The `entropy` of k/n underestimates it, the more the fewer the raters: of two who agree it is 0, whatever c is.

    Parameters
    ----------
    yes, total, class_axis, mask, sample_weight
        As of `truth`.

    Returns
    -------
    ExpectedFloor or None
        An estimate, and the least and the largest that the votes allow, in nats. None where no pixel has two raters.

    Raises
    ------
    ValueError, TypeError
        As of `truth`.

    Examples
    --------
    >>> import numpy as np
    >>> from scumble.metrics import entropy, expected_floor
    >>> yes = np.array([0, 1, 1, 2])
    >>> found = expected_floor(yes, 2)
    >>> round(found.low, 6), round(found.high, 6), round(entropy(yes / 2), 6)
    (0.693147, 0.693147, 0.346574)
    """
    found = _votes(yes, total, None, class_axis, mask, sample_weight)
    if found is None:
        return None
    floor: ExpectedFloor = _built(ExpectedFloor, found["expected_floor"])
    return floor


def _proper(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    class_axis: int | None,
    mask: ArrayLike | None,
    sample_weight: ArrayLike | None,
) -> tuple[float, float, float]:
    """Cross entropy, its floor and the Brier score."""
    single = _array(y_pred).dtype in (np.float16, np.float32)
    found = _scumble.proper(_given(y_true, y_pred, class_axis, mask, sample_weight), single)
    return (math.nan, math.nan, math.nan) if found is None else found


def _calibration(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    bins: int,
    binning: Binning,
    class_axis: int | None,
    mask: ArrayLike | None,
    sample_weight: ArrayLike | None,
) -> list[tuple[float | None, Floats, Floats, Floats]]:
    if not 0 <= bins < 2**32:
        raise ValueError(f"bins = {bins}: 1 to 65536 are possible")
    return _scumble.calibration(_given(y_true, y_pred, class_axis, mask, sample_weight), bins, binning)


def _mean(of_classes: Iterable[float | None]) -> float:
    """Over the classes that have one."""
    known = [score for score in of_classes if score is not None]
    return math.fsum(known) / len(known) if known else math.nan


def _given(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    class_axis: int | None,
    mask: ArrayLike | None,
    sample_weight: ArrayLike | None,
) -> _scumble._Arrays:
    predictions = _probabilities(_array(y_pred), "predictions")
    axis = _axis(class_axis, predictions.ndim)
    labels, counts = _array(y_true), _mask(mask)
    if counts is not None and labels.dtype.kind in "iu" and labels.shape == counts.shape:
        # Whatever stands for "ignore" is no class.
        labels = np.where(counts, labels, 0)
    if axis is not None and labels.dtype.kind in "iu" and labels.ndim == predictions.ndim - 1:
        labels = _one_hot(labels, predictions.shape[axis], axis)
    return {
        "y_true": _probabilities(labels, "labels"),
        "y_pred": predictions,
        "class_axis": axis,
        "exclusive": axis is not None,
        "mask": counts,
        "sample_weight": _sample_weight(sample_weight),
    }


def _votes(
    yes: ArrayLike,
    total: ArrayLike,
    predictions: NDArray[np.float64] | None,
    class_axis: int | None,
    mask: ArrayLike | None,
    sample_weight: ArrayLike | None,
) -> dict[str, Any] | None:
    counts = _counts(yes)
    axis = _axis(class_axis, counts.ndim)
    pixels = tuple(length for at, length in enumerate(counts.shape) if at != axis)
    totals = _counts(total)
    arrays: _scumble._Counts = {
        "yes": counts,
        "total": np.broadcast_to(totals, pixels) if totals.ndim == 0 else totals,
        "y_pred": predictions,
        "class_axis": axis,
        "mask": _mask(mask),
        "sample_weight": _sample_weight(sample_weight),
    }
    found: dict[str, Any] | None = json.loads(_scumble.truth(arrays))
    return found


def _probabilities(array: NDArray[Any], what: str) -> NDArray[np.float64]:
    """Floats as they are, bool and integers of 0 and 1."""
    if array.dtype.kind in "iu" and array.size and not ((array == 0) | (array == 1)).all():
        odd = array[(array != 0) & (array != 1)].flat[0]
        raise ValueError(f"{what} have {odd} among them; as integers they are 0 and 1, as probabilities floats")
    return _numbers(array, _DOUBLE, what)


def _counts(values: ArrayLike) -> NDArray[np.int64]:
    array = _array(values)
    if array.dtype.kind not in "iub":
        raise TypeError(f"counted votes are integers; this array has {array.dtype}")
    return array.astype(np.int64, copy=False)


def _one_hot(indices: NDArray[Any], classes: int, axis: int) -> NDArray[np.float64]:
    wrong = np.argwhere((indices < 0) | (indices >= classes))
    if wrong.size:
        at = wrong[0].tolist()
        raise ValueError(f"class index {indices[tuple(at)]} at {at}, but there are {classes} classes (0 to {classes - 1})")
    return np.moveaxis(np.eye(classes)[indices], -1, axis)


def _axis(class_axis: int | None, rank: int) -> int | None:
    """Counted from the front."""
    if class_axis is None:
        return None
    if not -rank <= class_axis < rank:
        raise ValueError(f"the class axis is {class_axis}, but the predictions have {rank} axes")
    return class_axis % rank


def _sample_weight(weight: ArrayLike | None) -> NDArray[np.float64] | None:
    return None if weight is None else _numbers(_array(weight), _DOUBLE, "weights")
