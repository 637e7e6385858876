"""Scores as values."""

from __future__ import annotations

import copy
import html
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CrossEntropy:
    """A mean cross entropy in nats: ``value = floor + excess``.

    Attributes
    ----------
    value : float
        H(p, q) of labels p and predictions q.
    floor : float
        H(p), the labels' entropy: no prediction gets below it.
    excess : float
        KL(p || q), what the prediction has above it.
    """

    value: float
    floor: float
    excess: float


@dataclass(frozen=True, slots=True)
class ExpectedFloor:
    """The mean entropy of the probability behind the votes, in nats: the floor of any cross entropy against such raters.

    Attributes
    ----------
    low, high : float
        It is at least, and at most, this.
    estimate : float
        It is about this.
    """

    low: float
    high: float
    estimate: float


@dataclass(frozen=True, slots=True)
class Truth:
    """How far a prediction is from c, the share of all such raters who would say yes, as far as counted votes can tell.

    Attributes
    ----------
    distance : float
        Root mean square of q - c, 0 to 1.
    mean_squared : float
        Its square, without bias: chance can leave it below 0.
    raters_mean_distance : float
        The same distance of the raters' own mean.
    variance : float
        The mean of c (1 - c), by which one rater is off.
    worth_in_raters : float or None
        How many raters' mean is as near. None where raters do not differ, or the prediction is nearer than the votes can tell.
    expected_floor : ExpectedFloor
        The mean entropy of c.
    pixels : int
        Pixels with at least two raters (multilabel: pixels times classes).
    """

    distance: float
    mean_squared: float
    raters_mean_distance: float
    variance: float
    worth_in_raters: float | None
    expected_floor: ExpectedFloor
    pixels: int

    @classmethod
    def _of(cls, found: Mapping[str, Any]) -> Truth:
        return cls(**{**_known(cls, found), "expected_floor": _built(ExpectedFloor, found["expected_floor"])})


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far predictions are from the frequencies that they promise; of all classes the mean over them.

    Attributes
    ----------
    expected : float
        The expected calibration error.
    root_mean_square, maximum : float
        The same of squared gaps; the largest gap.
    signed : float
        Above 0 where more is predicted than is there.
    adaptive : float or None
        The expected error over bins of equal mass.
    """

    expected: float
    root_mean_square: float
    maximum: float
    signed: float
    adaptive: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """The reliability diagram of a class, an element a bin from 0 to 1.

    Attributes
    ----------
    weight : ndarray
        Summed weight of the pixels in each bin.
    predicted, observed : ndarray
        Mean prediction and mean label there, NaN in bins without a pixel.
    """

    weight: Floats
    predicted: Floats
    observed: Floats

    @classmethod
    def _of(cls, bins: list[Mapping[str, float]]) -> Reliability:
        weight, predicted, observed = (_column(bins, name) for name in ("weight", "predicted", "observed"))
        with np.errstate(invalid="ignore"):
            return cls(weight, predicted / weight, observed / weight)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Precision-recall and ROC curve of a class over all images, from the highest threshold down.

    Points are thinned to those where recall or false positive rate passes a hundredth.

    Attributes
    ----------
    threshold, precision, recall, false_positive_rate : ndarray
        An element a point; the rate is NaN without negatives.
    """

    threshold: Floats
    precision: Floats
    recall: Floats
    false_positive_rate: Floats

    @classmethod
    def _of(cls, points: list[Mapping[str, float | None]]) -> Curve:
        names = ("threshold", "precision", "recall", "false_positive_rate")
        return cls(*(_column(points, name) for name in names))


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval, over groups of images.

    Attributes
    ----------
    low, high : float
        Its ends; ``inf`` where there is no upper one.
    """

    low: float
    high: float

    @classmethod
    def _of(cls, found: Mapping[str, float | None]) -> Interval:
        low, high = found["low"], found["high"]
        return cls(-math.inf if low is None else low, math.inf if high is None else high)


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a class is predicted beside where it is, each None where it has no meaning; of all classes the mean over them."""

    dice: float | None
    iou: float | None
    precision: float | None
    recall: float | None
    specificity: float | None


@dataclass(frozen=True, slots=True)
class Decisions:
    """Predicted is what has at least the threshold.

    Attributes
    ----------
    threshold : float
        A probability.
    soft : Decision
        Against the soft label: a pixel is p positives and 1 - p negatives.
    hard : Decision
        Against p >= 0.5.
    """

    threshold: float
    soft: Decision
    hard: Decision

    @classmethod
    def _of(cls, found: Mapping[str, Any]) -> Decisions:
        return cls(found["threshold"], _built(Decision, found["soft"]), _built(Decision, found["hard"]))


@dataclass(frozen=True, slots=True)
class F1:
    """The hard decision on one class beside one rater's mask, each None where it has no meaning."""

    f1: float | None
    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True)
class RaterScores:
    """The hard decision (at 0.5, or the likeliest class) beside one rater.

    Attributes
    ----------
    rater : str
        The rater's name, or "majority".
    f1 : float or None
        Mean F1 over the classes that rater or prediction have at all.
    classes : tuple of F1
        In class order.
    """

    rater: str
    f1: float | None
    classes: tuple[F1, ...]

    @classmethod
    def _of(cls, found: Mapping[str, Any]) -> RaterScores:
        return cls(found["rater"], found["f1"], tuple(_built(F1, one) for one in found["classes"]))


@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    """What classes, images and data sets have; None where a score has no meaning or was not counted.

    Attributes
    ----------
    cross_entropy : CrossEntropy or None
        In nats.
    truth : Truth or None
        What counted votes tell of the probability behind them; None where no pixel has two raters.
    brier : float or None
        Mean squared difference, of exclusive classes summed over them.
    calibration : Calibration or None
        All calibration errors.
    dice, iou : float or None
        Soft Dice and soft Jaccard.
    decisions : Decisions or None
        Precision, recall and more at the threshold.
    average_precision, roc_auc : float or None
        Areas below the two curves, against the soft label.
    """

    cross_entropy: CrossEntropy | None
    truth: Truth | None
    brier: float | None
    calibration: Calibration | None
    dice: float | None
    iou: float | None
    decisions: Decisions | None
    average_precision: float | None
    roc_auc: float | None

    @property
    def calibration_error(self) -> float | None:
        """The expected calibration error."""
        return None if self.calibration is None else self.calibration.expected


@dataclass(frozen=True, slots=True, eq=False)
class ClassScores(_Scored):
    """The scores of one class; of exclusive classes it against the rest.

    Attributes
    ----------
    name : str
        The class.
    frequency : float or None
        Weighted mean of its label.
    reliability : Reliability
        Its reliability diagram.
    intervals : dict of str to Interval
        Of its scores over all images, by the names of ``docs/scores.md``; of an image's classes empty.
    curve : Curve or None
        Over all images; of an image's classes None.
    """

    name: str
    frequency: float | None
    reliability: Reliability
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    curve: Curve | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _OfPixels(_Scored):
    """What images and data sets have.

    Attributes
    ----------
    pixels : int
        Pixels counted (multilabel: times classes).
    weight : float
        Their summed weight.
    clipped : int
        Pixels whose label allows what the prediction rules out.
    classes : tuple of ClassScores
        In class order.
    raters : tuple of RaterScores
        The hard decision beside each rater.
    majority : RaterScores or None
        The same beside their majority.
    """

    pixels: int
    weight: float
    clipped: int
    classes: tuple[ClassScores, ...]
    raters: tuple[RaterScores, ...]
    majority: RaterScores | None


@dataclass(frozen=True, slots=True, eq=False)
class ImageScores(_OfPixels):
    """The scores of one image.

    Attributes
    ----------
    name, group : str
        What the image is called, and what it belongs to.
    """

    name: str
    group: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Scores(_OfPixels):
    """The scores of predictions over all images, of each class, rater and image, with intervals.

    Scores of all images are those of all their pixels together. What is not an attribute (consensus and dissensus, parts of the
    Brier score, the top label, amounts, ..) is in `to_dict`, by the names of ``docs/json.md``;
    ``docs/scores.md`` has the formulas.

    Attributes
    ----------
    kind : str
        "binary", "multiclass" or "multilabel".
    images : tuple of ImageScores
        In the order in which they came.
    groups : int
        How many groups the images are of.
    intervals : dict of str to Interval
        Of the scores over all images, by the names of ``docs/scores.md``; empty with fewer than two groups.
    calibration_by_chance : float or None
        The calibration error that predictions without any would show on so few images.

    Examples
    --------
    >>> import numpy as np
    >>> import scumble
    >>> judge = scumble.Judge("binary", ["water"])
    >>> judge.update(np.array([[0.7, 0.5]]), labels=np.array([[0.7, 0.7]]))
    >>> scores = judge.compute()
    >>> round(scores.cross_entropy.floor, 6), round(scores.cross_entropy.excess, 6)
    (0.610864, 0.041141)
    >>> scores.classes[0].name, round(scores.dice, 6)
    ('water', 0.923077)
    """

    kind: str
    images: tuple[ImageScores, ...]
    groups: int
    intervals: Mapping[str, Interval]
    calibration_by_chance: float | None
    _found: Mapping[str, Any]

    @classmethod
    def _of(cls, found: Mapping[str, Any]) -> Scores:
        """From what `scumble eval --json` prints, or as much of it as is known of arrays."""
        intervals = found["intervals"] or {"all": {}, "classes": []}
        of_classes = [_intervals(one) for one in intervals["classes"]]
        curves = [Curve._of(curve["points"]) for curve in found["curves"]]
        return cls(
            **_of_pixels(found["all"], of_classes, curves),
            kind=found["kind"],
            images=tuple(
                ImageScores(**_of_pixels(one["scores"]), name=one["image"], group=one["group"]) for one in found["images"]
            ),
            groups=found["groups"],
            intervals=_intervals(intervals["all"]),
            calibration_by_chance=found["calibration_by_chance"],
            _found=found,
        )

    def to_dict(self) -> dict[str, Any]:
        """All that was found, by the keys of `scumble eval --json`; a score without a meaning is None."""
        return copy.deepcopy(dict(self._found))

    def __eq__(self, other: object) -> bool:
        return self._found == other._found if isinstance(other, Scores) else NotImplemented

    # Equal scores are equal dictionaries, which have no hash.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Scores: {self._title()}>"

    def __str__(self) -> str:
        return "\n".join([self._title(), *(f"  {name:<22}{value}" for name, value in self._rows())])

    def _repr_html_(self) -> str:
        """Two tables, for notebooks: all classes together, and each of several."""
        rows = "".join(f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>" for name, value in self._rows())
        tables = f"<table><caption>{html.escape(self._title())}</caption><tbody>{rows}</tbody></table>"
        return tables + (self._classes_html() if len(self.classes) > 1 else "")

    def _classes_html(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in ("class", "frequency", *_ROWS))
        rows = ""
        for one in self.classes:
            cells = [one.name, _number(one.frequency), *(_number(of(one)) for of in _ROWS.values())]
            rows += f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def _title(self) -> str:
        groups = f" in {self.groups} groups" if self.groups != len(self.images) else ""
        images = f"{len(self.images)} image{'s' if len(self.images) != 1 else ''}"
        return f"{self.kind} ({', '.join(one.name for one in self.classes)}), {images}{groups}, {self.pixels} pixels"

    def _rows(self) -> Iterator[tuple[str, str]]:
        """Scores that are there, with their intervals."""
        for name, of in _ROWS.items():
            value = of(self)
            if value is not None:
                interval = self.intervals.get(name)
                ends = "" if interval is None else f" [{interval.low:.4f}, {interval.high:.4f}]"
                yield name, f"{value:.4f}{ends}"
        for rater in self.raters:
            yield f"f1 beside {rater.rater}", _number(rater.f1)


def _truth(name: str) -> Any:
    return lambda scored: None if scored.truth is None else getattr(scored.truth, name)


def _cross_entropy(name: str) -> Any:
    return lambda scored: None if scored.cross_entropy is None else getattr(scored.cross_entropy, name)


# What is shown, by the names of docs/scores.md.
_ROWS: dict[str, Any] = {
    "log_loss": _cross_entropy("value"),
    "floor": _cross_entropy("floor"),
    "excess": _cross_entropy("excess"),
    "truth_distance": _truth("distance"),
    "worth_in_raters": _truth("worth_in_raters"),
    "expected_floor": lambda scored: None if scored.truth is None else scored.truth.expected_floor.estimate,
    "brier": lambda scored: scored.brier,
    "calibration": lambda scored: scored.calibration_error,
    "dice": lambda scored: scored.dice,
    "iou": lambda scored: scored.iou,
    "average_precision": lambda scored: scored.average_precision,
}


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _known(of: Any, found: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that the class has; new ones may come."""
    return {name: found[name] for name in of.__dataclass_fields__}


def _built(of: Any, found: Mapping[str, Any] | None) -> Any:
    return None if found is None else of(**_known(of, found))


def _column(rows: list[Any], name: str) -> Floats:
    return np.array([math.nan if row[name] is None else row[name] for row in rows], dtype=np.float64)


def _intervals(found: Mapping[str, Any]) -> dict[str, Interval]:
    return {name: Interval._of(one) for name, one in found.items()}


def _scored(found: Mapping[str, Any]) -> dict[str, Any]:
    areas = found["areas"] or {"average_precision": None, "roc_auc": None}
    return {
        "cross_entropy": _built(CrossEntropy, found["cross_entropy"]),
        "truth": None if found["truth"] is None else Truth._of(found["truth"]),
        "brier": found["brier"],
        "calibration": _built(Calibration, found["calibration"]),
        "dice": found["dice"],
        "iou": found["iou"],
        "decisions": None if found["decisions"] is None else Decisions._of(found["decisions"]),
        "average_precision": areas["average_precision"],
        "roc_auc": areas["roc_auc"],
    }


def _of_pixels(
    found: Mapping[str, Any],
    intervals: list[dict[str, Interval]] | None = None,
    curves: list[Curve] | None = None,
) -> dict[str, Any]:
    classes = [
        ClassScores(
            **_scored(one),
            name=one["class"],
            frequency=one["frequency"],
            reliability=Reliability._of(one["reliability"]),
            intervals=intervals[at] if intervals else {},
            curve=curves[at] if curves else None,
        )
        for at, one in enumerate(found["classes"])
    ]
    return {
        **_scored(found),
        "pixels": found["pixels"],
        "weight": found["weight"],
        "clipped": found["clipped"],
        "classes": tuple(classes),
        "raters": tuple(RaterScores._of(one) for one in found["raters"]),
        "majority": None if found["majority"] is None else RaterScores._of(found["majority"]),
    }
