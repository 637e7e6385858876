"""The losses of joint families in PyTorch's own operations, for tensors that are not the CPU's.

They are held against the compiled losses by tests. Targets are not looked at.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from scumble import _scumble
from scumble.torch._spread import both, divided, kept, probabilities, spread

# As many labels as have their 2^K sets written out.
MOST = 12


def loss(
    kind: str,
    parameters: Tensor,
    targets: Tensor,
    mask: Tensor | None,
    weight: Tensor | None,
    options: _scumble._Options,
) -> Tensor:
    """As the compiled loss of these options."""
    labels, ignore = options["labels"] or 0, options["ignore_value"]
    asked = options["class_axis"]
    axis = 1 if asked is None else asked % parameters.ndim
    pixels = parameters.shape[:axis] + parameters.shape[axis + 1 :]
    sets = targets.shape == pixels and not targets.is_floating_point()
    if sets:
        targets = targets.to(torch.int64)
        counts = kept(targets, ignore)
    else:
        counts = kept(targets, ignore)
        counts = None if counts is None else counts.all(axis)
        targets = probabilities(targets, parameters.dtype).movedim(axis, -1)
    # Masks and weights of the pixels, without a class axis.
    mask, weight = (
        None if given is None else given.squeeze(axis)
        for given in (spread(mask, parameters, axis), spread(weight, parameters, axis))
    )
    mask = both(mask, counts)
    valid = torch.ones(pixels, dtype=torch.bool, device=parameters.device)
    if mask is not None:
        valid = mask.bool().expand(pixels)
    own = torch.ones(pixels, dtype=parameters.dtype, device=parameters.device)
    if weight is not None:
        own = weight.to(parameters.dtype).expand(pixels)
    own = torch.where(valid, own, 0.0)
    # Times 0 is not enough: what does not count may be NaN.
    there = own != 0
    x = torch.where(there.unsqueeze(-1), parameters.movedim(axis, -1), 0.0)
    targets = torch.where(there if sets else there.unsqueeze(-1), targets, 0)
    total = (own * _cross_entropy(kind, x, targets, labels, sets)).sum()
    counted = valid.sum()
    divisor = {
        "valid": counted.to(total.dtype),
        "weights": own.sum(),
        "all": torch.full_like(total, valid.numel()),
        "batch": torch.full_like(total, 1 if axis == 0 else parameters.shape[0]),
        "none": torch.ones_like(total),
    }[options["denominator"]]
    return divided(total, counted, divisor)


def _cross_entropy(kind: str, x: Tensor, targets: Tensor, labels: int, sets: bool) -> Tensor:
    """Of each pixel: parameters [.., P] against sets, marginals [.., K] or distributions [.., 2^K]."""
    if not sets and targets.shape[-1] == labels:
        if kind == "independent":
            return F.binary_cross_entropy_with_logits(x, targets, reduction="none").sum(-1)
        if labels != 1:
            raise ValueError(f"marginals are not enough for {kind} of {labels} labels; give distributions or sets")
        targets = torch.cat([1 - targets, targets], -1)
    if labels > MOST:
        raise NotImplementedError(
            f"label sets of more than {MOST} labels are computed on the CPU alone; these tensors are on {x.device}"
        )
    log = _log_probabilities(kind, x, labels)
    if sets:
        return -log.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    # A set of probability 0 costs nothing, even where it is ruled out.
    return -torch.where(targets == 0, 0.0, targets * log).sum(-1)


def _log_probabilities(kind: str, x: Tensor, labels: int) -> Tensor:
    """ln q(y) of all 2^K sets y, [.., 2^K]; label i is bit i."""
    if kind == "powerset":
        return x.log_softmax(-1)
    numbers = torch.arange(2**labels, device=x.device)
    bits = (numbers[:, None] >> torch.arange(labels, device=x.device) & 1).to(x.dtype)
    pairs = [(i, j) for i in range(labels) for j in range(labels)]
    match kind:
        case "independent":
            return _product(x, bits)
        case "pairwise":
            together = [bits[:, i] * bits[:, j] for i, j in pairs if i < j]
            return (x @ torch.stack([*bits.T, *together])).log_softmax(-1)
        case "chain":
            links = iter(range(labels, x.shape[-1]))
            terms = []
            for i in range(labels):
                logit = x[..., i, None] + sum(x[..., next(links), None] * bits[:, j] for j in range(i))
                terms.append(F.logsigmoid((2 * bits[:, i] - 1) * logit))
            return torch.stack(terms).sum(0)
        case "mixture":
            components = x.shape[-1] // (labels + 1)
            shares = x[..., :components].log_softmax(-1)
            own = _product(x[..., components:].reshape(*x.shape[:-1], components, labels), bits)
            return (shares.unsqueeze(-1) + own).logsumexp(-2)
    raise ValueError(f"no joint family is called {kind}")


def _product(logits: Tensor, bits: Tensor) -> Tensor:
    """ln q of all sets of labels that know nothing of each other."""
    return F.logsigmoid(logits) @ bits.T + F.logsigmoid(-logits) @ (1 - bits).T
