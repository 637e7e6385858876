"""Scores of predictions that are arrays."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NoReturn, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scumble import _scumble
from scumble._losses import _array, _floats, _mask, _numbers
from scumble._scores import Scores

LabelKind = Literal["binary", "multiclass", "multilabel"]
Binning = Literal["equal-width", "equal-mass", "sklearn", "torchmetrics", "netcal"]
Resolution = Literal["uint8", "uint16", "float32", "float64"]
# Masks by name; or in a list or an array, called by their place.
Raters: TypeAlias = Mapping[str, ArrayLike | None] | Sequence[ArrayLike | None] | NDArray[Any]


class Judge:
    """Judges predicted probabilities image by image, by all scores of `scumble eval`.

    Memory does not grow with the number of pixels: of an image a few kilobytes of sums are kept, and for each class 1.5 MiB
    of finely counted predictions.

    Parameters
    ----------
    kind : {"binary", "multiclass", "multilabel"}
        One class, exclusive classes, or classes that overlap.
    classes : int or sequence of str, optional
        The names of the classes in the order of the maps, or how many there are. Binary labels have one.
    threshold : float
        A class is predicted where its probability is at least this.
    bins : int
        Bins of the reliability diagram, 1 to 65536.
    binning : {"equal-width", "equal-mass", "sklearn", "torchmetrics", "netcal"}
        Where their edges are, and to which side an edge belongs.
    by_raters : bool
        A pixel counts as many times as raters judged it (maximum likelihood); else once.
    uncertainty : bool
        Count, too, whether the prediction knows where it errs: the correlation of the entropies, the risk-coverage curve, the
        calibration beside each rater.
    resolution : {"uint8", "uint16", "float32", "float64"}
        In which numbers the predictions were stored. Where one is 0 and the label is not, the log is taken at half a step:
        2^-25 of float32. `scumble eval` takes that for 64-bit floats, too.
    ignore_value : int, optional
        Marks and class indices of this value say that nobody knows. NaN says so in soft labels.

    Raises
    ------
    ValueError
        Classes that the kind cannot have, settings that cannot be.

    Notes
    -----
    A judge can be updated from several threads at once; it works on all cores (or ``RAYON_NUM_THREADS``) without holding the
    interpreter's lock. It can neither be pickled nor copied: its sums are the compiled half's.

    Examples
    --------
    Two images that three raters have marked, the second of them only two:

    >>> import numpy as np
    >>> import scumble
    >>> judge = scumble.Judge("binary", ["water"])
    >>> yes, no = np.ones((2, 2), dtype=bool), np.zeros((2, 2), dtype=bool)
    >>> judge.update(np.full((2, 2), 0.6), raters={"ann": yes, "bob": yes, "eve": no})
    >>> judge.update(np.full((2, 2), 0.4), raters={"ann": yes, "bob": no, "eve": None})
    >>> scores = judge.compute()
    >>> round(scores.brier, 5), scores.truth.pixels, [image.name for image in scores.images]
    (0.00667, 8, ['1', '2'])
    """

    def __init__(
        self,
        kind: LabelKind = "binary",
        classes: int | Sequence[str] | None = None,
        *,
        threshold: float = 0.5,
        bins: int = 15,
        binning: Binning = "equal-width",
        by_raters: bool = True,
        uncertainty: bool = False,
        resolution: Resolution = "float32",
        ignore_value: int | None = None,
    ) -> None:
        if classes is None:
            if kind in ("multiclass", "multilabel"):
                raise ValueError(f"{kind} labels need classes, their names or how many there are")
            classes = 1
        if isinstance(classes, str):
            raise TypeError(f"classes are a list of names; for one class [{classes!r}]")
        if not 0 <= bins < 2**32:
            raise ValueError(f"bins = {bins}: 1 to 65536 are possible")
        self._kind: LabelKind = kind
        self._ignore_value = ignore_value
        self._judge = _scumble.Judge(
            {
                "kind": kind,
                "classes": classes if isinstance(classes, int) else list(classes),
                "threshold": threshold,
                "bins": bins,
                "binning": binning,
                "by_raters": by_raters,
                "uncertainty": uncertainty,
                "resolution": resolution,
            }
        )

    def update(
        self,
        prediction: ArrayLike,
        labels: ArrayLike | None = None,
        raters: Raters | None = None,
        *,
        mask: ArrayLike | None = None,
        weight: ArrayLike | None = None,
        name: str | None = None,
        group: str | None = None,
    ) -> None:
        """Judges one image. Nothing is counted of one that is refused.

        Parameters
        ----------
        prediction : array_like
            Probabilities [K, H, W], of binary labels [H, W], too; float32 or float64, in which they are judged (float16 as
            float32). NaN only where nothing counts. Exclusive classes sum to 1.
        labels : array_like, optional
            What to judge against: soft labels in the prediction's shape as floats (kept as float32), NaN where nobody knows;
            or hard ones, class indices [H, W] or 0 and 1 in the prediction's shape. By default the raters' mean.
        raters : dict of str to array_like, or sequence of array_like, optional
            Each rater's mask as bool or integers: class indices [H, W], 0 and 1 for binary [H, W] or overlapping classes
            [K, H, W]. None where a rater has not seen the image. In a sequence they are called by their place, counted from
            1. Their mean, where that is what is judged against, keeps their number.
        mask : array_like, optional
            True where a pixel counts, [H, W].
        weight : array_like, optional
            What a pixel weighs, [H, W]; times the number of raters, where it is known and counts.
        name : str, optional
            What the image is called, by default its place, counted from 1. No two images have one name.
        group : str, optional
            What it belongs to, such as a patient: intervals leave out groups. By default it is its own.

        Raises
        ------
        ValueError
            What is no probability or no class, shapes that do not fit, neither labels nor raters, a name that another image
            has.
        TypeError
            Arrays of another type.
        """
        masks = _named(raters)
        if labels is None and not masks:
            raise ValueError("an image needs labels or the masks of raters to be judged against")
        if name == "" or group == "":
            raise ValueError("a name is not empty; leave it out where there is none")
        self._judge.update(
            {
                "prediction": self._maps(_floats(prediction, "predictions"), "the prediction"),
                "labels": None if labels is None else self._labels(_array(labels)),
                "raters": [(rater, self._marks(_array(marks), f"the mask of rater {rater}")) for rater, marks in masks],
                "mask": None if mask is None else _plane(_bool(mask), "the mask"),
                "weight": None if weight is None else _plane(_numbers(_array(weight), _SINGLE, "weights"), "the weight"),
                "ignore_value": self._ignore_value,
                "name": name or "",
                "group": group or "",
            }
        )

    def merge(self, other: Judge) -> None:
        """Adds the images of another judge behind these; it stays as it is.

        Parameters
        ----------
        other : Judge
            Of the same classes and options, such as that of another thread.

        Raises
        ------
        ValueError
            Other classes or options, a name that both have; nothing is added then.
        """
        self._judge.merge(other._judge)

    def compute(self) -> Scores:
        """The scores of all images so far; more may follow."""
        return Scores._of(json.loads(self._judge.scores()))

    def __len__(self) -> int:
        """How many images were judged."""
        return len(self._judge)

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a Judge cannot be pickled or copied; judge in threads and merge, or bring the arrays to one process"
        )

    def _labels(self, array: NDArray[Any]) -> NDArray[Any]:
        if array.dtype.kind == "f":
            return self._maps(array.astype(np.float32, copy=False), "the label")
        return self._marks(array, "the label")

    def _maps(self, array: NDArray[Any], what: str) -> NDArray[Any]:
        """[K, H, W]."""
        if array.ndim == 2 and self._kind == "binary":
            return array[np.newaxis]
        return _ranked(array, what, 3, "[K, H, W]")

    def _marks(self, array: NDArray[Any], what: str) -> NDArray[Any]:
        """[G, H, W] in a type that the compiled half reads."""
        if array.dtype.kind not in "biu":
            raise TypeError(f"{what} is bool or integers; this array has {array.dtype}")
        if array.dtype not in (np.bool_, np.uint8, np.uint16):
            array = array.astype(np.int64, copy=False)
        if self._kind == "multilabel":
            return _ranked(array, what, 3, "[K, H, W]")
        if array.ndim == 3 and array.shape[0] == 1:
            return array
        return _ranked(array, what, 2, "[H, W]")[np.newaxis]


_SINGLE = np.dtype(np.float32)


def _named(raters: Raters | None) -> list[tuple[str, ArrayLike]]:
    """The masks that there are, and whose."""
    if raters is None:
        return []
    if isinstance(raters, Mapping):
        named = dict(raters)
    else:
        named = {str(place): marks for place, marks in enumerate(raters, 1)}
    return [(rater, marks) for rater, marks in sorted(named.items()) if marks is not None]


def _bool(mask: ArrayLike) -> NDArray[np.bool_]:
    found = _mask(mask)
    assert found is not None
    return found


def _plane(array: NDArray[Any], what: str) -> NDArray[Any]:
    return _ranked(array, what, 2, "[H, W]")


def _ranked(array: NDArray[Any], what: str, rank: int, shape: str) -> NDArray[Any]:
    if array.ndim != rank:
        raise ValueError(f"{what} has shape {list(array.shape)}, expected {shape}")
    return array
