"""The losses as modules for a training in PyTorch.

>>> import torch
>>> from scumble.torch import SoftCrossEntropy
>>> criterion = SoftCrossEntropy()
>>> logits = torch.zeros(1, 1, 2, requires_grad=True)  # [N, K, pixels]
>>> criterion(logits, torch.tensor([[[0.7, 0.7]]])).backward()
>>> logits.grad
tensor([[[-0.1000, -0.1000]]])

On the CPU value and gradient come from one pass of the compiled losses. Elsewhere, and where PyTorch compiles or transforms
the program, the same formulas are expressed in PyTorch's own operations: no tensor is copied to the CPU.
"""

from scumble.torch._evaluate import evaluate
from scumble.torch._modules import (
    BrierLoss,
    FocalLoss,
    JointLoss,
    SoftCrossEntropy,
    SoftDice,
    SoftJaccard,
    SoftTversky,
)

__all__ = [
    "BrierLoss",
    "FocalLoss",
    "JointLoss",
    "SoftCrossEntropy",
    "SoftDice",
    "SoftJaccard",
    "SoftTversky",
    "evaluate",
]
