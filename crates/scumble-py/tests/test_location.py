"""Where maps lie on earth, as GDAL sees it."""

import numpy as np
import pytest

import scumble
from test_jobs import SETTINGS, discs

rasterio = pytest.importorskip("rasterio", reason="rasterio is not installed")


@pytest.mark.parametrize("order", ["LITTLE", "BIG"])
@pytest.mark.parametrize("turned", [False, True])
def test_maps_lie_where_their_images_do(tmp_path, order, turned):
    images, raters = discs(3)
    (tmp_path / "images").mkdir()
    transform = rasterio.Affine(0.5, 0.1 if turned else 0, 440720.5, -0.2 if turned else 0, -0.5, 3751320.25)
    names = [f"image00{at}" for at in (1, 2, 3)]
    for name, image in zip(names, images, strict=True):
        how = {"driver": "GTiff", "dtype": "uint8", "count": 1, "endianness": order}
        with rasterio.open(
            tmp_path / "images" / f"{name}.tif", "w", height=40, width=40, crs="EPSG:26711", transform=transform, **how
        ) as file:
            file.write(image, 1)
    data = scumble.Dataset.from_arrays(images, raters=raters)
    run = scumble.train(data, tmp_path / "run", SETTINGS)
    maps = scumble.predict(run, tmp_path / "images", tmp_path / "maps", format="tiff", fast=True)
    for name, image in zip(names, images, strict=True):
        with rasterio.open(tmp_path / "maps" / f"{name}.tif") as found:
            assert found.crs == rasterio.CRS.from_epsg(26711) and found.transform == transform
            assert np.isnan(found.nodata)
            np.testing.assert_array_equal(found.read(1), run.load(fast=True)(image))
    # Maps so placed are judged as any.
    assert len(scumble.evaluate(maps, data).images) == 3
