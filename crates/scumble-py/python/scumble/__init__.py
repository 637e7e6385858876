"""Classifying pixels whose labels are probabilities.

`loss` is the loss alone; `check`, `fuse`, `train`, `predict`, `convert`, `evaluate`, `calibrate`, `compare` and `report` are the jobs
of the program, `Dataset` and `Model` the same with arrays.

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
from scumble._dataset import Dataset
from scumble._files import read
from scumble._jobs import (
    calibrate,
    check,
    compare,
    convert,
    evaluate,
    evaluate_part,
    export,
    fuse,
    merge_parts,
    predict,
    report,
    train,
)
from scumble._judge import Judge
from scumble._losses import beta_binomial_loss, loss
from scumble._model import Model
from scumble._progress import Progress
from scumble._result import Loss
from scumble._results import Calibration, CheckResult, Comparison, MapsResult, PartResult, Run
from scumble._scores import Scores

__all__ = [
    "Calibration",
    "CheckResult",
    "Comparison",
    "Dataset",
    "Judge",
    "Loss",
    "MapsResult",
    "Model",
    "PartResult",
    "Progress",
    "Run",
    "Scores",
    "beta_binomial_loss",
    "calibrate",
    "check",
    "compare",
    "convert",
    "evaluate",
    "evaluate_part",
    "export",
    "fuse",
    "loss",
    "merge_parts",
    "metrics",
    "predict",
    "read",
    "report",
    "train",
]
__version__ = _version("scumble")
