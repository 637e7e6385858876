"""Losses as modules."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from scumble import _scumble
from scumble._losses import _PLAIN, Classes, Denominator, Extent, _weights
from scumble.torch import _classes, _joint
from scumble.torch._function import taken, takes

Family = Literal["independent", "pairwise", "mixture", "chain", "powerset"]


class _Loss(nn.Module):
    """A loss of this kind, whose options are the compiled losses'."""

    def __init__(self, kind: str, **options: Any) -> None:
        super().__init__()
        for name in ("class_weight", "positive_weight"):
            options[name] = _weights(options.pop(name, ()))
        self.kind = kind
        # Nothing needs the floor, and a training meets what is not finite by itself.
        self.options: _scumble._Options = {**_PLAIN, "floor": False, "finite": False, **options}  # type: ignore[typeddict-item]
        _check(kind, self.options)
        # For tests: whether the CPU's tensors are computed by the compiled losses.
        self._compiled = True

    def forward(
        self, logits: Tensor, targets: Tensor, mask: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        """The loss, with its gradient by the logits.

        Parameters
        ----------
        logits : Tensor
            As of `scumble.loss`. Half precision is computed as float32.
        targets : Tensor
            As of `scumble.loss`: probabilities, or integers. They get no gradient.
        mask, weight : Tensor, optional
            As of `scumble.loss`: which pixels count, and what they weigh.

        Returns
        -------
        Tensor
            A number, in the logits' precision (float32 of half precision).
        """
        for name, tensor in (("targets", targets), ("weights", weight)):
            if tensor is not None and tensor.requires_grad:
                raise ValueError(f"{name} get no gradient: detach them")
        if mask is not None:
            if mask.is_floating_point() or mask.is_complex():
                raise TypeError(f"a mask is bool or integers; this tensor has {mask.dtype}")
            mask = mask.bool()
        if not logits.is_floating_point():
            raise TypeError(f"logits are floats; this tensor has {logits.dtype}")
        with _in_full_precision(logits.device.type):
            logits = logits.double() if logits.dtype == torch.float64 else logits.float()
            if targets.is_floating_point():
                targets = targets.to(logits.dtype)
            if self._compiled and takes(logits):
                return self._compiled_loss(logits, targets, mask, weight)
            of = _joint.loss if self.options["labels"] is not None else _classes.loss
            return of(self.kind, logits, targets, mask, weight, self.options)

    def _compiled_loss(
        self, logits: Tensor, targets: Tensor, mask: Tensor | None, weight: Tensor | None
    ) -> Tensor:
        options = self.options.copy()
        if targets.dtype not in (logits.dtype, torch.uint8, torch.uint16, torch.int64):
            targets = targets.to(torch.int64)
        if mask is not None:
            options["mask"] = mask.numpy()
        if weight is not None:
            options["weight"] = weight.to(logits.dtype).numpy()
        return taken(self.kind, logits.contiguous(), targets, options)

    def extra_repr(self) -> str:
        chosen = {name: value for name, value in self.options.items() if value != _PLAIN[name]}  # type: ignore[literal-required]
        return ", ".join(f"{name}={value!r}" for name, value in chosen.items() if name not in ("floor", "finite"))


def _check(kind: str, options: _scumble._Options) -> None:
    """Raises what the compiled losses have against the options, whatever they are given."""
    labels, components = options["labels"], options["components"]
    if labels is None:
        classes = len(options["class_weight"]) or max(2, len(options["positive_weight"]))
        _scumble.loss(kind, np.zeros((1, classes)), np.eye(1, classes), {**options, "class_axis": None})
    else:
        parameters = _joint.expected(kind, labels, 1 if components is None else components)
        # What may stand for "ignore" depends on the targets.
        own: _scumble._Options = {**options, "class_axis": None, "ignore_value": None}
        _scumble.loss(kind, np.zeros((0, parameters)), np.zeros(0, dtype=np.int64), own)


def _checked(classes: Classes) -> Classes:
    if classes not in ("independent", "exclusive"):
        raise ValueError(f"classes are 'independent' or 'exclusive', not {classes!r}")
    return classes


def _in_full_precision(device: str) -> AbstractContextManager[Any]:
    """Whatever autocast would have: losses are not computed in half precision."""
    if torch.amp.is_autocast_available(device):
        return torch.autocast(device, enabled=False)
    return nullcontext()


class SoftCrossEntropy(_Loss):
    """Cross entropy with soft targets: of sigmoids, or of a softmax.

    Parameters
    ----------
    classes : {"independent", "exclusive"}
        Each class a question of its own, predicted by a sigmoid (binary, multilabel), or classes of which one holds,
        predicted by a softmax.
    class_axis, denominator, ignore_value, class_weight, positive_weight, label_smoothing, unchecked
        As of `scumble.loss`.

    Examples
    --------
    >>> import torch
    >>> from scumble.torch import SoftCrossEntropy
    >>> logits, targets = torch.randn(2, 3, 8, 8), torch.rand(2, 3, 8, 8)
    >>> ours, theirs = SoftCrossEntropy(), torch.nn.BCEWithLogitsLoss()
    >>> torch.allclose(ours(logits, targets), theirs(logits, targets))
    True
    >>> targets = targets.softmax(1)
    >>> ours, theirs = SoftCrossEntropy("exclusive"), torch.nn.CrossEntropyLoss()
    >>> torch.allclose(ours(logits, targets), theirs(logits, targets))
    True
    """

    def __init__(
        self,
        classes: Classes = "independent",
        *,
        class_axis: int | None = None,
        denominator: Denominator = "valid",
        ignore_value: float | None = None,
        class_weight: Sequence[float] = (),
        positive_weight: float | Sequence[float] = (),
        label_smoothing: float = 0.0,
        unchecked: bool = False,
    ) -> None:
        super().__init__(
            {"independent": "sigmoid", "exclusive": "softmax"}[_checked(classes)],
            class_axis=class_axis,
            denominator=denominator,
            ignore_value=ignore_value,
            class_weight=class_weight,
            positive_weight=positive_weight,
            label_smoothing=label_smoothing,
            unchecked=unchecked,
        )


class _OfEither(_Loss):
    """A loss of independent or exclusive classes."""

    def __init__(self, kind: str, classes: Classes, **options: Any) -> None:
        super().__init__(kind, classes=_checked(classes), **options)


class BrierLoss(_OfEither):
    """Squared error of probabilities (Brier 1950): proper, least at the label itself.

    Parameters
    ----------
    classes : {"independent", "exclusive"}
        By sigmoids, or by a softmax.
    class_axis, denominator, ignore_value, class_weight, positive_weight, label_smoothing, unchecked
        As of `scumble.loss`.

    Examples
    --------
    >>> import torch
    >>> from scumble.torch import BrierLoss
    >>> BrierLoss()(torch.zeros(1, 1, 2), torch.tensor([[[0.75, 0.25]]]))
    tensor(0.0625)
    """

    def __init__(
        self,
        classes: Classes = "independent",
        *,
        class_axis: int | None = None,
        denominator: Denominator = "valid",
        ignore_value: float | None = None,
        class_weight: Sequence[float] = (),
        positive_weight: float | Sequence[float] = (),
        label_smoothing: float = 0.0,
        unchecked: bool = False,
    ) -> None:
        super().__init__(
            "brier",
            classes,
            class_axis=class_axis,
            denominator=denominator,
            ignore_value=ignore_value,
            class_weight=class_weight,
            positive_weight=positive_weight,
            label_smoothing=label_smoothing,
            unchecked=unchecked,
        )


class FocalLoss(_OfEither):
    """Focal loss (Lin et al. 2017), linear in the soft label.

    Parameters
    ----------
    gamma : float
        How little well predicted pixels count; 0 is the cross entropy.
    classes : {"independent", "exclusive"}
        By sigmoids, or by a softmax.
    class_axis, denominator, ignore_value, class_weight, positive_weight, label_smoothing, unchecked
        As of `scumble.loss`.

    Examples
    --------
    >>> import torch
    >>> from scumble.torch import FocalLoss
    >>> FocalLoss(gamma=2)(torch.zeros(1, 1, 1), torch.ones(1, 1, 1))
    tensor(0.1733)
    """

    def __init__(
        self,
        gamma: float = 2.0,
        classes: Classes = "independent",
        *,
        class_axis: int | None = None,
        denominator: Denominator = "valid",
        ignore_value: float | None = None,
        class_weight: Sequence[float] = (),
        positive_weight: float | Sequence[float] = (),
        label_smoothing: float = 0.0,
        unchecked: bool = False,
    ) -> None:
        super().__init__(
            "focal",
            classes,
            gamma=float(gamma),
            class_axis=class_axis,
            denominator=denominator,
            ignore_value=ignore_value,
            class_weight=class_weight,
            positive_weight=positive_weight,
            label_smoothing=label_smoothing,
            unchecked=unchecked,
        )


class SoftTversky(_OfEither):
    """1 - soft Tversky index, in the form that is 0 at the label itself.

    Parameters
    ----------
    alpha, beta : float
        What is predicted beyond the label, and what is missed, weigh.
    classes : {"independent", "exclusive"}
        By sigmoids, or by a softmax.
    smooth : float
        Added to numerator and denominator.
    over : {"image", "batch"}
        Each image by itself, or all together.
    class_axis, denominator, ignore_value, class_weight, label_smoothing, unchecked
        As of `scumble.loss`.

    Examples
    --------
    >>> import torch
    >>> from scumble.torch import SoftTversky
    >>> labels = torch.tensor([[[0.8, 0.3, 0.5]]])
    >>> SoftTversky()(labels.logit(), labels) < 1e-6
    tensor(True)
    """

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        classes: Classes = "independent",
        *,
        smooth: float = 0.0,
        over: Extent = "image",
        class_axis: int | None = None,
        denominator: Denominator = "valid",
        ignore_value: float | None = None,
        class_weight: Sequence[float] = (),
        label_smoothing: float = 0.0,
        unchecked: bool = False,
    ) -> None:
        super().__init__(
            "tversky",
            classes,
            alpha=float(alpha),
            beta=float(beta),
            smooth=float(smooth),
            over=over,
            class_axis=class_axis,
            denominator=denominator,
            ignore_value=ignore_value,
            class_weight=class_weight,
            label_smoothing=label_smoothing,
            unchecked=unchecked,
        )


class _Overlap(_OfEither):
    """Dice or Jaccard."""

    _KIND = ""

    def __init__(
        self,
        classes: Classes = "independent",
        *,
        smooth: float = 0.0,
        over: Extent = "image",
        class_axis: int | None = None,
        denominator: Denominator = "valid",
        ignore_value: float | None = None,
        class_weight: Sequence[float] = (),
        label_smoothing: float = 0.0,
        unchecked: bool = False,
    ) -> None:
        super().__init__(
            self._KIND,
            classes,
            smooth=float(smooth),
            over=over,
            class_axis=class_axis,
            denominator=denominator,
            ignore_value=ignore_value,
            class_weight=class_weight,
            label_smoothing=label_smoothing,
            unchecked=unchecked,
        )


class SoftDice(_Overlap):
    """1 - soft Dice, in the form that is 0 at the label itself.

    Parameters
    ----------
    classes, smooth, over, class_axis, denominator, ignore_value, class_weight, label_smoothing, unchecked
        As of `SoftTversky`.

    Examples
    --------
    >>> import torch
    >>> from scumble.torch import SoftDice
    >>> SoftDice()(torch.zeros(1, 1, 2), torch.tensor([[[1.0, 0.0]]]))
    tensor(0.5000)
    """

    _KIND = "dice"


class SoftJaccard(_Overlap):
    """1 - soft Jaccard (IoU), in the form that is 0 at the label itself (Wang et al. 2023).

    Parameters
    ----------
    classes, smooth, over, class_axis, denominator, ignore_value, class_weight, label_smoothing, unchecked
        As of `SoftTversky`.

    Examples
    --------
    >>> import torch
    >>> from scumble.torch import SoftJaccard
    >>> SoftJaccard()(torch.zeros(1, 1, 2), torch.tensor([[[1.0, 0.0]]]))
    tensor(0.6667)
    """

    _KIND = "jaccard"


class JointLoss(_Loss):
    """Cross entropy of distributions over the sets of labels that a pixel may carry.

    Parameters
    ----------
    kind : {"independent", "pairwise", "mixture", "chain", "powerset"}
        The family.
    labels : int
        How many labels a pixel may carry.
    components : int, optional
        Of a mixture; by default as many as there are parameters for.
    class_axis, denominator, ignore_value, unchecked
        As of `scumble.loss`.

    Notes
    -----
    The network gives the family's parameters; targets are integers (the set of each pixel, bit i is label i),
    distributions over the 2^K sets, or the K labels where that is enough. Sets of more than 12 labels are computed on the
    CPU alone.

    Examples
    --------
    >>> import torch
    >>> from scumble.torch import JointLoss
    >>> parameters = torch.tensor([[[-20.0], [-20.0], [40.0]]])  # two labels, both or none
    >>> both_or_none = torch.tensor([[[0.5], [0.0], [0.0], [0.5]]])
    >>> JointLoss("pairwise", labels=2)(parameters, both_or_none)
    tensor(0.6931)
    """

    def __init__(
        self,
        kind: Family,
        labels: int,
        components: int | None = None,
        *,
        class_axis: int | None = None,
        denominator: Denominator = "valid",
        ignore_value: float | None = None,
        unchecked: bool = False,
    ) -> None:
        super().__init__(
            kind,
            labels=labels,
            components=components,
            class_axis=class_axis,
            denominator=denominator,
            ignore_value=ignore_value,
            unchecked=unchecked,
        )
