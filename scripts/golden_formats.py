"""Writes the fixtures of crates/scumble-data/tests/fixtures: files as other programs write them.

    pip install numpy nibabel pycocotools roifile tifffile
    python scripts/golden_formats.py

The seed is fixed; the files change only with the programs.
"""

import json
import random
import struct
import zipfile
from fractions import Fraction
from pathlib import Path

import nibabel
import numpy
import roifile
import tifffile
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


def write_ome():
    """Element [z, c, y, x] is x + 10 y + 50 c + 150 z; of colours [z, y, x, s] is x + 10 y + 50 s + 150 z."""
    planes = sum(grid * step for grid, step in zip(numpy.indices((3, 2, 4, 5)), (150, 50, 10, 1))).astype(numpy.uint16)
    name = {"UUID": "urn:uuid:00000000-0000-4000-8000-000000000000"}
    size = name | {"PhysicalSizeX": 0.5, "PhysicalSizeY": 250, "PhysicalSizeYUnit": "nm"}
    options = {"ome": True, "photometric": "minisblack"}
    tifffile.imwrite(HERE / "zcyx.ome.tif", planes, metadata={"axes": "ZCYX", **size}, **options)
    tifffile.imwrite(HERE / "czyx.ome.tif", planes.swapaxes(0, 1), metadata={"axes": "CZYX", **size}, **options)
    tifffile.imwrite(HERE / "cyx.ome.tif", planes[0], metadata={"axes": "CYX", **size}, **options)
    colours = sum(grid * step for grid, step in zip(numpy.indices((3, 4, 5, 3)), (150, 10, 1, 50))).astype(numpy.uint16)
    tifffile.imwrite(HERE / "zyxs.ome.tif", colours, ome=True, photometric="rgb", metadata={"axes": "ZYXS"} | name)
    with tifffile.TiffWriter(HERE / "pyramid.ome.tif", ome=True) as file:
        file.write(planes[0], subifds=1, photometric="minisblack", metadata={"axes": "CYX", **size})
        file.write(planes[0, :, ::2, ::2], subfiletype=1, photometric="minisblack")


def inside(rings, height, width):
    """The rule of ImageJ's PolygonFiller in exact numbers: an odd count of edges strictly left of the pixel's centre."""
    mask = numpy.zeros((height, width), numpy.uint8)
    half = Fraction(1, 2)
    for row in range(height):
        for column in range(width):
            count = 0
            for ring in rings:
                ring = [(Fraction(float(x)), Fraction(float(y))) for x, y in ring]
                for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1]):
                    if (y1 <= row + half) != (y2 <= row + half):
                        count += x1 + (row + half - y1) * (x2 - x1) / (y2 - y1) < column + half
            mask[row, column] = count % 2
    return mask


def write_roi(height=16, width=20, count=24, seed=11):
    """Outlines of every kind that encloses something, one and several a file, partly beside the image."""
    chance = random.Random(seed)
    folder = HERE / "roi"
    folder.mkdir(exist_ok=True)
    expected = {}
    for number in range(count):
        name = f"roi{number:02}"
        kind = ("polygon", "freehand", "subpixel", "rectangle", "oval", "combined")[number % 6]
        outlines, mask = [], numpy.zeros((height, width), numpy.uint8)
        for _ in range(chance.randint(1, 3)):
            left, top = chance.randint(-2, width - 4), chance.randint(-2, height - 4)
            wide, high = chance.randint(2, 12), chance.randint(2, 12)
            rows, columns = numpy.mgrid[:height, :width]
            if kind in ("rectangle", "oval"):
                roi = roifile.ImagejRoi(roitype=roifile.ROI_TYPE.RECT if kind == "rectangle" else roifile.ROI_TYPE.OVAL,
                                        left=left, top=top, right=left + wide, bottom=top + high, version=228)
                x, y = (2 * columns + 1 - 2 * left - wide) / wide, (2 * rows + 1 - 2 * top - high) / high
                mask |= (x * x + y * y <= 1) if kind == "oval" else ((abs(x) < 1) & (abs(y) < 1))
                outlines.append(roi.tobytes())
                continue
            ring = [(left + chance.randint(0, wide), top + chance.randint(0, high)) for _ in range(chance.randint(3, 8))]
            if kind == "subpixel":
                ring = [(numpy.float32(x + chance.random()), numpy.float32(y + chance.random())) for x, y in ring]
            if kind == "combined":
                # A ring with a hole: what ImageJ makes of a mask.
                hole = [(left + 1, top + 1), (left + wide, top + 1), (left + 1, top + high)]
                path = []
                for part in (ring, hole):
                    path += [value for at, point in enumerate(part) for value in (float(at > 0), *point)] + [4.0]
                head = bytearray(64)
                head[:8] = b"Iout" + struct.pack(">hB", 228, 1) + b"\0"
                head[8:16] = struct.pack(">4h", top, left, top + high, left + wide)
                head[36:40] = struct.pack(">i", len(path))
                outlines.append(bytes(head) + struct.pack(f">{len(path)}f", *path))
                mask |= inside([ring, hole], height, width)
                continue
            roi = roifile.ImagejRoi.frompoints(numpy.array(ring, numpy.float32 if kind == "subpixel" else numpy.int32),
                                                name=kind)
            roi.roitype = roifile.ROI_TYPE.POLYGON if kind == "polygon" else roifile.ROI_TYPE.FREEHAND
            outlines.append(roi.tobytes())
            mask |= inside([ring], height, width)
        if len(outlines) == 1:
            (folder / f"{name}.roi").write_bytes(outlines[0])
        else:
            with zipfile.ZipFile(folder / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                for at, outline in enumerate(outlines):
                    archive.writestr(zipfile.ZipInfo(f"outline{at}.roi"), outline)
        expected[name] = {"size": [height, width], "runs": runs(mask)}
    (HERE / "roi_masks.json").write_text(json.dumps(expected))


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    write_coco()
    write_nifti()
    write_npz()
    write_ome()
    write_roi()
