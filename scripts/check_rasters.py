"""Holds large and small GeoTIFFs against GDAL: what rasterio writes is predicted and fused, and what comes out rasterio reads.

    pip install numpy rasterio tifffile rio-cogeo
    cargo build --release -p scumble-cli
    python scripts/check_rasters.py target/release/scumble

The same pixels in every layout (strips, tiles, planes; deflate, LZW, ZSTD, predictors; BigTIFF, overviews) must give the same maps, which lie
where the image does. A fused map of 17 million pixels must be tiled, packed and the mean of its masks. An array of the same pixels, which is
predicted whole in memory, must give the same bits. An image that its orientation turns must have a map whose numbers stand at the same places on earth. Exits with 1 where anything differs.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import rasterio
import tifffile
from rasterio.enums import Resampling

PROGRAM = sys.argv[1]
CRS, PLACE = rasterio.CRS.from_epsg(32633), rasterio.Affine(0.2, 0, 500_000, 0, -0.2, 5_400_000)
SMALL = ["train.epochs=1", "train.steps=2", "train.patch=32", "train.batch=2", "network.widths=[4,8]"]
SETTINGS = [part for setting in [*SMALL, 'data.validation="rows 0.8..1"'] for part in ("--set", setting)]


def scumble(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"scumble {' '.join(map(str, arguments))}\n{done.stderr}")
    return done.stdout


def write(path, pixels, **how):
    """Bands [C, H, W] as GDAL writes them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count, height, width = pixels.shape
    how = {"crs": CRS, "transform": PLACE, **how}
    with rasterio.open(path, "w", "GTiff", width, height, count, dtype=pixels.dtype, **how) as file:
        file.write(pixels)


def network(root, pixels):
    """A network that has hardly learnt anything."""
    write(root / "data/images/a.tif", pixels)
    write(root / "data/raters/ann/a.tif", (pixels[:1] > pixels[:1].mean()).astype(np.uint8))
    scumble("train", root / "data", "-o", root / "run", *SETTINGS)
    return root / "run"


def layouts(root, name, pixels, nodata):
    """One image in every way that GDAL has."""
    tiles = {"tiled": True, "blockxsize": 64, "blockysize": 48}
    floating = pixels.dtype.kind == "f"
    ways = {
        "strips": {},
        "one_strip": {"blockysize": pixels.shape[1]},
        "strips_lzw": {"compress": "lzw", "predictor": 2},
        "strips_packbits": {"compress": "packbits", "blockysize": 7},
        "tiles": tiles,
        "tiles_deflate": {**tiles, "compress": "deflate", "predictor": 3 if floating else 2},
        "tiles_zstd": {**tiles, "compress": "zstd"},
        "tiles_lzw_planes": {**tiles, "compress": "lzw", "interleave": "band"},
        "strips_planes": {"interleave": "band", "compress": "deflate", "blockysize": 5},
        "big": {**tiles, "compress": "deflate", "BIGTIFF": "YES"},
        "big_endian": {**tiles, "compress": "deflate", "ENDIANNESS": "BIG"},
        "overviews": {**tiles, "compress": "deflate"},
    }
    for way, how in ways.items():
        path = root / name / f"{way}.tif"
        write(path, pixels, nodata=nodata, **({"interleave": "pixel"} | how))
        if way == "overviews":
            with rasterio.open(path, "r+") as file:
                file.build_overviews([2, 4], Resampling.average)
    return root / name, list(ways)


def predicted(root, run, name, pixels, nodata):
    folder, ways = layouts(root, name, pixels, nodata)
    if nodata is None:
        # An array is predicted whole, in memory; a TIFF by rows.
        np.save(folder / "array.npy", pixels.transpose(1, 2, 0))
    for options in [["--flips", "off"], ["--flips", "all", "--tile", "64"], ["--flips", "off", "--scales", "0.5,1"]]:
        output = root / f"maps_{name}_{'_'.join(options)}"
        scumble("predict", run, folder, "-o", output, "--format", "tiff", "--precision", "f32", *options)
        expected = None
        for way in ways:
            with rasterio.open(output / f"{way}.tif") as file:
                found = file.read(1)
                assert file.crs == CRS and file.transform == PLACE and np.isnan(file.nodata), way
            empty = np.zeros(found.shape, bool) if nodata is None else (pixels == nodata).all(axis=0)
            assert (np.isnan(found) == empty).all(), way
            expected = found if expected is None else expected
            np.testing.assert_array_equal(found, expected, way)
        if nodata is None:
            with rasterio.open(output / "array.tif") as file:
                np.testing.assert_array_equal(file.read(1), expected)
        print(f"{name}, {' '.join(options)}: {len(ways)} layouts, one map")


def fused(root):
    """Masks that are read by rows, a map that has tiles."""
    height, width = 4200, 4100
    rows, columns = np.indices((height, width), np.int32)
    masks = [((rows + columns + 60 * rater) % 1000 < 300).astype(np.uint8) for rater in range(2)]
    tiles = {"tiled": True, "blockxsize": 512, "blockysize": 512}
    write(root / "large/images/a.tif", (rows % 251).astype(np.uint8)[None], compress="deflate", **tiles)
    for name, mask, how in [("ann", masks[0], tiles), ("bob", masks[1], {})]:
        write(root / f"large/raters/{name}/a.tif", mask[None], compress="deflate", **how)
    scumble("fuse", root / "large", "-o", root / "fused", "--format", "tiff")
    with rasterio.open(root / "fused/a.tif") as file:
        np.testing.assert_array_equal(file.read(1), (masks[0] + masks[1]) / np.float32(2))
        assert file.crs == CRS and file.transform == PLACE and np.isnan(file.nodata)
        assert file.profile["tiled"] and file.block_shapes == [(256, 256)], file.profile
        assert file.profile["compress"] == "deflate"
        assert file.tags(ns="IMAGE_STRUCTURE").get("PREDICTOR") == "3", file.tags(ns="IMAGE_STRUCTURE")
    # A map of the same numbers, judged by rows.
    print(scumble("eval", root / "fused", root / "large").splitlines()[0])
    print(f"{height} x {width}: tiled, packed, the mean of its masks")
    try:
        from rio_cogeo import cog_validate
    except ImportError:
        print("rio-cogeo is not installed: not validated as a cloud-optimised GeoTIFF")
        return
    valid, errors, warnings = cog_validate(root / "fused/a.tif")
    print(f"cloud-optimised: {valid}, errors {errors}, warnings {warnings}")


def turned(root, run, pixels):
    """The tag of the orientation, which GDAL passes over: its pixels and its place are those that are stored."""
    scale, tie = (33550, "d", 3, (0.2, 0.2, 0.0), True), (33922, "d", 6, (0, 0, 0, 500_000, 5_400_000, 0), True)
    keys = (34735, "H", 16, (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32633), True)
    folder = root / "turned"
    folder.mkdir()
    for orientation in range(1, 9):
        extra = [(274, "H", 1, orientation, True), scale, tie, keys]
        tifffile.imwrite(folder / f"o{orientation}.tif", pixels.transpose(1, 2, 0), photometric="rgb", extratags=extra)
    scumble("predict", run, folder, "-o", root / "maps_turned", "--format", "tiff", "--flips", "all", "--precision", "f32")
    with rasterio.open(root / "maps_turned/o1.tif") as file:
        upright = file.read(1)
    for orientation in range(1, 9):
        with rasterio.open(root / f"maps_turned/o{orientation}.tif") as file:
            found, place = file.read(1), file.transform
            assert file.crs == CRS, orientation
        rows, columns = np.indices(found.shape)
        x, y = place @ (columns + 0.5, rows + 0.5) if hasattr(place, "__matmul__") else place * (columns + 0.5, rows + 0.5)
        stored_columns, stored_rows = (x - 500_000) / 0.2 - 0.5, (5_400_000 - y) / 0.2 - 0.5
        at = np.round(stored_rows).astype(int), np.round(stored_columns).astype(int)
        # With all eight views the map of a turned image is the turned map.
        np.testing.assert_allclose(found, upright[at], atol=2e-6, err_msg=str(orientation))
    print("8 orientations: each map lies where its pixels are stored on earth")


def main():
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        colour = rng.integers(1, 255, (3, 211, 190), dtype=np.uint8)
        run = network(root / "colour", colour)
        predicted(root, run, "colour", colour, None)
        gaps = colour.copy()
        gaps[:, :70, 20:60] = 0
        predicted(root, run, "gaps", gaps, 0)
        turned(root, run, colour)
        reflectance = rng.normal(0.3, 0.1, (5, 150, 170)).astype(np.float32)
        run = network(root / "reflectance", reflectance)
        reflectance[:, 100:, :30] = -9999
        predicted(root, run, "reflectance", reflectance, -9999)
        fused(root)


if __name__ == "__main__":
    main()
