"""Golden values of outlines, contours and measures, from GDAL, scikit-image and SciPy.

    python scripts/golden_outlines.py > crates/scumble/tests/fixtures/shapes.json

Masks of smoothed noise. Their polygons are GDAL's (rasterio.features.shapes, 4-connected), checked by shapely to be valid and to burn
back to the mask, and told ring by ring from the least corner on; objects are scikit-image's (measure.label and regionprops,
8-connected) with the sums of a map in 1/1024. Contours of that map are scikit-image's find_contours, as pieces between two points,
moved by half a pixel: there the centre of the first pixel is (0, 0).
Needs numpy, scipy, scikit-image, rasterio and shapely; made with 2.4, 1.17, 0.26, 1.4 and 2.2.
"""

import json

import numpy as np
from rasterio.features import rasterize, shapes
from scipy import ndimage
from shapely.geometry import shape
from skimage import measure

random = np.random.default_rng(11)


def turned(ring):
    """From the least corner on, without the last, which is the first again."""
    ring = [[int(x), int(y)] for x, y in ring[:-1]]
    at = ring.index(min(ring))
    return ring[at:] + ring[:at]


def around(ring, sign):
    """In the direction in which twice the area has this sign."""
    area = sum(x * v - u * y for (x, y), (u, v) in zip(ring, ring[1:]))
    return ring if area * sign > 0 else ring[::-1]


def polygons(mask):
    found, burnt = [], np.zeros(mask.shape, np.uint8)
    for geometry, value in shapes(mask.astype(np.uint8), mask=mask, connectivity=4):
        assert value == 1 and shape(geometry).is_valid
        outer, *holes = geometry["coordinates"]
        found.append([turned(around(outer, 1)), *sorted(turned(around(hole, -1)) for hole in holes)])
        burnt |= rasterize([geometry], mask.shape, dtype=np.uint8)
    assert (burnt == mask).all()
    return sorted(found)


def objects(mask, values):
    return [
        {
            "area": int(found.area),
            "sum": float(values[found.slice][found.image].sum()),
            "centroid": [found.centroid[1] + 0.5, found.centroid[0] + 0.5],
            "bounds": [int(found.bbox[at]) for at in (1, 0, 3, 2)],
        }
        for found in measure.regionprops(measure.label(mask, connectivity=2))
    ]


def contours(values, level):
    pieces = []
    for line in measure.find_contours(values, level):
        points = [[float(x) + 0.5, float(y) + 0.5] for y, x in line]
        pieces += [sorted(piece) for piece in zip(points, points[1:])]
    return sorted(pieces)


cases = []
for case in range(8):
    height, width = int(random.integers(9, 17)), int(random.integers(9, 17))
    field = ndimage.gaussian_filter(random.normal(size=(height, width)), [0.0, 0.5, 0.8, 1.2][case % 4])
    ranks = field.ravel().argsort().argsort().reshape(field.shape)
    # No two alike, and none of a level.
    values = (ranks * (1023 / field.size)).astype(int) / 1024
    mask = values > 0.45
    levels = {str(level): contours(values, level) for level in (0.30001, 0.62001)}
    cases.append({
        "values": (values * 1024).astype(int).tolist(),
        "mask": ["".join(".#"[int(on)] for on in row) for row in mask],
        "polygons": polygons(mask),
        "objects": objects(mask, values),
        "contours": levels,
    })
print("[\n  " + ",\n  ".join(json.dumps(case) for case in cases) + "\n]")
