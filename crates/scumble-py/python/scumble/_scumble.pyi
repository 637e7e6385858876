"""Losses of soft labels on NumPy arrays, and the program; `scumble` has the names to use."""

from typing import Any, TypeAlias, TypedDict, type_check_only

import numpy as np
from numpy.typing import NDArray

# Value, floor, excess, divisor, number of valid terms, gradient (unless it was written to the caller's memory), map.
_Outcome: TypeAlias = tuple[
    float, float, float, float, int, NDArray[np.floating[Any]] | None, NDArray[np.floating[Any]] | None
]

__all__ = ["beta_binomial_loss", "loss", "program"]

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
