"""Made-up logits and labels, options of every loss, and derivatives by differences."""

from collections.abc import Callable
from typing import Any

import numpy as np


def logits(*shape: int, seed: int = 0) -> np.ndarray:
    return np.asarray(2 * np.random.default_rng(seed).standard_normal(shape))


def labels(*shape: int, exclusive: bool = False, seed: int = 7) -> np.ndarray:
    """Probabilities; of exclusive classes on axis 1."""
    given = np.asarray(np.random.default_rng(seed).uniform(0.02, 0.98, shape))
    return given / given.sum(1, keepdims=True) if exclusive else given


# Every kind, with options that change what is computed.
CLASSES: list[tuple[str, dict[str, Any]]] = [
    ("sigmoid", {}),
    ("sigmoid", {"class_weight": [1, 2, 0.5], "positive_weight": 3.0, "label_smoothing": 0.1}),
    ("sigmoid", {"positive_weight": [1, 2, 3], "denominator": "weights"}),
    ("softmax", {}),
    ("softmax", {"class_weight": [1, 2, 0.5], "label_smoothing": 0.1, "denominator": "weights"}),
    ("focal", {"gamma": 1.5}),
    ("focal", {"classes": "exclusive", "class_weight": [1, 2, 0.5]}),
    ("brier", {"positive_weight": 2.0, "denominator": "batch"}),
    ("brier", {"classes": "exclusive", "class_weight": [1, 2, 0.5], "denominator": "all"}),
    ("dice", {"smooth": 1.0, "class_weight": [1, 2, 0.5]}),
    ("dice", {"classes": "exclusive", "over": "batch", "denominator": "weights", "class_weight": [1, 2, 0.5]}),
    ("jaccard", {"over": "batch", "denominator": "none"}),
    ("jaccard", {"classes": "exclusive", "label_smoothing": 0.1}),
    ("tversky", {"alpha": 0.3, "beta": 0.7, "smooth": 0.5, "denominator": "all"}),
]

# Families of three labels, with how many parameters they have.
JOINT: list[tuple[str, int, dict[str, Any]]] = [
    ("independent", 3, {}),
    ("pairwise", 6, {}),
    ("mixture", 8, {"components": 2}),
    ("mixture", 12, {"denominator": "none"}),
    ("chain", 6, {}),
    ("powerset", 8, {}),
]


def differences(value: Callable[[np.ndarray], float], x: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """The derivative by each element, from both sides."""
    slopes = np.zeros_like(x)
    for at in np.ndindex(x.shape):
        there, back = x.copy(), x.copy()
        there[at] += step
        back[at] -= step
        slopes[at] = (value(there) - value(back)) / (2 * step)
    return slopes
