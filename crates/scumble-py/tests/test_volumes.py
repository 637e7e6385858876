"""Volumes as nibabel writes and reads them."""

import numpy as np
import pytest

import scumble
from test_jobs import SETTINGS

nibabel = pytest.importorskip("nibabel", reason="nibabel is not installed")

AFFINE = np.array([[-0.9, 0.1, 0, 20], [0.1, 0.9, 0.2, -30], [0, -0.1, 2.5, 5], [0, 0, 0, 1]])


def volume(path, voxels, affine=AFFINE, code=1):
    """As a scanner's program writes it: both matrices, with their codes and units."""
    image = nibabel.Nifti1Image(voxels, affine)
    image.set_sform(affine, code=code)
    image.set_qform(affine, code=code)
    image.header.set_xyzt_units("mm", "sec")
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(image, path)


def balls(root, names=("a", "b", "c"), size=(24, 20, 6)):
    chance = np.random.default_rng(3)
    x, y, z = np.indices(size)
    for at, name in enumerate(names):
        away = np.sqrt((x - 10 - at) ** 2 + (y - 9) ** 2 + (3 * (z - 2.5)) ** 2)
        volume(root / "images" / f"{name}.nii.gz", ((away < 6) + chance.normal(0, 0.3, size)).astype(np.float32))
        for rater, radius in ("ann", 5.5), ("bob", 6.5):
            volume(root / "raters" / rater / f"{name}.nii.gz", (away < radius).astype(np.uint8))


@pytest.mark.parametrize("axis", ["z", "x"])
def test_a_volume_comes_back_as_nibabel_knows_it(tmp_path, axis):
    data = tmp_path / "data"
    balls(data)
    settings = {**SETTINGS, "train.patch": 16, "data.context": 1, "data.validation": ["c*"]}
    if axis != "z":
        (data / "dataset.toml").write_text(f'slices = "{axis}"\n')
    run = scumble.train(data, tmp_path / "run", settings)
    maps = scumble.predict(run, data / "images", tmp_path / "maps", fast=True)
    small = scumble.predict(run, data / "images", tmp_path / "small", format="nifti16", fast=True)
    arrays = scumble.predict(run, data / "images" / "b.nii.gz", tmp_path / "arrays", format="npy", fast=True)
    for name in "abc":
        image = nibabel.load(data / "images" / f"{name}.nii.gz")
        found = nibabel.load(tmp_path / "maps" / f"{name}.nii.gz")
        assert found.shape == image.shape and found.get_data_dtype() == np.float32
        np.testing.assert_array_equal(found.affine, image.affine)
        for matrix in "get_sform", "get_qform":
            (theirs, code), (ours, kept) = (getattr(one, matrix)(coded=True) for one in (image, found))
            assert code == kept == 1
            np.testing.assert_allclose(ours, theirs, atol=1e-5)
        assert found.header.get_xyzt_units() == ("mm", "sec")
        np.testing.assert_array_equal(found.header.get_zooms(), image.header.get_zooms())
        probabilities = found.get_fdata()
        assert 0 <= probabilities.min() < probabilities.max() <= 1
        half = nibabel.load(tmp_path / "small" / f"{name}.nii.gz")
        assert half.get_data_dtype() == np.uint16
        assert np.abs(half.get_fdata() - probabilities).max() <= 2**-16
    # Slices by themselves are the same, wherever they lie in the volume.
    probabilities = nibabel.load(tmp_path / "maps" / "b.nii.gz").get_fdata(dtype=np.float32)
    along = "xyz".index(axis)
    slices = sorted(path for files in arrays.maps.values() for path in files)
    assert len(slices) == probabilities.shape[along]
    for number, path in enumerate(slices):
        np.testing.assert_array_equal(np.load(path), probabilities.take(number, along).T)
    assert len(maps.maps) == len(small.maps) == 3
    # Judged as volumes.
    judged = scumble.evaluate(tmp_path / "maps", data, allow_missing=True, images=["*"])
    found = judged.to_dict()
    assert [image["image"] for image in found["images"]] == ["a", "b", "c"]
    truth = sum(
        np.asarray(nibabel.load(data / "raters" / rater / "c.nii.gz").dataobj, dtype=float) for rater in ("ann", "bob")
    )
    dice = 2 * np.minimum(truth / 2, (c := nibabel.load(tmp_path / "maps" / "c.nii.gz").get_fdata())).sum()
    np.testing.assert_allclose(found["images"][2]["scores"]["dice"], dice / (truth / 2 + c).sum(), rtol=1e-6)
    amount = found["amounts"]
    assert amount["unit"] == "mm3"
    voxel = abs(np.linalg.det(AFFINE[:3, :3]))
    np.testing.assert_allclose(amount["images"][2]["classes"][0]["predicted"], c.sum() * voxel, rtol=1e-6)


def test_fused_masks_are_volumes(tmp_path):
    balls(tmp_path / "data")
    scumble.fuse(tmp_path / "data", tmp_path / "labels")
    mean = sum(nibabel.load(tmp_path / "data" / "raters" / rater / "a.nii.gz").get_fdata() for rater in ("ann", "bob"))
    found = nibabel.load(tmp_path / "labels" / "a.nii.gz")
    np.testing.assert_array_equal(found.get_fdata(), mean / 2)
    np.testing.assert_array_equal(found.affine, nibabel.load(tmp_path / "data" / "images" / "a.nii.gz").affine)
