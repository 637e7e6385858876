"""An independent, plain reference of the boundary benchmark and of surface distances.

    python scripts/golden_boundaries.py fixtures             writes crates/scumble/tests/fixtures/{boundaries,surfaces}.json
    python scripts/golden_boundaries.py counts MAPS DATA N THRESHOLDS
                                                              counts of the first N images, one JSON line an image

Needs numpy, scipy, scikit-image, pillow and, for the surfaces, medpy. Thinning is scikit-image's `thin`, the matching
SciPy's sparse assignment solver with a column of its own for each row that may stay alone: nothing is shared with
the crate but the definition.
"""
import json
import os
import sys

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse.csgraph import min_weight_full_bipartite_matching
from scipy.spatial import cKDTree
from skimage.morphology import thin


def match(predicted, marked, reach):
    """(pixels matched, their cost in hundredths of a pixel, which of the predicted pixels) at the least cost."""
    a, b = np.argwhere(predicted), np.argwhere(marked)
    if len(a) == 0 or len(b) == 0:
        return 0, 0, np.zeros(len(a), bool)
    alone = int(np.ceil(100 * reach * 100))
    near = cKDTree(b).query_ball_point(a, np.ceil(reach))
    rows, columns, costs = [], [], []
    for i, js in enumerate(near):
        for j in sorted(js):
            square = int(((a[i] - b[j]) ** 2).sum())
            if square <= reach * reach:
                rows.append(i), columns.append(j), costs.append(int(np.rint(np.sqrt(square) * 100)))
        rows.append(i), columns.append(len(b) + i), costs.append(alone)
    # 1 more for each row, which changes no optimum: the solver takes no zeros.
    graph = sparse.csr_matrix((np.array(costs) + 1, (rows, columns)), shape=(len(a), len(b) + len(a)))
    i, j = min_weight_full_bipartite_matching(graph)
    real = j < len(b)
    cost = sum(int(graph[x, y]) - 1 for x, y in zip(i[real], j[real]))
    matched = np.zeros(len(a), bool)
    matched[i[real]] = True
    return int(real.sum()), cost, matched


def counts(prediction, raters, share, levels):
    """cntR, sumR, cntP, sumP at each level."""
    reach = share * np.hypot(*prediction.shape)
    result = []
    for level in levels:
        predicted = thin(prediction >= level)
        right, found = np.zeros(int(predicted.sum()), bool), 0
        for marked in raters:
            n, _, matched = match(predicted, marked, reach)
            found, right = found + n, right | matched
        result.append([found, int(sum(m.sum() for m in raters)), int(right.sum()), int(predicted.sum())])
    return result


def suppress(edge, radius=4, tolerance=1.01, fade=5):
    """Non-maximum suppression across edges, one pixel to either side."""
    def triangle(map, r):
        taps = np.concatenate([np.arange(1, r + 2), np.arange(r, 0, -1)]) / (r + 1) ** 2
        for axis in (0, 1):
            map = ndimage.correlate1d(map, taps, axis, mode="reflect")
        return map

    edge = triangle(edge, 1)
    dy, dx = np.gradient(triangle(edge, radius))
    dxx, (dyy, dxy) = np.gradient(dx, axis=1), np.gradient(dy)
    angle = np.mod(np.arctan(dyy * np.sign(-dxy) / (dxx + 1e-5)), np.pi)
    h, w = edge.shape
    y, x = np.mgrid[:h, :w].astype(float)
    kept = edge.copy()
    for d in (-1, 1):
        at = [np.clip(y + d * np.sin(angle), 0, h - 1.001), np.clip(x + d * np.cos(angle), 0, w - 1.001)]
        kept[edge * tolerance < ndimage.map_coordinates(edge, at, order=1)] = 0
    for n in range(fade):
        for line in (kept[n], kept[h - 1 - n], kept[:, n], kept[:, w - 1 - n]):
            line *= n / fade
    return np.clip(kept, 0, 1)


def smooth(rng, shape, sigma):
    field = ndimage.gaussian_filter(rng.standard_normal(shape), sigma, mode="wrap")
    return field / np.abs(field).max()


def rows(mask):
    return ["".join("#" if on else "." for on in row) for row in mask]


def boundary_fixture():
    cases = []
    for seed, shape in ((1, (40, 56)), (2, (33, 64)), (3, (56, 40))):
        rng = np.random.default_rng(seed)
        field = smooth(rng, shape, 5)
        strength = np.clip(1 - 4 * np.abs(field) + 0.2 * smooth(rng, shape, 1), 0, 1)
        map = np.round(255 * strength).astype(int)
        raters = []
        for _ in range(3):
            own = field + 0.1 * smooth(rng, shape, 4) > 0
            raters.append(thin(own ^ ndimage.binary_erosion(own)))
        levels, share = [0.1, 0.3, 0.5, 0.7, 0.9], 0.05
        reach = share * np.hypot(*shape)
        thinned = [thin(map / 255 >= level) for level in levels]
        cases.append({
            "map": map.tolist(),
            "raters": [rows(m) for m in raters],
            "reach": reach,
            "max_distance": share,
            "levels": levels,
            "thinned": [rows(m) for m in thinned],
            # Of each level and rater: pixels matched, cost.
            "matched": [[list(match(m, rater, reach)[:2]) for rater in raters] for m in thinned],
            "suppressed": np.round(suppress(map / 255), 5).tolist(),
        })
    return cases


def surface_fixture():
    from medpy.metric import binary

    cases = []
    for seed, shape, spacing in ((1, (30, 44), (1, 1)), (2, (44, 30), (0.5, 1.25)), (3, (25, 25), (3, 0.7))):
        rng = np.random.default_rng(seed)
        field = smooth(rng, shape, 4)
        a, b = field > 0.1, field + 0.3 * smooth(rng, shape, 3) > 0.15
        for name, connectivity in (("four", 1), ("eight", 2)):
            footprint = ndimage.generate_binary_structure(2, connectivity)
            line = lambda m: m ^ ndimage.binary_erosion(m, footprint)
            directed = lambda m, n: ndimage.distance_transform_edt(~line(n), sampling=spacing)[line(m)]
            cases.append({
                "first": rows(a),
                "second": rows(b),
                "spacing": list(spacing),
                "connectivity": name,
                "hausdorff": binary.hd(a, b, spacing, connectivity),
                "hausdorff95": max(np.percentile(directed(a, b), 95), np.percentile(directed(b, a), 95)),
                "hausdorff95_pooled": binary.hd95(a, b, spacing, connectivity),
                "average": binary.assd(a, b, spacing, connectivity),
            })
    return cases


def read(path):
    from PIL import Image

    return np.asarray(Image.open(path))


def main():
    if sys.argv[1] == "fixtures":
        folder = os.path.join(os.path.dirname(__file__), "../crates/scumble/tests/fixtures")
        os.makedirs(folder, exist_ok=True)
        for name, cases in (("boundaries", boundary_fixture()), ("surfaces", surface_fixture())):
            with open(os.path.join(folder, name + ".json"), "w") as file:
                json.dump(cases, file, separators=(",", ":"), default=float)
        return
    maps, data, images, thresholds = sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
    levels = [k / (thresholds + 1) for k in range(1, thresholds + 1)]
    for name in sorted(os.listdir(maps))[:images]:
        found = [os.path.join(data, "raters", r, name) for r in sorted(os.listdir(os.path.join(data, "raters")))]
        raters = [read(path) > 0 for path in found if os.path.exists(path)]
        print(json.dumps(counts(read(os.path.join(maps, name)) / 255, raters, 0.0075, levels)), flush=True)


if __name__ == "__main__":
    main()
