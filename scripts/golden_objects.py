"""Golden values of objects, from SciPy's labelling and its assignment solver.

    python scripts/golden_objects.py > crates/scumble/tests/fixtures/objects.json

Two masks of smoothed noise, of which the second is the first moved or another, and what lies above an IoU. Components are
scipy.ndimage.label's with a full structure; the matching is scipy.optimize.linear_sum_assignment's with StarDist's costs: a
pair is worth 1, and its IoU a little. The probability of row y, column x is ((7 y + 11 x) mod 13 + 1) / 16.
Needs numpy and scipy; made with 2.4 and 1.17.
"""

import json

import numpy as np
from scipy import ndimage
from scipy.optimize import linear_sum_assignment

HEIGHT, WIDTH = 22, 27
random = np.random.default_rng(8)
y, x = np.mgrid[:HEIGHT, :WIDTH]
probability = ((7 * y + 11 * x) % 13 + 1) / 16


def mask(noise, cut):
    return noise > np.quantile(noise, cut)


def noise(sigma):
    return ndimage.gaussian_filter(random.normal(size=(HEIGHT, WIDTH)), sigma)


def counts(predicted, truth, above):
    ours, n = ndimage.label(predicted, np.ones((3, 3)))
    theirs, m = ndimage.label(truth, np.ones((3, 3)))
    iou = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            a, b = ours == i + 1, theirs == j + 1
            iou[i, j] = (a & b).sum() / (a | b).sum()
    rows, columns = linear_sum_assignment(-(iou > above).astype(float) - iou * (iou > above) / (2 * max(n, m, 1)))
    found = [float(iou[i, j]) for i, j in zip(rows, columns) if iou[i, j] > above]
    expected = sum(float(probability[ours == i + 1].mean()) for i in range(n))
    return {"found": len(found), "missed": m - len(found), "extra": n - len(found), "iou": sum(found), "expected": expected}


def text(array):
    return ["".join(".#"[int(on)] for on in row) for row in array]


cases = []
for case in range(9):
    sigma = [0.6, 0.9, 1.3][case % 3]
    field = noise(sigma)
    other = np.roll(field, case % 2, 1) + 0.2 * field.std() * random.normal(size=field.shape)
    predicted, truth = mask(field, 0.6), mask(other if case < 7 else noise(sigma), 0.55)
    for above in [0.0, 0.2, 0.5]:
        cases.append({"predicted": text(predicted), "truth": text(truth), "above": above, **counts(predicted, truth, above)})
print("[\n  " + ",\n  ".join(json.dumps(case) for case in cases) + "\n]")
