"""A loss as a number with all that is needed to read it."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss with its floor, its excess, and what the sum was divided by.

    H(p, q) = H(p) + KL(p || q): the floor H(p) is what no prediction gets below, the excess what this one has above it.

    Attributes
    ----------
    kind : str
        The loss's name.
    value : float
        The weighted sum divided by `divisor`; of cross entropies in nats.
    floor : float
        The least that `value` could be with these targets and weights.
    excess : float
        ``value - floor``.
    denominator : str
        What the sum is divided by, by name.
    divisor : float
        What the sum is divided by.
    valid : int
        Elements (independent classes), pixels (exclusive classes, label sets), or classes of images (overlaps) that were
        counted.
    gradient : ndarray or None
        The gradient with respect to the logits, in their shape, if it was asked for.
    map : ndarray or None
        The weighted loss of each element or pixel, not divided, if it was asked for.

    Examples
    --------
    >>> import numpy as np
    >>> import scumble
    >>> loss = scumble.loss(np.zeros((1, 1, 2)), np.array([[[0.5, 1.0]]]))
    >>> round(loss.value, 6), round(loss.floor, 6), loss.valid
    (0.693147, 0.346574, 2)
    >>> loss.to_dict()["denominator"]
    {'mode': 'valid', 'value': 2.0}
    """

    kind: str
    value: float
    floor: float
    excess: float
    denominator: str
    divisor: float
    valid: int
    gradient: NDArray[np.floating[Any]] | None = field(default=None, repr=False, compare=False)
    map: NDArray[np.floating[Any]] | None = field(default=None, repr=False, compare=False)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was valid: the value 0 then means that nothing was judged."""
        return self.valid == 0

    def to_dict(self) -> dict[str, Any]:
        """Its numbers by name, as `scumble loss --json` prints them; arrays are left out."""
        return {
            "version": 1,
            "kind": self.kind,
            "value": self.value,
            "floor": self.floor,
            "excess": self.excess,
            "denominator": {"mode": self.denominator, "value": self.divisor},
            "valid": self.valid,
        }

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        if self.is_empty:
            return "0 (no valid pixel: nothing was judged)"
        parts = f"floor {self.floor:.6f}, excess {self.excess:.6f}; {self.valid} valid, divided by {self.divisor:g}"
        return f"{self.value:.6f} ({parts})"

    def _repr_html_(self) -> str:
        """One row of a table, for notebooks."""
        cells = {
            "loss": self.kind,
            "value": f"{self.value:.6f}",
            "floor": f"{self.floor:.6f}",
            "excess": f"{self.excess:.6f}",
            "divided by": f"{self.divisor:g} ({self.denominator})",
            "valid": f"{self.valid:,}",
        }
        head = "".join(f"<th>{name}</th>" for name in cells)
        row = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells.values())
        return f"<table><thead><tr>{head}</tr></thead><tbody><tr>{row}</tr></tbody></table>"
