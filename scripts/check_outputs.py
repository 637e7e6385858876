"""What `scumble convert` makes of maps, beside other programs.

    python scripts/check_outputs.py target/debug/scumble

Made-up maps of three kinds, in pixels and on a map of the earth (a GeoTIFF turned by its affine). Masks and uncertainty are NumPy's.
Objects, areas, centroids and boxes are scikit-image's. Outlines are valid (shapely) and burn back to the mask (rasterio), also in the
coordinates of the map; in ImageJ's archives roifile finds the same corners. Contours are find_contours', as pieces. Maps come back from
every format, no farther off than the program says.
Needs numpy, scipy, scikit-image, shapely, rasterio, roifile, tifffile, nibabel and Pillow.
"""

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import rasterio
import roifile
import tifffile
from PIL import Image
from rasterio.features import rasterize
from rasterio.transform import Affine
from scipy import ndimage
from shapely.geometry import shape
from skimage import measure

PROGRAM = sys.argv[1]
random = np.random.default_rng(3)
AFFINE = Affine(0.5, 0.1, 440720.5, 0.05, -0.25, 3751320.25)
LEVELS = [0.2, 0.5, 0.8]


def convert(*arguments):
    done = subprocess.run([PROGRAM, "convert", *map(str, arguments), "--json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def maps(kind, classes, size):
    noise = np.stack([ndimage.gaussian_filter(random.normal(size=size), 1.5) for _ in range(classes)])
    logits = 9 * noise
    if kind == "multiclass":
        powers = np.exp(logits - logits.max(0))
        return (powers / powers.sum(0)).astype(np.float32)
    return (1 / (1 + np.exp(-logits))).astype(np.float32)


def pieces(line):
    return [sorted([list(one), list(other)]) for one, other in zip(line, line[1:])]


def check(kind, names, on_earth, unknown):
    size = (37, 53)
    values = maps(kind, len(names), size)
    if unknown:
        values[:, 5:9, 11:20] = np.nan
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "maps", Path(folder) / "out"
        for name, value in zip(names, values):
            place = source / name if kind != "binary" else source
            place.mkdir(parents=True, exist_ok=True)
            profile = {"driver": "GTiff", "height": size[0], "width": size[1], "count": 1, "dtype": "float32"}
            if on_earth:
                profile |= {"crs": "EPSG:32611", "transform": AFFINE}
            with rasterio.open(place / "a.tif", "w", **profile) as file:
                file.write(value, 1)
        (source / "maps.json").write_text(
            json.dumps({"version": 1, "kind": kind, "classes": names, "format": "tiff"})
        )
        thresholds = {name: 0.3 + 0.2 * at for at, name in enumerate(names)}
        threshold = ",".join(f"{name}={value}" for name, value in thresholds.items())
        hard_by = ["--masks"] if kind == "multiclass" else ["--threshold", threshold]
        levels = ",".join(map(str, LEVELS))
        convert(source, "-o", out, "--uncertainty", "--objects", "--outlines", "geojson,roi", "--contours", levels, *hard_by)

        known = ~np.isnan(values[0])
        if kind == "multiclass":
            likeliest = np.where(known, np.nan_to_num(values).argmax(0), 255)
            hard = [likeliest == at for at in range(len(names))]
            np.testing.assert_array_equal(np.asarray(Image.open(out / "masks/a.png")), likeliest)
        else:
            hard = [np.nan_to_num(value, nan=-1.0) >= thresholds[name] for name, value in zip(names, values)]
            for name, mask in zip(names, hard):
                file = out / "masks" / (name if kind == "multilabel" else "") / "a.png"
                np.testing.assert_array_equal(np.asarray(Image.open(file)), 255 * mask)

        wide = values.astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(wide > 0, -wide * np.log(wide), 0)
            others = np.where(wide < 1, -(1 - wide) * np.log(1 - wide), 0)
        nats = [terms.sum(0)] if kind == "multiclass" else list(terms + others)
        for name, expected in zip(names, nats):
            file = out / "uncertainty" / (name if kind == "multilabel" else "") / "a.tif"
            found = tifffile.imread(file)
            assert (np.isnan(found) == ~known).all()
            np.testing.assert_allclose(found[known], expected[known], rtol=0, atol=1e-6)

        with open(out / "objects.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        outlines = json.loads((out / "outlines/a.geojson").read_text())
        contours = json.loads((out / "contours/a.geojson").read_text())
        transform = AFFINE if on_earth else Affine.identity()
        assert outlines["coordinates"] == contours["coordinates"] == ("map" if on_earth else "pixels")
        if on_earth:
            assert rasterio.crs.CRS.from_user_input(outlines["crs"]["properties"]["name"]) == "EPSG:32611"
        of = lambda document, name: [f for f in document["features"] if f["properties"]["classification"]["name"] == name]
        for name, mask, value in zip(names, hard, values):
            inner = name if kind != "binary" else ""
            labels = measure.label(mask, connectivity=2)
            found = tifffile.imread(out / "objects" / inner / "a.tif")
            assert found.dtype == np.uint16
            np.testing.assert_array_equal(found, labels)
            if on_earth:
                with rasterio.open(out / "objects" / inner / "a.tif") as file:
                    assert file.transform.almost_equals(AFFINE) and file.crs == "EPSG:32611"
            regions = measure.regionprops(labels)
            mine = [row for row in rows if row["class"] == name]
            features = of(outlines, name)
            assert len(regions) == len(mine) == len(features)
            burnt = np.zeros(size, np.uint32)
            for number, (region, row, feature) in enumerate(zip(regions, mine, features), 1):
                geometry = shape(feature["geometry"])
                assert geometry.is_valid, geometry
                assert abs(geometry.area - region.area * abs(transform.determinant)) < 1e-6 * geometry.area
                polygons = geometry.geoms if geometry.geom_type == "MultiPolygon" else [geometry]
                assert all(polygon.exterior.is_ccw for polygon in polygons)
                burnt += rasterize([feature["geometry"]], size, transform=transform, default_value=number, dtype=np.uint32)
                assert int(row["object"]) == number and int(row["area"]) == region.area
                total = float(value[labels == number].astype(np.float64).sum())
                assert abs(float(row["expected_area"]) - total) < 1e-6
                assert abs(float(row["mean_probability"]) - total / region.area) < 1e-9
                y, x = region.centroid
                assert abs(float(row["centroid_x"]) - x - 0.5) < 1e-9 and abs(float(row["centroid_y"]) - y - 0.5) < 1e-9
                assert tuple(int(row[side]) for side in ("top", "left", "bottom", "right")) == region.bbox
            np.testing.assert_array_equal(burnt, labels)

            # ImageJ has pixels.
            corners = lambda rings: sorted(sorted(map(tuple, ring)) for ring in rings)
            if regions:
                archive = roifile.roiread(out / "outlines" / inner / "a.zip")
                assert len(archive) == len(regions)
                for roi, feature in zip(archive, features):
                    geometry = shape(feature["geometry"])
                    polygons = geometry.geoms if geometry.geom_type == "MultiPolygon" else [geometry]
                    rings = [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
                    back = [[~transform * point for point in ring.coords[:-1]] for ring in rings]
                    back = [[(round(x), round(y)) for x, y in ring] for ring in back]
                    found = roi.coordinates(multi=True)
                    found = found if isinstance(found, list) else [found]
                    found = [[(round(float(x)), round(float(y))) for x, y in ring] for ring in found]
                    found = [ring[:-1] if ring[0] == ring[-1] else ring for ring in found]
                    assert corners(found) == corners(back), (found, back)
            else:
                assert not (out / "outlines" / inner / "a.zip").exists()

            for level in LEVELS:
                expected = []
                for line in measure.find_contours(value.astype(np.float64), level):
                    expected += pieces([(x + 0.5, y + 0.5) for y, x in line])
                found = []
                for feature in of(contours, name):
                    if feature["properties"]["level"] == level:
                        found += pieces([~transform * tuple(point) for point in feature["geometry"]["coordinates"]])
                assert len(found) == len(expected)
                if found:
                    np.testing.assert_allclose(sorted(np.round(found, 7).tolist()), sorted(np.round(expected, 7).tolist()), atol=2e-6)

        # The maps themselves, there and back.
        for form in ["npy", "tiff", "nifti"] + ([] if unknown else ["png16", "png8"]):
            there, back = Path(folder) / form, Path(folder) / f"{form}-back"
            (said,) = convert(source, "-o", there, "--format", form)
            convert(there, "-o", back, "--format", "npy")
            read = np.load(back / "a.npy").reshape(*size, -1)
            read = np.moveaxis(read, -1, 0)
            assert (np.isnan(read) == np.isnan(values)).all()
            error = np.nanmax(np.abs(read.astype(np.float64) - values))
            least = {"png16": 0.4 / 65535, "png8": 0.4 / 255}.get(form, 0)
            assert least <= said["largest_error"] <= 1.3 * least
            # Exclusive classes are divided by their sum as they are read.
            assert error <= said["largest_error"] * (len(names) + 1 if kind == "multiclass" else 1) + 1e-7
    print(f"{kind}{' on earth' if on_earth else ''}{' with gaps' if unknown else ''}: agrees")


for kind, names in {"binary": ["vessel"], "multilabel": ["cup", "disc"], "multiclass": ["sky", "sea", "land"]}.items():
    for on_earth in (False, True):
        for unknown in (False, True):
            check(kind, names, on_earth, unknown)
