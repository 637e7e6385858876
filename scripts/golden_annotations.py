"""Writes crates/scumble-data/tests/fixtures/annotations: what annotation tools export, and the masks that it stands for.

    pip install numpy pillow shapely rasterio
    pip install --no-deps label-studio-sdk cvat-sdk labelme
    python scripts/golden_annotations.py

Masks in runs are packed by the tools' own encoders: Label Studio's brush, CVAT's masks, labelme's pictures. Shapes are
filled by shapely (a pixel is inside where its centre is), and polygons by rasterio, too. The seed is fixed; the files
change only with the programs.
"""

import importlib.util
import json
import math
import random
import sys
import types
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy
import rasterio.features
import shapely
from shapely import affinity

HERE = Path(__file__).resolve().parent.parent / "crates/scumble-data/tests/fixtures/annotations"


def module(package, file):
    """One file of a package, without what the package imports."""
    found = Path(importlib.util.find_spec(package).submodule_search_locations[0]) / file
    spec = importlib.util.spec_from_file_location(found.stem, found)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def tools():
    # labelme's file of pictures names Qt, and uses it for other things.
    qt = types.ModuleType("PyQt5")
    qt.QtGui = types.SimpleNamespace(QPixmap=None, QImage=None)
    sys.modules.setdefault("PyQt5", qt)
    return (module("label_studio_sdk", "converter/brush.py"), module("cvat_sdk", "masks.py"),
            module("labelme", "utils/image.py"))


BRUSH, CVAT, PICTURE = tools()


def runs(mask):
    """Lengths of off, on, off, .. down the columns."""
    lengths, value, length = [], 0, 0
    for pixel in mask.astype(numpy.uint8).flatten(order="F"):
        if pixel != value:
            lengths.append(length)
            value, length = pixel, 0
        length += 1
    return [int(n) for n in lengths + [length]]


def filled(shape, size):
    rows, columns = numpy.mgrid[:size[0], :size[1]]
    return shapely.contains_xy(shape, columns + 0.5, rows + 0.5)


def polygon(chance, size, corners):
    """Random corners, up to a sixth outside, whose ring does not cross itself; and its mask."""
    while True:
        centre = [chance.uniform(0.2, 0.8) * side for side in size]
        angles = sorted(chance.uniform(0, 2 * math.pi) for _ in range(corners))
        ring = [(centre[1] + chance.uniform(0.2, 0.6) * size[1] * math.cos(angle),
                 centre[0] + chance.uniform(0.2, 0.6) * size[0] * math.sin(angle)) for angle in angles]
        shape = shapely.Polygon(ring)
        if shape.is_valid and shape.area > 1:
            return [[round(x, 3), round(y, 3)] for x, y in ring]


def of_ring(ring, size, holes=()):
    shape = shapely.Polygon(ring, holes)
    mask = filled(shape, size)
    burnt = rasterio.features.rasterize([shape], out_shape=size, all_touched=False).astype(bool)
    assert (mask == burnt).all(), "shapely and rasterio differ"
    return mask


def of_ellipse(centre, radii, turn, size):
    circle = shapely.Point(0, 0).buffer(1, quad_segs=1 << 14)
    shape = affinity.translate(affinity.rotate(affinity.scale(circle, *radii), turn, origin=(0, 0)), *centre)
    return filled(shape, size)


def of_box(left, top, right, bottom, turn, origin, size):
    return filled(affinity.rotate(shapely.box(left, top, right, bottom), turn, origin=origin), size)


def blob(chance, size):
    """A mask of pixels, sometimes of none or of all."""
    density = chance.choice([0, 0.05, 0.5, 0.9, 1])
    mask = numpy.array([[chance.random() < density for _ in range(size[1])] for _ in range(size[0])], bool)
    top, left = chance.randint(0, size[0] // 2), chance.randint(0, size[1] // 2)
    mask[top:top + size[0] // 3, left:left + size[1] // 3] = density > 0
    return mask


def label_studio(images, chance):
    """Two annotators of every image, and one who has given up."""
    tasks, masks = [], {}
    for number, (image, size) in enumerate(images.items()):
        height, width = size
        annotations = []
        for rater in (7, {"id": 8, "email": "ben@example.org", "first_name": "Ben"}):
            result, mask = [], {"cell": numpy.zeros(size, bool), "dirt": numpy.zeros(size, bool)}
            for at in range(chance.randint(0, 4)):
                label = chance.choice(["cell", "dirt"])
                kind = chance.choice(["brush", "polygon", "rectangle", "ellipse"])
                percent = lambda x, side: x * 100 / side
                if kind == "brush":
                    covered = blob(chance, size)
                    value = {"format": "rle", "rle": BRUSH.mask2rle(covered.astype(numpy.uint8) * 255)}
                elif kind == "polygon":
                    ring = polygon(chance, size, chance.randint(3, 9))
                    covered = of_ring(ring, size)
                    value = {"points": [[percent(x, width), percent(y, height)] for x, y in ring], "closed": True}
                else:
                    x, y = chance.uniform(0.1, 0.6) * width, chance.uniform(0.1, 0.6) * height
                    across, down = chance.uniform(0.1, 0.5) * width, chance.uniform(0.1, 0.5) * height
                    turn = chance.choice([0, round(chance.uniform(0, 360), 2)])
                    value = {"x": percent(x, width), "y": percent(y, height), "rotation": turn}
                    if kind == "ellipse":
                        covered = of_ellipse((x, y), (across, down), turn, size)
                        value |= {"radiusX": percent(across, width), "radiusY": percent(down, height)}
                    else:
                        covered = of_box(x, y, x + across, y + down, turn, (x, y), size)
                        value |= {"width": percent(across, width), "height": percent(down, height)}
                mask[label] |= covered
                value[f"{kind}labels"] = [label]
                result.append({"id": f"r{at}", "type": f"{kind}labels", "from_name": kind, "to_name": "image",
                               "original_width": width, "original_height": height, "image_rotation": 0,
                               "value": value, "origin": "manual"})
            annotations.append({"id": 100 + len(annotations) + 10 * number, "completed_by": rater, "result": result,
                                "was_cancelled": False, "ground_truth": False})
            name = str(rater) if isinstance(rater, int) else rater["email"]
            masks.setdefault(name, {})[image] = {label: runs(covered) for label, covered in mask.items()}
        annotations.append({"id": 109 + 10 * number, "completed_by": 9, "result": [], "was_cancelled": True})
        tasks.append({"id": number + 1, "annotations": annotations, "predictions": [{"result": [{"type": "brushlabels"}]}],
                      "data": {"image": f"/data/upload/3/{number:08x}-{image}.npy", "note": "from the left"}})
    (HERE / "label_studio.json").write_text(json.dumps(tasks))
    return masks


def cvat(images, chance):
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<annotations>", "<version>1.1</version>", "<meta><job><labels>",
             *(f"<label><name>{name}</name><color>#ff0000</color></label>" for name in ("dirt", "cell")),
             "</labels></job></meta>"]
    masks = {}
    for number, (image, size) in enumerate(images.items()):
        height, width = size
        mask = {"cell": numpy.zeros(size, bool), "dirt": numpy.zeros(size, bool)}
        lines.append(f'<image id="{number}" name="tiles/{image}.png" width="{width}" height="{height}">')
        for _ in range(chance.randint(0, 4)):
            label = chance.choice(["cell", "dirt"])
            kind = chance.choice(["mask", "polygon", "box", "ellipse"])
            if kind == "mask":
                covered = blob(chance, size)
                *lengths, left, top, right, bottom = CVAT.encode_mask(covered)
                fields = {"rle": ", ".join(map(str, lengths)), "left": left, "top": top, "width": right - left + 1,
                          "height": bottom - top + 1}
            elif kind == "polygon":
                ring = [[round(x, 2), round(y, 2)] for x, y in polygon(chance, size, chance.randint(3, 9))]
                covered = of_ring(ring, size)
                fields = {"points": ";".join(f"{x:.2f},{y:.2f}" for x, y in ring)}
            else:
                x, y = round(chance.uniform(0.1, 0.6) * width, 2), round(chance.uniform(0.1, 0.6) * height, 2)
                across, down = round(chance.uniform(0.1, 0.5) * width, 2), round(chance.uniform(0.1, 0.5) * height, 2)
                turn = chance.choice([0, round(chance.uniform(0, 360), 2)])
                if kind == "ellipse":
                    covered = of_ellipse((x, y), (across, down), turn, size)
                    fields = {"cx": x, "cy": y, "rx": across, "ry": down}
                else:
                    right, bottom = round(x + across, 2), round(y + down, 2)
                    covered = of_box(x, y, right, bottom, turn, ((x + right) / 2, (y + bottom) / 2), size)
                    fields = {"xtl": x, "ytl": y, "xbr": right, "ybr": bottom}
                fields |= {"rotation": turn} if turn else {}
            mask[label] |= covered
            fields = {"label": label, "source": "manual", "occluded": 0, **fields, "z_order": 0}
            lines.append(f"<{kind} " + " ".join(f"{name}={quoteattr(str(value))}" for name, value in fields.items())
                         + f"></{kind}>")
        lines.append("</image>")
        masks[image] = {label: runs(covered) for label, covered in mask.items()}
    (HERE / "cvat.xml").write_text("\n".join(lines + ["</annotations>"]) + "\n")
    return masks


def labelme(images, chance):
    folder, masks = HERE / "labelme", {}
    folder.mkdir(exist_ok=True)
    for number, (image, size) in enumerate(images.items()):
        height, width = size
        shapes, mask = [], {"cell": numpy.zeros(size, bool), "dirt": numpy.zeros(size, bool)}
        for at in range(chance.randint(0 if number else 4, 4)):
            label, kind, packed = chance.choice(["cell", "dirt"]), chance.choice(["mask", "polygon", "rectangle", "circle"]), None
            if kind == "mask":
                covered = blob(chance, size)
                covered[height // 2, width // 2] = True
                rows, columns = (numpy.flatnonzero(covered.any(axis)) for axis in (1, 0))
                points = [[float(columns[0]), float(rows[0])], [float(columns[-1]), float(rows[-1])]]
                inner = covered[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]
                packed = PICTURE.img_arr_to_b64(inner if at % 2 else inner.astype(numpy.uint8))
            elif kind == "polygon":
                points = polygon(chance, size, chance.randint(3, 9))
                covered = of_ring(points, size)
            else:
                points = [[round(chance.uniform(0.2, 0.8) * side, 3) for side in (width, height)] for _ in range(2)]
                (x, y), (to_x, to_y) = points
                if kind == "circle":
                    radius = math.dist(*points)
                    covered = of_ellipse((x, y), (radius, radius), 0, size)
                else:
                    covered = of_box(min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y), 0, (0, 0), size)
            mask[label] |= covered
            shapes.append({"label": label, "points": points, "group_id": None, "description": "", "shape_type": kind,
                           "flags": {}, "mask": packed})
        document = {"version": "6.3.1", "flags": {}, "shapes": shapes, "imagePath": f"{image}.npy", "imageData": None,
                    "imageHeight": height, "imageWidth": width}
        (folder / f"{image}.json").write_text(json.dumps(document))
        masks[image] = {label: runs(covered) for label, covered in mask.items()}
    return masks


def qupath(images, chance):
    folder, masks = HERE / "qupath", {}
    folder.mkdir(exist_ok=True)
    for number, (image, size) in enumerate(images.items()):
        features, mask = [], {"cell": numpy.zeros(size, bool), "dirt": numpy.zeros(size, bool)}
        for at in range(chance.randint(0 if number else 4, 4)):
            label, kind = chance.choice(["cell", "dirt"]), chance.choice(["Polygon", "hole", "MultiPolygon"])
            shapes = []
            while len(shapes) < (2 if kind == "MultiPolygon" else 1):
                shape = shapely.Polygon(polygon(chance, size, chance.randint(4, 9)))
                inner = affinity.scale(shape, 0.4, 0.4)
                shape = shapely.Polygon(shape.exterior, [inner.exterior] if kind == "hole" else [])
                shapes += [shape] if shape.is_valid else []
            covered = numpy.zeros(size, bool)
            for shape in shapes:
                covered |= of_ring(shape.exterior, size, shape.interiors)
            mask[label] |= covered
            geometry = shapely.geometry.mapping(shapes[0] if len(shapes) == 1 else shapely.MultiPolygon(shapes))
            features.append({"type": "Feature", "id": f"{image}-{at}", "geometry": geometry, "properties":
                             {"objectType": "annotation", "classification": {"name": label, "color": [200, 0, 0]}}})
        document = {"type": "FeatureCollection", "features": features} if number % 2 else features
        (folder / f"{image}.geojson").write_text(json.dumps(document))
        masks[image] = {label: runs(covered) for label, covered in mask.items()}
    return masks


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    sizes = random.Random(3)
    images = {f"s{number:02}": (sizes.randint(9, 40), sizes.randint(9, 40)) for number in range(16)}
    masks = {"sizes": images, "label_studio": label_studio(images, random.Random(4)), "cvat": cvat(images, random.Random(5)),
             "labelme": labelme(images, random.Random(6)), "qupath": qupath(images, random.Random(7))}
    (HERE / "masks.json").write_text(json.dumps(masks))
