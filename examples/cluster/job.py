"""What ray_predict.py and dask_predict.py have in common, all of it the driver's: arguments, the images, what became of them."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

def arguments(about: str) -> argparse.Namespace:
    """What is asked for; paths are absolute, as workers have folders of their own to begin in."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("model", type=os.path.abspath, help="a model file or a run folder")
    parser.add_argument("images", nargs="*", help="image files")
    parser.add_argument("--list", help="a file with the path of an image a line; - is standard input")
    parser.add_argument("-o", "--output", required=True, type=os.path.abspath, help="the folder for the maps")
    parser.add_argument("--format", help="what their files are: npy, tiff, png16, png8, nifti, nifti16 (default: nifti of NIfTI files, else npy)")
    parser.add_argument("--address", help="a cluster to join (default: one on this machine, for this job)")
    parser.add_argument("--workers", type=int, help="how many processes predict (default: as many as there are cores for)")
    parser.add_argument("--cores", type=int, default=1, help="cores of each (default: 1)")
    parser.add_argument("--batch", type=int, default=32, help="images of a task (default: 32)")
    asked = parser.parse_args()
    asked.images = images(asked.images, asked.list)
    # Each batch alone would take its own for all: of a list with other files among NIfTI ones they would differ.
    volumes = all(image.lower().endswith((".nii", ".nii.gz")) for image in asked.images)
    asked.format = asked.format or ("nifti" if volumes else "npy")
    return asked


def images(named: Iterable[str], listed: str | None) -> list[str]:
    """The images by their paths, no two of which would be written as one."""
    paths = [os.path.abspath(path) for path in named]
    if listed is not None:
        with sys.stdin if listed == "-" else open(listed, encoding="utf-8") as lines:
            paths += [os.path.abspath(line) for line in lines.read().splitlines() if line]
    first: dict[str, str] = {}
    for path in paths:
        # A folder would be one task.
        if os.path.isdir(path):
            sys.exit(f"{path} is a folder; name its images: find {path} -type f | ... --list -")
        # Who predicts a batch sees the names of that batch alone.
        if (other := first.setdefault(name(path), path)) is not path:
            sys.exit(f"{other} and {path} would both be written as {name(path)}; predict them apart")
    if not paths:
        sys.exit("there is no image to predict: name some, or a --list of them")
    return paths


def name(image: str) -> str:
    """What the maps of an image are called: its file without the extension, and the slice if it is one, `stack.tif@0003`."""
    file, at = re.fullmatch(r"(.+?)(@[xyz]?\d+)?", Path(image).name, re.DOTALL).groups("")  # type: ignore[union-attr]
    return Path(re.sub(r"\.gz$", "", file)).stem + at


class Tally:
    """What became of the images."""

    def __init__(self) -> None:
        self.predicted = self.there = 0
        self.failed: dict[str, str] = {}

    def add(self, predicted: int, there: int, failed: dict[str, str]) -> None:
        """Of one batch; what has failed, and why, is said at once."""
        self.predicted += predicted
        self.there += there
        self.failed |= failed
        for why in failed.values():
            print(why, file=sys.stderr, flush=True)

    def finish(self) -> int:
        """Says it in one line; the exit status, which is 1 if anything failed."""
        names = f": {', '.join(sorted(self.failed))}" if self.failed else ""
        print(f"predicted {self.predicted}, there already {self.there}, failed {len(self.failed)}{names}", flush=True)
        return 1 if self.failed else 0
