#!/usr/bin/env python3
"""Writes crates/scumble/tests/fixtures/scores.json: what other programs give for the scores of small made-up pixels.

usage: scripts/golden_scores.py     (needs numpy, scikit-learn, torch, torchmetrics, netcal)

Made once with numpy 2, scikit-learn 1.9.1, torchmetrics 1.9.0 and netcal 1.4.0, seed 7; crates/scumble/tests/score_values.rs
holds scumble to it. Soft labels reach scikit-learn as two weighted rows for each pixel, w p of class 1 and w (1 - p) of
class 0. What no package has is written out in f64, one formula a line.
"""

import json
from pathlib import Path

import numpy as np
import torch
from netcal.metrics import ECE, MCE
from sklearn import metrics
from sklearn.calibration import calibration_curve
from torchmetrics.functional.classification import binary_calibration_error, multiclass_calibration_error

OUT = Path(__file__).resolve().parent.parent / "crates/scumble/tests/fixtures/scores.json"
rng = np.random.default_rng(7)


def predictions(n: int) -> np.ndarray:
    """Thousandths, with every multiple of 1/4, 1/10 and 1/15, as f32; no 0 and no 1."""
    edges = np.concatenate([np.arange(1, 4) / 4, np.arange(1, 10) / 10, np.arange(1, 15) / 15])
    q = np.concatenate([edges, rng.integers(1, 1000, n - len(edges)) / 1000])
    return rng.permutation(q).astype(np.float32)


def errors(q, y, bins) -> dict:
    """Calibration errors of hard labels in each program's own bins."""
    found = {}
    true, mean = calibration_curve(y, q, n_bins=bins)
    inner = np.linspace(0, 1, bins + 1)[1:-1]
    counts = np.bincount(np.searchsorted(inner, q), minlength=bins)
    share = counts[counts > 0] / len(q)
    found["sklearn"] = {
        "counts": counts.tolist(),
        "expected": float((share * abs(true - mean)).sum()),
        "root_mean_square": float(np.sqrt((share * (true - mean) ** 2).sum())),
        "maximum": float(abs(true - mean).max()),
    }
    norms = {"expected": "l1", "root_mean_square": "l2", "maximum": "max"}
    qt, yt = torch.tensor(q), torch.tensor(y)
    found["torchmetrics"] = {k: float(binary_calibration_error(qt, yt, bins, norm)) for k, norm in norms.items()}
    edges = torch.linspace(0, 1, bins + 1)
    counts = torch.bincount(torch.bucketize(qt, edges, right=True) - 1, minlength=bins + 1)
    found["torchmetrics"]["counts"] = counts.tolist()
    wide = q.astype(np.float64)
    found["netcal"] = {
        "counts": np.histogram(wide, np.linspace(0, 1, bins + 1))[0].tolist(),
        "expected": float(ECE(bins).measure(wide, y)),
        "maximum": float(MCE(bins).measure(wide, y)),
    }
    return found


def hard() -> dict:
    q = predictions(300)
    q[:2] = [0, 1]
    y = (rng.random(300) < q).astype(int)
    wide = q.astype(np.float64)
    return {
        "prediction": wide.tolist(),
        "label": y.tolist(),
        "log_loss": metrics.log_loss(y, wide),
        "brier": metrics.brier_score_loss(y, wide),
        "average_precision": metrics.average_precision_score(y, wide),
        "roc_auc": metrics.roc_auc_score(y, wide),
        "dice_at": metrics.f1_score(y, q >= 0.5),
        "iou_at": metrics.jaccard_score(y, q >= 0.5),
        "specificity_at": metrics.recall_score(1 - y, q < 0.5),
        "errors": [{"bins": bins, **errors(q, y, bins)} for bins in (4, 10, 15)],
    }


def soft() -> dict:
    q = predictions(300)
    p = (rng.integers(0, 6, 300) / 5).astype(np.float32)
    w = rng.integers(1, 4, 300).astype(np.float64)
    q_, p_ = q.astype(np.float64), p.astype(np.float64)
    rows = np.concatenate([np.ones(300, int), np.zeros(300, int)])
    q2, w2 = np.concatenate([q_, q_]), np.concatenate([w * p_, w * (1 - p_)])
    mean = lambda x: float((w * x).sum() / w.sum())
    top = np.maximum(q_, 1 - q_)
    found = {
        "prediction": q_.tolist(),
        "label": p_.tolist(),
        "weight": w.tolist(),
        "log_loss": metrics.log_loss(rows, q2, sample_weight=w2),
        "brier_of_rows": metrics.brier_score_loss(rows, q2, sample_weight=w2),
        "average_precision": metrics.average_precision_score(rows, q2, sample_weight=w2),
        "roc_auc": metrics.roc_auc_score(rows, q2, sample_weight=w2),
        "soft_dice_at": metrics.f1_score(rows, q2 >= 0.5, sample_weight=w2),
        "soft_precision_at": metrics.precision_score(rows, q2 >= 0.5, sample_weight=w2),
        "soft_recall_at": metrics.recall_score(rows, q2 >= 0.5, sample_weight=w2),
        "soft_specificity_at": metrics.recall_score(1 - rows, q2 < 0.5, sample_weight=w2),
        "dice_at": metrics.f1_score(p >= 0.5, q >= 0.5, sample_weight=w),
        "brier": mean((q_ - p_) ** 2),
        "label_variance": mean(p_ * (1 - p_)),
        "uncertainty": mean((p_ - mean(p_)) ** 2),
        "spherical": 1 - mean((p_ * q_ + (1 - p_) * (1 - q_)) / np.sqrt(q_**2 + (1 - q_) ** 2)),
        "spherical_excess": mean(np.sqrt(p_**2 + (1 - p_) ** 2))
        - mean((p_ * q_ + (1 - p_) * (1 - q_)) / np.sqrt(q_**2 + (1 - q_) ** 2)),
        "bias": mean(q_ - p_),
        "overconfidence": mean(top - np.where(q_ >= 0.5, p_, 1 - p_)),
    }
    # Ten bins of equal width: bin b is [b/10, (b+1)/10), by the nearest f32 of a tenth.
    bins = np.searchsorted(np.arange(1, 10) / 10, q_, side="right")
    parts = [(w[bins == b].sum(), q_[bins == b], p_[bins == b], w[bins == b]) for b in range(10)]
    total, centre = w.sum(), mean(p_)
    gaps = [(n, (v * (a - c)).sum() / n) for n, a, c, v in parts]
    found["calibration"] = sum(n * abs(g) for n, g in gaps) / total
    found["calibration_rms"] = (sum(n * g * g for n, g in gaps) / total) ** 0.5
    found["calibration_max"] = max(abs(g) for _, g in gaps)
    found["brier_reliability"] = sum(n * g * g for n, g in gaps) / total
    found["brier_resolution"] = sum(n * ((v * c).sum() / n - centre) ** 2 for n, _, c, v in parts) / total
    # Dice at .05, .15, ..., of label and prediction.
    dice = []
    for t in np.arange(10) / 10 + 0.05:
        a, b = p_ >= t, q_ >= t
        sizes = (w * a).sum() + (w * b).sum()
        dice.append(2 * (w * (a & b)).sum() / sizes if sizes > 0 else 1.0)
    found["qubiq"] = float(np.mean(dice))
    # Five bins of equal mass: equal predictions stay together, by the middle of their weight.
    groups = np.zeros((5, 2))
    before = 0.0
    for value in np.unique(q_):
        here = w[q_ == value].sum()
        group = min(int(5 * (before + here / 2) / total), 4)
        groups[group] += [here, (w * (q_ - p_))[q_ == value].sum()]
        before += here
    found["calibration_adaptive_5"] = float(abs(groups[:, 1]).sum() / total)
    return {key: value if isinstance(value, list) else float(value) for key, value in found.items()}


def multiclass() -> dict:
    q = rng.dirichlet([0.8, 1.0, 1.5], 300).astype(np.float32)
    p = rng.dirichlet([0.5, 0.5, 0.5], 300).astype(np.float32)
    p_, q_ = p.astype(np.float64), q.astype(np.float64)
    hard = np.array([rng.choice(3, p=row / row.sum()) for row in q_])
    qt, yt = torch.tensor(q), torch.tensor(hard)
    dot = (p_ * q_).sum(1) / np.sqrt((q_**2).sum(1))
    top = q_.argmax(1)
    return {
        "prediction": q_.T.tolist(),
        "label": p_.T.tolist(),
        "hard": hard.tolist(),
        "log_loss": float(-(p_ * np.log(q_)).sum(1).mean()),
        "brier": float(((p_ - q_) ** 2).sum(1).mean()),
        "spherical_excess": float((np.sqrt((p_**2).sum(1)) - dot).mean()),
        "overconfidence": float((q_.max(1) - p_[np.arange(300), top]).mean()),
        "hard_log_loss": metrics.log_loss(hard, q_),
        "hard_top_label": float(multiclass_calibration_error(qt, yt, 3, 15)),
    }


OUT.parent.mkdir(exist_ok=True)
OUT.write_text(json.dumps({"hard": hard(), "soft": soft(), "multiclass": multiclass()}, indent=None) + "\n")
print(OUT, OUT.stat().st_size, "bytes")
