"""Losses and scores of soft labels on NumPy arrays, jobs, models, and the program; `scumble` has the names to use."""

from collections.abc import Callable
from typing import Any, TypeAlias, TypedDict, final, type_check_only

import numpy as np
from numpy.typing import NDArray

# Value, floor, excess, divisor, number of valid terms, gradient (unless it was written to the caller's memory), map.
_Outcome: TypeAlias = tuple[
    float, float, float, float, int, NDArray[np.floating[Any]] | None, NDArray[np.floating[Any]] | None
]

__all__ = [
    "Judge",
    "Predictor",
    "areas",
    "beta_binomial_loss",
    "calibration",
    "job",
    "loss",
    "overlap",
    "program",
    "proper",
    "read",
    "train_together",
    "training_page",
    "truth",
]

# Called with what there is to tell, and of what.
_Observer: TypeAlias = Callable[[str, Any], object]

# Bytes for each rank, and how many come from each, to the bytes that come.
_Exchange: TypeAlias = Callable[[list[bytes], list[int]], list[bytes]]

@type_check_only
class _Options(TypedDict):
    class_axis: int | None
    classes: str | None
    denominator: str
    mask: NDArray[np.bool_] | None
    ignore_value: float | None
    weight: NDArray[np.floating[Any]] | None
    class_weight: list[float]
    positive_weight: list[float]
    balance: str | None
    label_smoothing: float
    unchecked: bool
    gamma: float | None
    smooth: float | None
    over: str | None
    alpha: float | None
    beta: float | None
    labels: int | None
    components: int | None
    floor: bool
    # Memory for the gradient, if it is wanted. Losses of classes write it there, of joint families and counts it comes back.
    gradient: NDArray[np.floating[Any]] | None
    map: bool
    finite: bool

@type_check_only
class _Settings(TypedDict):
    kind: str
    classes: int | list[str]
    threshold: float
    bins: int
    binning: str
    by_raters: bool
    uncertainty: bool
    resolution: str

@type_check_only
class _Image(TypedDict):
    prediction: NDArray[np.floating[Any]]
    labels: NDArray[Any] | None
    raters: list[tuple[str, NDArray[Any]]]
    mask: NDArray[np.bool_] | None
    weight: NDArray[np.float32] | None
    ignore_value: int | None
    # Empty where there is none.
    name: str
    group: str

@type_check_only
class _Arrays(TypedDict):
    y_true: NDArray[np.float64]
    y_pred: NDArray[np.float64]
    class_axis: int | None
    # Whether the classes sum to 1.
    exclusive: bool
    mask: NDArray[np.bool_] | None
    sample_weight: NDArray[np.float64] | None

@type_check_only
class _Counts(TypedDict):
    yes: NDArray[np.int64]
    total: NDArray[np.int64]
    y_pred: NDArray[np.float64] | None
    class_axis: int | None
    mask: NDArray[np.bool_] | None
    sample_weight: NDArray[np.float64] | None

@final
class Judge:
    def __new__(cls, settings: _Settings) -> Judge: ...
    def update(self, image: _Image) -> None: ...
    def merge(self, other: Judge) -> None: ...
    def scores(self) -> str: ...
    def __len__(self) -> int: ...

def loss(
    kind: str, logits: NDArray[np.floating[Any]], targets: NDArray[Any], options: _Options
) -> _Outcome: ...
def beta_binomial_loss(
    logits: NDArray[np.floating[Any]],
    yes: NDArray[np.floating[Any]],
    total: NDArray[np.floating[Any]],
    options: _Options,
) -> _Outcome: ...
def proper(arrays: _Arrays, single: bool) -> tuple[float, float, float] | None: ...

# Of each class: the error, and of bins that are not empty weight, mean label, mean prediction.
def calibration(
    arrays: _Arrays, bins: int, binning: str
) -> list[tuple[float | None, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]: ...
def overlap(arrays: _Arrays) -> list[tuple[float | None, float | None]]: ...
def areas(arrays: _Arrays) -> list[tuple[float | None, float | None]]: ...
def truth(arrays: _Counts) -> str: ...
def program(words: list[str]) -> int: ...
def job(name: str, request: str, observer: _Observer) -> str: ...
def train_together(request: str, rank: int, ranks: int, exchange: _Exchange, observer: _Observer) -> str: ...
def read(path: str) -> NDArray[Any]: ...
def training_page(run: str) -> str: ...
@final
class Predictor:
    @staticmethod
    def open(request: str, observer: _Observer) -> Predictor: ...
    def files(self) -> list[str]: ...
    def averaged(self) -> str: ...
    def read(self, image: NDArray[Any], reading: str) -> tuple[NDArray[np.float32], bool]: ...
    def predict(self, request: str, observer: _Observer) -> str: ...
    def adapt(self, images: list[NDArray[Any]]) -> int: ...
