"""Holds exported models against predictions of scumble: `scumble export` beside onnx's checker and ONNX Runtime.

    pip install numpy onnx onnxruntime
    scumble export RUN -o model.onnx && scumble predict RUN image.png -o maps --fast --precision f32
    python scripts/check_onnx.py model.onnx image.npy maps/image.npy

The image is an array [H, W], [H, W, C] or [N, C, H, W]; integers are divided by the largest of their type, as the graph's
input asks for. Probabilities are [H, W], [H, W, K], [K, H, W] or [N, K, H, W]. A folder in place of the three holds folders of
model.onnx, image.npy and probabilities.npy each:

    SCUMBLE_ONNX_CASES=/tmp/cases cargo test -p scumble-nn --test onnx && python scripts/check_onnx.py /tmp/cases

Exits with 1 where a file does not pass the checker, or probabilities are further apart than 1e-5.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

TOLERANCE = 1e-5


def as_input(image):
    """[N, C, H, W] in units: 255 in 8 bits and 65535 in 16 bits are 1."""
    if np.issubdtype(image.dtype, np.integer):
        image = image / np.iinfo(image.dtype).max
    image = image.astype(np.float32)
    if image.ndim == 2:
        image = image[:, :, None]
    return image if image.ndim == 4 else image.transpose(2, 0, 1)[None]


def as_maps(maps, shape):
    """[N, K, H, W], the shape of the graph's output."""
    if maps.ndim == 2:
        maps = maps[None]
    if maps.ndim == 3 and maps.shape != shape[1:]:
        maps = maps.transpose(2, 0, 1)
    return maps.reshape(shape)


def distance(model, image, probabilities):
    """The largest difference of a probability."""
    onnx.checker.check_model(str(model), full_check=True)
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    (found,) = session.run(["probabilities"], {"image": as_input(np.load(image))})
    return np.abs(found - as_maps(np.load(probabilities), found.shape)).max()


def main(arguments):
    if len(arguments) == 1:
        folders = sorted(path.parent for path in Path(arguments[0]).glob("*/model.onnx"))
        cases = [(f.name, [f / name for name in ("model.onnx", "image.npy", "probabilities.npy")]) for f in folders]
    elif len(arguments) == 3:
        cases = [(arguments[0], arguments)]
    else:
        sys.exit(__doc__)
    failed = 0
    for name, files in cases:
        far = distance(*files)
        failed += not far <= TOLERANCE
        print(f"{far:.1e}  {name}")
    print(f"{len(cases)} models, {failed} further apart than {TOLERANCE:.0e}")
    sys.exit(1 if failed or not cases else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
