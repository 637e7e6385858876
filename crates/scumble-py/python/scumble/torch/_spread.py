"""Masks, weights and labels as tensors that go with the logits."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def class_axis(asked: int | None, rank: int) -> int:
    """The class axis, by default 1, counted from the front."""
    axis = 1 if asked is None else asked
    if not -rank <= axis < rank:
        raise ValueError(f"the class axis is {axis}, but the logits have {rank} axes")
    return axis % rank


def spread(array: Tensor | None, like: Tensor, axis: int) -> Tensor | None:
    """A mask or weights with the rank of `like`: without a class axis, it gets one of length 1."""
    if array is None or array.ndim == like.ndim:
        return array
    while array.ndim + 1 < like.ndim:
        array = array.unsqueeze(0)
    return array.unsqueeze(axis)


def probabilities(labels: Tensor, dtype: torch.dtype) -> Tensor:
    """Labels in the logits' shape as floats: shares of 255 and 65535, or 0 and 1."""
    full = {torch.uint8: 255, torch.uint16: 65535}.get(labels.dtype, 1)
    labels = labels.to(dtype)
    return labels if full == 1 else labels / full


def kept(labels: Tensor, ignore: float | None) -> Tensor | None:
    """Where labels are not the value that stands for "ignore"; NaN is NaN."""
    if ignore is None:
        return None
    return ~torch.isnan(labels) if ignore != ignore else labels != ignore


def both(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    """What both keep."""
    return b if a is None else a if b is None else a & b


def cost(share: Tensor, against: Tensor, gamma: float = 0.0) -> Tensor:
    """What an answer that weighs `share` costs if the logit `against` speaks against it."""
    # An answer that nobody gave costs nothing, even where the logit rules it out.
    against = torch.where(share == 0, 0.0, against)
    each = -F.logsigmoid(-against)
    if gamma != 0:
        each = (gamma * F.logsigmoid(against)).exp() * each
    return share * each


def divided(total: Tensor, valid: Tensor, divisor: Tensor) -> Tensor:
    """The sum by what it is divided by; 0 where nothing counts."""
    empty = (valid == 0) | (divisor <= 0)
    return torch.where(empty, 0.0, total) / torch.where(empty, 1.0, divisor)
