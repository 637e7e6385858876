"""The compiled losses as one function of autograd's: value and gradient in one pass."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from scumble import _scumble


def takes(logits: Tensor) -> bool:
    """Whether the compiled losses can read these logits where they lie."""
    # Where PyTorch traces or transforms the program there are no numbers to read.
    traced = torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active()
    return logits.device.type == "cpu" and not traced


def taken(kind: str, logits: Tensor, targets: Tensor, options: _scumble._Options) -> Tensor:
    """The value, with its gradient by the logits if that may be asked for."""
    wanted = torch.is_grad_enabled() and logits.requires_grad
    value: Tensor = _Loss.apply(logits, targets, kind, options, wanted)
    return value


class _Loss(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, targets: Tensor, kind: str, options: _scumble._Options, wanted: bool
    ) -> Tensor:
        gradient = torch.empty_like(logits) if wanted else None
        memory = None if gradient is None else gradient.numpy()
        arrays = logits.detach().numpy(), targets.detach().numpy()
        value, *_, own, _ = _scumble.loss(kind, *arrays, {**options, "gradient": memory})
        if gradient is not None:
            ctx.save_for_backward(gradient if own is None else torch.from_numpy(own))
        return logits.new_tensor(value)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None, None, None, None]:
        if torch.is_grad_enabled():
            # To say nothing would make a constant of it.
            raise RuntimeError(
                "the gradient of this loss is differentiable once: leave out create_graph=True, or take torch.func.grad"
            )
        (gradient,) = ctx.saved_tensors
        # A loss that is minimised as it is has the slope 1, and needs no further pass.
        return gradient if slope.item() == 1 else gradient * slope, None, None, None, None
