"""The losses of joint families in PyTorch's own operations, for tensors that are not the CPU's.

They are held against the compiled losses by tests. Targets are not looked at.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from scumble import _scumble
from scumble.torch._spread import both, class_axis, cost, divided, kept, probabilities, spread

# As many labels as have their 2^K sets written out.
MOST = 12

LAYOUTS = {
    "independent": "a logit a label",
    "pairwise": "K fields, then K(K-1)/2 couplings",
    "chain": "K biases, then K(K-1)/2 weights",
    "powerset": "a logit a label set, 2^K in all",
    "mixture": "M mixing logits, then M rows of K logits; M (K + 1) in all",
}


def expected(kind: str, labels: int, components: int) -> int:
    """How many parameters a pixel has."""
    match kind:
        case "independent":
            return labels
        case "pairwise" | "chain":
            return labels * (labels + 1) // 2
        case "powerset":
            return 1 << labels
        case "mixture":
            return components * (labels + 1)
    raise ValueError(f"no joint family is called {kind}; there are {', '.join(LAYOUTS)}")


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
    axis = class_axis(options["class_axis"], parameters.ndim)
    _check_parameters(kind, parameters.shape[axis], labels, options["components"])
    pixels = parameters.shape[:axis] + parameters.shape[axis + 1 :]
    sets = targets.shape == pixels and not targets.is_floating_point()
    if sets:
        if ignore is not None and (ignore % 1 != 0 or 0 <= ignore < 2**labels):
            raise ValueError(f"ignore_value is {ignore:g}; take a whole number that is no label set, such as -1")
        targets = targets.to(torch.int64)
        counts = kept(targets, ignore)
    else:
        if ignore is not None and 0 <= ignore <= 1:
            raise ValueError(
                f"the ignore value {ignore:g} is within 0..1, where it is a target; use a value outside, such as -1 or "
                "255, or a mask"
            )
        targets = probabilities(targets, parameters.dtype).movedim(axis, -1)
        counts = kept(targets, ignore)
        counts = None if counts is None else counts.all(-1)
    # Masks and weights of the pixels, without a class axis.
    mask, weight = (
        None if given is None else given.squeeze(axis)
        for given in (spread(mask, parameters, axis), spread(weight, parameters, axis))
    )
    mask = both(mask, counts)
    valid = torch.ones(pixels, dtype=torch.bool, device=parameters.device)
    if mask is not None:
        valid = mask.expand(pixels)
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


def _check_parameters(kind: str, found: int, labels: int, components: int | None) -> None:
    """Raises where the family has another number of parameters."""
    components = components or max(1, found // (labels + 1))
    if found != (wanted := expected(kind, labels, components)):
        family = f"{kind} of {labels} labels" + (f", {components} components" if kind == "mixture" else "")
        raise ValueError(f"{found} parameters a pixel, but the family ({family}) has {wanted}: {LAYOUTS[kind]}")


def _cross_entropy(kind: str, x: Tensor, targets: Tensor, labels: int, sets: bool) -> Tensor:
    """Of each pixel: parameters [.., P] against sets, marginals [.., K] or distributions [.., 2^K]."""
    if not sets and targets.shape[-1] == labels:
        if kind == "independent":
            return (cost(targets, -x) + cost(1 - targets, x)).sum(-1)
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
                logit = x[..., i, None] + sum(
                    torch.where(bits[:, j] == 1, x[..., next(links), None], 0.0) for j in range(i)
                )
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
    yes, no = F.logsigmoid(logits).unsqueeze(-2), F.logsigmoid(-logits).unsqueeze(-2)
    # No product of matrices: 0 times what rules a label out is NaN.
    terms = (torch.where(bits[:, i] == 1, yes[..., i], no[..., i]) for i in range(bits.shape[1]))
    return sum(terms, start=torch.zeros_like(yes[..., 0]))
