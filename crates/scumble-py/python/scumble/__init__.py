"""Losses of soft labels: pixel classification whose labels are probabilities.

>>> import numpy as np
>>> import scumble
>>> logits = np.log([[[0.7 / 0.3, 1.0]]])  # [N, K, pixels]: one image, one class, two pixels
>>> loss = scumble.loss(logits, np.full((1, 1, 2), 0.7))
>>> print(loss)
0.652006 (floor 0.610864, excess 0.041141; 2 valid, divided by 2)

`scumble.torch` has the same losses for a training in PyTorch; nothing else imports it.
"""

from importlib.metadata import version as _version

from scumble import metrics
from scumble._judge import Judge
from scumble._losses import beta_binomial_loss, loss
from scumble._result import Loss
from scumble._scores import Scores

__all__ = ["Judge", "Loss", "Scores", "beta_binomial_loss", "loss", "metrics"]
__version__ = _version("scumble")
