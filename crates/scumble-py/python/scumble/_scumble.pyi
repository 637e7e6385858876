"""Losses of soft labels on NumPy arrays, jobs, models, and the program; `scumble` has the names to use."""

from collections.abc import Callable
from typing import Any, TypeAlias, TypedDict, final, type_check_only

import numpy as np
from numpy.typing import NDArray

# Value, floor, excess, divisor, number of valid terms, gradient (unless it was written to the caller's memory), map.
_Outcome: TypeAlias = tuple[
    float, float, float, float, int, NDArray[np.floating[Any]] | None, NDArray[np.floating[Any]] | None
]

__all__ = ["Predictor", "beta_binomial_loss", "job", "loss", "program", "read", "training_page"]

# Called with what there is to tell, and of what.
_Observer: TypeAlias = Callable[[str, Any], object]

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

def loss(
    kind: str, logits: NDArray[np.floating[Any]], targets: NDArray[Any], options: _Options
) -> _Outcome: ...
def beta_binomial_loss(
    logits: NDArray[np.floating[Any]],
    yes: NDArray[np.floating[Any]],
    total: NDArray[np.floating[Any]],
    options: _Options,
) -> _Outcome: ...
def program(words: list[str]) -> int: ...
def job(name: str, request: str, observer: _Observer) -> str: ...
def read(path: str) -> NDArray[Any]: ...
def training_page(run: str) -> str: ...
@final
class Predictor:
    @staticmethod
    def open(request: str, observer: _Observer) -> Predictor: ...
    def files(self) -> list[str]: ...
    def averaged(self) -> str: ...
    def read(self, image: NDArray[Any], reading: str) -> tuple[NDArray[np.float32], bool]: ...
    def adapt(self, images: list[NDArray[Any]]) -> int: ...
