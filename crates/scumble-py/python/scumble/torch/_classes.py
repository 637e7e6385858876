"""The losses of classes in PyTorch's own operations, for tensors that are not the CPU's.

They are held against the compiled losses by tests. Targets are not looked at: to see whether they are probabilities, the
program would have to wait for the device.
"""

from __future__ import annotations

import torch
from torch import Tensor

from scumble import _scumble
from scumble.torch._spread import both, class_axis, cost, divided, kept, probabilities, spread

STEPS = (torch.uint8, torch.uint16)
OVERLAPS = ("dice", "jaccard", "tversky")


def loss(
    kind: str, logits: Tensor, targets: Tensor, mask: Tensor | None, weight: Tensor | None, options: _scumble._Options
) -> Tensor:
    """As the compiled loss of these options."""
    indices = targets.shape != logits.shape and not targets.is_floating_point()
    exclusive = kind == "softmax" or kind != "sigmoid" and options["classes"] == "exclusive"
    asked, ignore = options["class_axis"], options["ignore_value"]
    if asked is None and not exclusive and logits.ndim <= 1:
        asked, logits, targets = logits.ndim, logits.unsqueeze(-1), targets.unsqueeze(-1)
    axis = class_axis(asked, logits.ndim)
    _check_classes(logits.shape[axis], exclusive, options)
    if indices and exclusive:
        targets, counts = _of_indices(targets, logits, axis, ignore)
    else:
        if targets.shape != logits.shape:
            raise ValueError(
                f"the target array has shape {list(targets.shape)}, but the logits have {list(logits.shape)}"
            )
        if ignore is not None and targets.dtype in STEPS and kind in ("sigmoid", "softmax"):
            raise ValueError(
                "ignore value is nothing that targets in steps, each of which is a probability has; give a mask"
            )
        targets = probabilities(targets, logits.dtype)
        counts = kept(targets, ignore)
        if exclusive and counts is not None:
            counts = counts.all(axis, keepdim=True)
    mask = both(spread(mask, logits, axis), counts)
    labels = _Labels(logits, targets, mask, spread(weight, logits, axis), axis, exclusive, options)
    return labels.overlap(kind) if kind in OVERLAPS else labels.pointwise(kind)


def _check_classes(classes: int, exclusive: bool, options: _scumble._Options) -> None:
    """Raises where options do not fit so many classes."""
    if exclusive and classes < 2:
        raise ValueError(
            f"a softmax needs at least two classes, the class axis has {classes}; for one map use the sigmoid"
        )
    if (given := len(options["class_weight"])) not in (0, classes):
        raise ValueError(f"{given} class weights for {classes} classes")
    if (given := len(options["positive_weight"])) not in (0, 1, classes):
        raise ValueError(f"{given} positive weights for {classes} classes")


def _of_indices(indices: Tensor, logits: Tensor, axis: int, ignore: float | None) -> tuple[Tensor, Tensor | None]:
    """Class indices as probabilities, and where they are not ignored, with a class axis of 1."""
    if ignore is not None and ignore % 1 != 0:
        raise ValueError(f"ignore_value is {ignore:g}; class indices are whole numbers")
    if ignore is not None and 0 <= ignore < logits.shape[axis]:
        raise ValueError(
            f"the ignore value {ignore:g} is the index of a class; use one that no class has, such as -1 or 255"
        )
    indices = indices.to(torch.int64)
    if indices.ndim < logits.ndim:
        indices = indices.unsqueeze(axis)
    counts = kept(indices, ignore)
    if counts is not None:
        indices = torch.where(counts, indices, 0)
    return torch.zeros_like(logits).scatter(axis, indices, 1.0), counts


class _Labels:
    """Logits, labels and what they weigh, with what does not count out of the way."""

    def __init__(
        self,
        logits: Tensor,
        targets: Tensor,
        mask: Tensor | None,
        weight: Tensor | None,
        axis: int,
        exclusive: bool,
        options: _scumble._Options,
    ) -> None:
        self.axis, self.exclusive, self.options = axis, exclusive, options
        self.images = 1 if axis == 0 else logits.shape[0]
        terms = list(logits.shape)
        if exclusive:
            terms[axis] = 1
        self.counts = torch.ones(terms, dtype=torch.bool, device=logits.device)
        if mask is not None:
            self.counts = mask.expand(terms)
        own = torch.ones(terms, dtype=logits.dtype, device=logits.device)
        if weight is not None:
            own = weight.to(logits.dtype).expand(terms)
        # Times 0 is not enough: what does not count may be NaN.
        self.weight = torch.where(self.counts, own, 0.0)
        self.class_weight = self._by_class(options["class_weight"], logits)
        there = self.weight != 0
        self.logits, self.targets = torch.where(there, logits, 0.0), torch.where(there, targets, 0.0)

    def _by_class(self, weights: list[float], like: Tensor) -> Tensor:
        """One number for all classes, or one for each, along the class axis."""
        shape = [1] * like.ndim
        shape[self.axis] = -1
        return torch.tensor(weights or [1.0], dtype=like.dtype, device=like.device).reshape(shape)

    def _smoothed(self, targets: Tensor) -> Tensor:
        share = self.options["label_smoothing"]
        even = 1 / self.logits.shape[self.axis] if self.exclusive else 0.5
        return targets if share == 0 else (1 - share) * targets + share * even

    def _sides(self, targets: Tensor) -> tuple[Tensor, Tensor]:
        """What a label's "yes" weighs, and its "no"."""
        positive = self._by_class(self.options["positive_weight"], targets)
        return positive * targets, 1 - targets

    def pointwise(self, kind: str) -> Tensor:
        """Cross entropies, focal losses and Brier scores: sums over elements or pixels."""
        logits, targets = self.logits, self.targets
        if not self.exclusive:
            # A class of weight 0 adds nothing, whatever it is.
            there = self.class_weight != 0
            logits, targets = torch.where(there, logits, 0.0), torch.where(there, targets, 0.0)
        smoothed = self._smoothed(targets)
        gamma = 2.0 if self.options["gamma"] is None else self.options["gamma"]
        if self.exclusive:
            terms = _exclusive(kind, logits, self.class_weight * smoothed, self.axis, gamma)
            mass = (self.class_weight * targets).sum(self.axis, keepdim=True)
            total = (self.weight * terms).sum()
        else:
            yes, no = self._sides(smoothed)
            terms = _independent(kind, logits, yes, no, gamma)
            mass = self.class_weight * sum(self._sides(targets))
            total = (self.weight * self.class_weight * terms).sum()
        valid = self.counts.sum()
        return divided(total, valid, self._divisor(valid, self.counts.numel(), (self.weight * mass).sum()))

    def overlap(self, kind: str) -> Tensor:
        """Dice, Jaccard, Tversky: one number for each class, of each image or of all."""
        t, weight, options = self._smoothed(self.targets), self.weight, self.options
        p = self.logits.softmax(self.axis) if self.exclusive else self.logits.sigmoid()
        by_image = options["over"] != "batch" and self.axis != 0
        apart = {self.axis, 0} if by_image else {self.axis}
        pixels = [axis for axis in range(t.ndim) if axis not in apart]

        def over_pixels(each: Tensor) -> Tensor:
            return each.sum(pixels) if pixels else each

        common = over_pixels(weight * torch.minimum(p, t))
        beyond, missed = (over_pixels(weight * torch.maximum(d, torch.zeros_like(d))) for d in (p - t, t - p))
        alpha, beta, smooth = _tversky(kind, options)
        wrong = alpha * beyond + beta * missed
        every = common + wrong + smooth
        # Nothing said of nothing is right.
        terms = torch.where(every == 0, 0.0, wrong) / torch.where(every == 0, 1.0, every)
        counted = over_pixels((weight != 0).to(t.dtype).expand_as(t)) > 0
        # The class axis is the last one left.
        weights = torch.where(counted, self.class_weight.flatten(), 0.0)
        valid = counted.sum()
        return divided((weights * terms).sum(), valid, self._divisor(valid, terms.numel(), weights.sum()))

    def _divisor(self, valid: Tensor, every: int, weights: Tensor) -> Tensor:
        match self.options["denominator"]:
            case "valid":
                return valid.to(weights.dtype)
            case "weights":
                return weights.detach()
            case other:
                return torch.full_like(weights, {"all": every, "batch": self.images, "none": 1}[other])


def _independent(kind: str, logits: Tensor, yes: Tensor, no: Tensor, gamma: float) -> Tensor:
    """Of each class by itself, whose presence weighs `yes` and whose absence `no`."""
    if kind == "brier":
        both = yes + no
        return both * (logits.sigmoid() - yes / torch.where(both == 0, 1.0, both)) ** 2
    gamma = gamma if kind == "focal" else 0.0
    return cost(yes, -logits, gamma) + cost(no, logits, gamma)


def _exclusive(kind: str, logits: Tensor, mass: Tensor, axis: int, gamma: float) -> Tensor:
    """Of all classes together, of which each weighs `mass`."""
    log = logits.log_softmax(axis)
    if kind == "brier":
        every = mass.sum(axis, keepdim=True)
        return every * ((log.exp() - mass / torch.where(every == 0, 1.0, every)) ** 2).sum(axis, keepdim=True)
    # What nobody said costs nothing, even where it is ruled out.
    log = torch.where(mass == 0, 0.0, log)
    if kind == "focal":
        # At 0 a root has no slope.
        log = (1 - log.exp()).clamp_min(torch.finfo(log.dtype).tiny) ** gamma * log
    return -(mass * log).sum(axis, keepdim=True)


def _tversky(kind: str, options: _scumble._Options) -> tuple[float, float, float]:
    """Dice and Jaccard as choices of alpha, beta and smooth."""
    smooth = options["smooth"] or 0.0
    match kind:
        case "dice":
            return 0.5, 0.5, 0.5 * smooth
        case "jaccard":
            return 1.0, 1.0, smooth
    alpha, beta = options["alpha"], options["beta"]
    return 0.5 if alpha is None else alpha, 0.5 if beta is None else beta, smooth
