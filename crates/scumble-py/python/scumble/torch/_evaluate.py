"""The scores of a model over a loader, in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from scumble._judge import Judge, LabelKind
from scumble._scores import Scores

# What a batch is read into: images, and what Judge.update is told of each.
Read = Callable[[Any], tuple[Any, Mapping[str, Any]]]


def evaluate(
    model: nn.Module,
    loader: Iterable[Any],
    kind: LabelKind = "binary",
    classes: int | Sequence[str] | None = None,
    *,
    read: Read | None = None,
    activation: Callable[[Any], Tensor] | None = None,
    device: torch.device | str | None = None,
    **options: Any,
) -> Scores:
    """Judges what a model predicts of every image of a loader, as `scumble.Judge` does.

    The model is in evaluation mode meanwhile, without gradients; afterwards each of its modules is in the mode that it was in.

    Parameters
    ----------
    model : Module
        Images to logits, [N, K, H, W]; of binary labels [N, H, W], too.
    loader : iterable
        Batches, such as those of a ``DataLoader``.
    kind, classes
        As of `scumble.Judge`.
    read : callable, optional
        A batch to its images and a dict of what `scumble.Judge.update` is told of them by keyword (`labels`, `raters`, `mask`,
        `weight`, `name`, `group`), each with an element an image; raters also as a dict of batches by name. By default a batch
        is (images, labels) or (images, labels, mask).
    activation : callable, optional
        What the model returns to probabilities. By default the sigmoid of logits, of exclusive classes the softmax over axis 1,
        in float32 at least.
    device : optional
        Where images are brought; by default where the model's first parameter lies.
    **options
        Settings of `scumble.Judge`: `threshold`, `bins`, `binning`, `by_raters`, ..

    Returns
    -------
    Scores

    Raises
    ------
    ValueError, TypeError
        As of `scumble.Judge.update`; parts of a batch with different numbers of images.

    Examples
    --------
    >>> import torch
    >>> from scumble.torch import evaluate
    >>> network = torch.nn.Conv2d(3, 1, 3, padding=1)
    >>> batches = [(torch.randn(2, 3, 8, 8), torch.rand(2, 1, 8, 8)) for _ in range(3)]
    >>> scores = evaluate(network, batches, "binary", ["water"], bins=10)
    >>> len(scores.images), scores.pixels, network.training
    (6, 384, True)
    """
    judge = Judge(kind, classes, **options)
    read = _read if read is None else read
    if activation is None:
        activation = _softmax if kind == "multiclass" else _sigmoid
    if device is None:
        first = next(model.parameters(), None)
        device = None if first is None else first.device
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        # Not inference mode: a data set may keep what it makes here, and train with it later.
        with torch.no_grad():
            for batch in loader:
                images, told = read(batch)
                images = images.to(device) if isinstance(images, Tensor) else images
                probabilities = _array(activation(model(images)))
                for prediction, of_image in zip(probabilities, _each(told, len(probabilities)), strict=True):
                    judge.update(prediction, **of_image)
    finally:
        for module, training in modes:
            module.training = training
    return judge.compute()


def _read(batch: Any) -> tuple[Any, Mapping[str, Any]]:
    """The usual batch."""
    if not isinstance(batch, tuple | list) or len(batch) not in (2, 3):
        raise TypeError("a batch is (images, labels) or (images, labels, mask); give read, which takes others apart")
    images, *told = batch
    return images, dict(zip(("labels", "mask"), told, strict=False))


def _sigmoid(logits: Tensor) -> Tensor:
    return _wide(logits).sigmoid()


def _softmax(logits: Tensor) -> Tensor:
    return _wide(logits).softmax(1)


def _wide(logits: Tensor) -> Tensor:
    return logits if logits.dtype == torch.float64 else logits.float()


def _each(told: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    """What is told of each image of a batch."""
    parts = {key: _parts(key, values, count) for key, values in told.items() if values is not None}
    return [{key: values[at] for key, values in parts.items()} for at in range(count)]


def _parts(key: str, values: Any, count: int) -> list[Any]:
    if key == "raters" and isinstance(values, Mapping):
        by_name = {rater: _parts(f"rater {rater}", masks, count) for rater, masks in values.items()}
        return [{rater: masks[at] for rater, masks in by_name.items()} for at in range(count)]
    parts = list(values)
    if len(parts) != count:
        raise ValueError(f"{key}: {len(parts)} for a batch of {count} images")
    # A label and a mask of one channel are planes to the judge.
    return [_plane(part) if key in ("mask", "weight") else _array(part) for part in parts]


def _array(part: Any) -> Any:
    """A tensor as NumPy has it; whatever else as it is."""
    if not isinstance(part, Tensor):
        return part
    part = part.detach().cpu()
    return (part.float() if part.dtype == torch.bfloat16 else part).numpy()


def _plane(part: Any) -> Any:
    array = np.asarray(_array(part))
    return array[0] if array.ndim == 3 and len(array) == 1 else array
