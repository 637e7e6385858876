"""Golden values for fusion of raters: SimpleITK's STAPLE and crowd-kit's DawidSkene on seeded random cases.

    pip install numpy SimpleITK crowd-kit
    python scripts/golden_fusion.py crates/scumble/tests/fixtures

Writes fusion_staple.json and fusion_dawid_skene.json, a case a line. A pixel's posterior depends on the raters' marks
there alone, so a case holds its different patterns of marks with their counts and posteriors, not its pixels.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import SimpleITK as sitk
from crowdkit.aggregation import DawidSkene

CASES = 24


def patterns(marks):
    """Different columns of marks [raters, pixels], where each first occurs, and how often."""
    columns, first, counts = np.unique(marks, axis=1, return_index=True, return_counts=True)
    return columns.T, first, counts


def staple_case(seed):
    rng = np.random.default_rng(seed)
    raters = 2 + seed % 8
    height, width = rng.integers(20, 160, 2)
    rate = rng.uniform(0.02, 0.6)
    truth = rng.random((height, width)) < rate
    masks = []
    for _ in range(raters):
        miss, invent = rng.uniform(0.02, 0.4), rng.uniform(0.005, 0.25)
        masks.append(np.where(truth, rng.random(truth.shape) > miss, rng.random(truth.shape) < invent))
    filter_ = sitk.STAPLEImageFilter()
    filter_.SetForegroundValue(1)
    # ITK's prior is the mean vote times this.
    scale = 1.0 if seed % 3 else rng.uniform(0.3, 1.5)
    filter_.SetConfidenceWeight(scale)
    limit = int(rng.integers(1, 6)) if seed % 6 == 5 else 1000
    filter_.SetMaximumIterations(limit)
    weights = filter_.Execute([sitk.GetImageFromArray(mask.astype(np.uint8)) for mask in masks])
    weights = sitk.GetArrayFromImage(weights).ravel()
    marks, first, counts = patterns(np.stack([mask.ravel() for mask in masks]).astype(int))
    assert np.isfinite(weights).all()
    return {
        "prior": float(np.mean(masks) * scale),
        "given": scale != 1.0,
        "limit": limit,
        "iterations": filter_.GetElapsedIterations(),
        "sensitivity": list(filter_.GetSensitivity()),
        "specificity": list(filter_.GetSpecificity()),
        "patterns": [["".join(map(str, m)), int(c), round(float(weights[f]), 13)] for m, f, c in zip(marks, first, counts)],
    }


def dawid_skene_case(seed, attempt=0):
    rng = np.random.default_rng([1000 + seed, attempt])
    raters, classes = 2 + seed % 8, 2 + seed % 5
    tasks = 300
    truth = rng.choice(classes, tasks, p=rng.dirichlet(np.full(classes, 5.0)))
    missing = [0.0, 0.2, 0.4][seed % 3]
    marks = np.empty((raters, tasks), int)
    for rater in range(raters):
        skill = rng.uniform(0.4, 0.85)
        confusion = np.full((classes, classes), (1 - skill) / (classes - 1))
        np.fill_diagonal(confusion, skill)
        marks[rater] = [rng.choice(classes, p=confusion[t]) for t in truth]
        marks[rater, rng.random(tasks) < missing] = -1
    marks = marks[:, (marks >= 0).any(0)]
    rater, task = np.nonzero(marks >= 0)
    data = pd.DataFrame({"task": task, "worker": rater, "label": marks[rater, task]})
    iterations = [1, 2, 3, 4, 6, 12][seed // 4]
    # No tolerance: the given number of iterations. An ELBO that falls by rounding must not end it.
    model = DawidSkene(n_iter=iterations, tol=-np.inf).fit(data)
    # Where its floor of 1e-10 under error rates may have acted, draw again: this library has no floor.
    if model.errors_.to_numpy().min() < 1e-9:
        return dawid_skene_case(seed, attempt + 1)
    posterior = model.probas_.sort_index()[list(range(classes))].to_numpy()
    columns, first, counts = patterns(marks)
    text = lambda column: "".join("-" if mark < 0 else str(mark) for mark in column)
    rounded = lambda row: [float(f"{p:.7f}") for p in row]
    return {
        "classes": classes,
        "iterations": iterations,
        "patterns": [[text(m), int(c), rounded(posterior[f])] for m, f, c in zip(columns, first, counts)],
    }


def write(path, cases):
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    path.write_text(f"[\n{lines}\n]\n")
    print(path, len(cases), "cases,", path.stat().st_size, "bytes")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    write(folder / "fusion_staple.json", [staple_case(seed) for seed in range(CASES)])
    write(folder / "fusion_dawid_skene.json", [dawid_skene_case(seed) for seed in range(CASES)])
