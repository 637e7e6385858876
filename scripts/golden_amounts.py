#!/usr/bin/env python3
"""Writes crates/scumble/tests/fixtures/amounts.json: amounts, uncertainty and calibration against raters of small made-up images.

usage: scripts/golden_amounts.py     (needs numpy and scipy)

Made once with numpy 2.4 and scipy 1.17, seed 11; crates/scumble/tests/amount_values.rs holds scumble to it. Scores are
written out in f64, integrals are taken numerically. `curvas` is the form of CURVAS' own program: the normal distribution as a
table between its 1st and 99th percentile, integrated from -3 to 3 standard deviations.
"""

import json
from pathlib import Path

import numpy as np
from scipy.integrate import quad
from scipy.interpolate import interp1d
from scipy.stats import entropy, norm, pearsonr

OUT = Path(__file__).resolve().parent.parent / "crates/scumble/tests/fixtures/amounts.json"
rng = np.random.default_rng(11)
PIXELS, RATERS = 120, 4


def crps(amounts: np.ndarray, v: float) -> dict:
    edges = np.sort(np.append(amounts, v))
    share = lambda x: (amounts <= x).mean()
    middles = (edges[1:] + edges[:-1]) / 2
    exact = sum((share(x) - (x >= v)) ** 2 * (b - a) for x, a, b in zip(middles, edges[:-1], edges[1:]))
    mean, deviation = amounts.mean(), amounts.std()
    normal = norm(mean, deviation)
    square = lambda x: (normal.cdf(x) - (x >= v)) ** 2
    whole = quad(square, mean - 12 * deviation, v, limit=200)[0] + quad(square, v, mean + 12 * deviation, limit=200)[0]
    x = np.linspace(normal.ppf(0.01), normal.ppf(0.99), 100)
    table = interp1d(x, normal.cdf(x), bounds_error=False, fill_value=(0, 1))
    theirs = lambda x: (table(x) - 0.5 * (np.sign(x - v) + 1)) ** 2
    ends = mean - 3 * deviation, mean + 3 * deviation
    parts = sorted({*ends, min(max(v, ends[0]), ends[1])})
    curvas = sum(quad(theirs, a, b, limit=500)[0] for a, b in zip(parts[:-1], parts[1:]))
    return {"crps": exact, "crps_gaussian": whole, "curvas": curvas, "deviation": deviation}


def levels(p: np.ndarray, q: np.ndarray) -> float:
    dice = []
    for t in np.linspace(0.1, 0.8, 6):
        a, b = p > t, q > t
        dice.append(2 * (a & b).sum() / (a.sum() + b.sum()) if (a | b).any() else 1.0)
    return float(np.mean(dice))


def aurc(confidence: np.ndarray, risk: np.ndarray, parts: int) -> tuple[float, float]:
    """The mean of running means, each decision split into parts, and the same of the best order; ties have their mean."""

    def area(order_by, risk):
        tied = {value: risk[order_by == value].mean() for value in np.unique(order_by)}
        even = np.array([tied[value] for value in order_by])[np.argsort(-order_by, kind="stable")]
        even = np.repeat(even, parts)
        return (np.cumsum(even) / np.arange(1, len(even) + 1)).mean()

    return area(confidence, risk), area(-risk, risk)


def ece(q: np.ndarray, y: np.ndarray, bins: int = 15) -> float:
    place = np.minimum((q * bins).astype(int), bins - 1)
    gaps = [abs((q[place == b] - y[place == b]).sum()) for b in range(bins)]
    return float(sum(gaps) / len(q))


def image(classes: int) -> dict:
    """One class, or several exclusive ones. Predictions are 64ths, so that steps of confidence are ties."""
    if classes == 1:
        q = (rng.integers(0, 65, (1, PIXELS)) / 64).clip(0, 1)
        marks = (rng.random((RATERS, PIXELS)) < 0.15 + 0.7 * q[0]).astype(int)
        on = [marks[:, None, :] == 1]
        both = np.stack([1 - q[0], q[0]])
    else:
        cuts = np.sort(rng.integers(0, 65, (classes - 1, PIXELS)), axis=0)
        q = np.diff(np.vstack([np.zeros((1, PIXELS)), cuts, np.full((1, PIXELS), 64)]), axis=0) / 64
        marks = np.array([[rng.choice(classes, p=0.8 * q[:, i] + 0.2 / classes) for i in range(PIXELS)] for _ in range(RATERS)])
        both = q
    on = np.stack([marks == k for k in range(classes)], axis=1) if classes > 1 else (marks == 1)[:, None, :]
    s = on.mean(0)
    all_s = np.stack([1 - s[0], s[0]]) if classes == 1 else s
    # Of equal classes the first; of equal sides yes.
    decided = np.where(q[0] >= 0.5, 1, 0) if classes == 1 else q.argmax(0)
    at = np.arange(PIXELS)
    confidence, risk = both[decided, at], 1 - all_s[decided, at]
    area, best = aurc(confidence, risk, 400)
    agree = (marks == marks[0]).all(0)
    brier = ((q - s) ** 2).sum(0)
    return {
        "prediction": q.tolist(),
        "marks": marks.tolist(),
        "amounts": [{"predicted": float(q[k].sum()), **crps(on[:, k].sum(1).astype(float), q[k].sum())} for k in range(classes)],
        "curvas_dice": [levels(s[k], q[k]) for k in range(classes)],
        "entropy_correlation": float(pearsonr(entropy(both, axis=0), entropy(all_s, axis=0))[0]),
        "risk": float(risk.mean()),
        "confidence": float(confidence.mean()),
        "aurc": float(area),
        "excess_aurc": float(area - best),
        "rater_calibration": float(np.mean([[ece(q[k], on[r, k]) for k in range(classes)] for r in range(RATERS)])),
        "rater_top_label_calibration": float(np.mean([ece(confidence, (marks[r] == decided).astype(float)) for r in range(RATERS)])),
        "consensus_brier": float(brier[agree].mean()),
        "dissensus_brier": float(brier[~agree].mean()),
        "dissensus_share": float((~agree).mean()),
    }


def images() -> dict:
    confidence, risk = rng.random(9).round(1), rng.random(9)
    area, best = aurc(confidence, risk, 1)
    return {"confidence": confidence.tolist(), "risk": risk.tolist(), "aurc": float(area), "excess_aurc": float(area - best)}


OUT.write_text(json.dumps({"binary": image(1), "multiclass": image(3), "images": images()}) + "\n")
print(OUT, OUT.stat().st_size, "bytes")
