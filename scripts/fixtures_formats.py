"""Writes the fixtures of crates/scumble-data/tests/fixtures: files as other programs write them.

    pip install numpy nibabel pycocotools
    python scripts/fixtures_formats.py

The seed is fixed; the files change only with the programs.
"""

import json
import random
from pathlib import Path

import nibabel
import numpy
from pycocotools import mask as coco

HERE = Path(__file__).resolve().parent.parent / "crates/scumble-data/tests/fixtures"


def runs(mask):
    """Lengths of off, on, off, .. down the columns."""
    flat = mask.flatten(order="F")
    lengths, value, length = [], 0, 0
    for pixel in flat:
        if pixel != value:
            lengths.append(length)
            value, length = pixel, 0
        length += 1
    return [int(n) for n in lengths + [length]]


def polygon(chance, height, width, corners, grid):
    """Corners up to a quarter of the image outside of it, on a grid of 1/grid pixels."""
    def coordinate(side):
        return round(chance.uniform(-side / 4, side * 5 / 4) * grid) / grid

    return [coordinate(side) for _ in range(corners) for side in (width, height)]


def write_coco(count=60, seed=7):
    """Polygons of one and several parts, run lengths as list and text, and the masks pycocotools makes of them."""
    chance = random.Random(seed)
    images, annotations, expected = [], [], {}
    for number in range(count):
        height, width = chance.randint(3, 40), chance.randint(3, 40)
        name = f"shape{number:02}"
        kind = ("one", "one", "parts", "list", "text", "border")[number % 6]
        if kind in ("list", "text"):
            density = chance.choice([0, 0.02, 0.5, 1])
            mask = numpy.array([[chance.random() < density for _ in range(width)] for _ in range(height)], numpy.uint8)
            packed = coco.encode(numpy.asfortranarray(mask))
            counts = runs(mask) if kind == "list" else packed["counts"].decode()
            shape = {"size": [height, width], "counts": counts}
        else:
            parts = 1 if kind == "one" else chance.randint(2, 3)
            grid = chance.choice([1, 2, 5, 100])
            shape = [polygon(chance, height, width, chance.randint(3, 9), grid) for _ in range(parts)]
            if kind == "border":
                # The whole image, a doubled corner, and a spike that leaves it.
                shape = [[0, 0, width, 0, width, height, 0, height], [1.5, 1.5, 1.5, 1.5, width + 2, 2.5, 1.5, 3]]
                shape = shape[chance.randint(0, 1):][:1]
            packed = coco.merge(coco.frPyObjects(shape, height, width))
            mask = coco.decode(packed)
        images.append({"id": number + 100, "file_name": f"some/folder/{name}.jpg", "height": height, "width": width})
        annotations.append({"id": number, "image_id": number + 100, "category_id": 3, "segmentation": shape,
                            "iscrowd": int(isinstance(shape, dict)), "bbox": [0, 0, 1, 1], "area": 1})
        expected[name] = {"size": [height, width], "runs": runs(mask)}
    document = {"info": {}, "images": images, "annotations": annotations, "categories": [{"id": 3, "name": "shape"}]}
    (HERE / "coco.json").write_text(json.dumps(document))
    (HERE / "coco_masks.json").write_text(json.dumps(expected))


def write_nifti():
    """Voxel [x, y, z, c] is x + 10 y + 50 z + 100 c."""
    affine = numpy.array([[0, -2, 0.5, 10], [1.5, 0, 0, -20], [0, 0.25, 3, 30], [0, 0, 0, 1]])

    def voxels(*shape):
        return sum(grid * step for grid, step in zip(numpy.indices(shape), (1, 10, 50, 100)))

    def save(name, data, affine=affine, endian="<", scale=None, code="sform"):
        header = nibabel.Nifti1Header(endianness=endian)
        header.set_data_dtype(data.dtype.newbyteorder(endian))
        image = nibabel.Nifti1Image(data, None, header)
        if code == "sform":
            image.set_sform(affine, 2)
            image.set_qform(None, 0)
        elif code == "qform":
            image.set_qform(affine, 1)
            image.set_sform(None, 0)
        if scale:
            image.header.set_slope_inter(*scale)
        nibabel.save(image, HERE / name)

    save("flat_u8.nii.gz", voxels(5, 4).astype(numpy.uint8))
    save("volume_i16_be.nii", voxels(5, 4, 3).astype(numpy.int16), endian=">")
    save("volume_f32.nii.gz", voxels(5, 4, 3).astype(numpy.float32))
    save("channels_u16.nii", voxels(5, 4, 2, 3).astype(numpy.uint16))
    rotation = numpy.array([[0, 0, 3, 1], [2, 0, 0, 2], [0, 2.5, 0, 3], [0, 0, 0, 1]], float)
    save("turned_f64.nii", voxels(5, 4, 2).astype(numpy.float64), affine=rotation, code="qform")
    flipped = rotation * numpy.array([1, 1, -1, 1])
    save("mirrored_f64.nii", voxels(5, 4, 2).astype(numpy.float64), affine=flipped, code="qform")
    rgb = numpy.zeros((3, 2), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    rgb["R"], rgb["G"], rgb["B"] = voxels(3, 2), voxels(3, 2) + 100, voxels(3, 2) + 200
    save("rgb.nii", rgb)
    save("scaled_i16.nii", voxels(5, 4).astype(numpy.int16), scale=(0.5, -10))


def write_npz():
    """Element [y, x] is x + 10 y."""
    array = numpy.add.outer(10 * numpy.arange(4), numpy.arange(5)).astype(numpy.uint8)
    numpy.savez_compressed(HERE / "only.npz", anything=array)
    numpy.savez(HERE / "named.npz", image=array, other=numpy.zeros(3))
    numpy.savez(HERE / "strange.npz", first=array, second=array)


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    write_coco()
    write_nifti()
    write_npz()
