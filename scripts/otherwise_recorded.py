#!/usr/bin/env python3
"""Makes of a data set the same one as other cameras would have recorded it: labels as they are, images of known gain, offset,
gamma, blur and noise.

usage: scripts/otherwise_recorded.py DATA -o FOLDER [--seed 5]

Images of 8 bits are changed in the six WAYS in turn, in the order of their names; raters/ and labels/ are linked. Needs NumPy, SciPy and
Pillow. The figures of docs/exposure.md are from this, with the seed that is the default.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

# Grey levels of 0 to 255: to the power of gamma, times gain, plus offset; then a blur (deviation in pixels) and noise (deviation).
WAYS = [
    {"gain": 0.5, "offset": 10, "noise": 4},
    {"gamma": 0.6},
    {"gain": 1.6, "offset": 25, "noise": 8},
    {"gamma": 1.5, "blur": 1.2, "noise": 2},
    {"gain": 0.35, "offset": 40, "blur": 0.8, "noise": 3},
    {"noise": 12},
]


def recorded(image, rng, gain=1.0, offset=0.0, gamma=1.0, blur=0.0, noise=0.0):
    """An image [H, W] or [H, W, C] of 8 bits as it would be in one of the ways."""
    light = 255 * (image.astype(float) / 255) ** gamma * gain + offset
    if blur:
        light = gaussian_filter(light, (blur, blur) + (0,) * (image.ndim - 2))
    light += rng.normal(size=light.shape) * noise
    return np.clip(np.rint(light), 0, 255).astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    (arguments.output / "images").mkdir(parents=True)
    rng = np.random.default_rng(arguments.seed)
    for at, path in enumerate(sorted((arguments.data / "images").iterdir())):
        image = recorded(np.asarray(Image.open(path)), rng, **WAYS[at % len(WAYS)])
        Image.fromarray(image).save(arguments.output / "images" / f"{path.stem}.png")
    for name in ["raters", "labels", "ignore", "dataset.toml"]:
        if (arguments.data / name).exists():
            (arguments.output / name).symlink_to((arguments.data / name).resolve())


if __name__ == "__main__":
    main()
