#!/usr/bin/env python3
"""Times STAPLE of seven raters' masks of 2048 x 2048 pixels, alternately with SimpleITK's, and compares the maps.

    pip install numpy SimpleITK
    python scripts/bench_staple.py [--side 2048] [--raters 7] [--rounds 5] [--threads 2]

What is timed is the same for both: from masks in memory to the map in memory. SimpleITK's masks are 8-bit images made
before. Each round runs both programs, one after the other, so that a noisy machine disturbs both alike; the ratio is
that of the medians.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import SimpleITK as sitk

ROOT = Path(__file__).resolve().parent.parent


def masks(raters, side):
    """Blobs that raters draw more or less well."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side] / side
    truth = np.sin(17 * x + 3 * y) * np.sin(13 * y - 2 * x) > 0.4
    for rater in range(raters):
        miss, invent = 0.2 + 0.05 * rater, 0.05 + 0.04 * rater
        noise = rng.random(truth.shape)
        yield np.where(truth, noise >= miss, noise < invent).astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in [("side", 2048), ("raters", 7), ("rounds", 5), ("threads", 2)]:
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    build = ["cargo", "build", "--release", "-q", "-p", "scumble", "--example", "staple"]
    subprocess.run(build, cwd=ROOT, check=True)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(options.threads)
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        files, images = [], []
        for rater, mask in enumerate(masks(options.raters, options.side)):
            files.append(f"{folder}/{rater}.raw")
            mask.tofile(files[-1])
            images.append(sitk.GetImageFromArray(mask))
        out = f"{folder}/map.raw"
        program = [ROOT / "target/release/examples/staple", str(options.side), str(options.side), "5", out, *files]
        environment = os.environ | {"RAYON_NUM_THREADS": str(options.threads)}
        for _ in range(options.rounds):
            answer = json.loads(subprocess.run(program, env=environment, check=True, capture_output=True).stdout)
            ours += answer["seconds"]
            staple = sitk.STAPLEImageFilter()
            start = time.perf_counter()
            weights = staple.Execute(images)
            theirs.append(time.perf_counter() - start)
        weights = sitk.GetArrayFromImage(weights)
        found = np.fromfile(out, "<f4").reshape(weights.shape)
    difference = np.abs(found - weights.astype(np.float32)).max()
    ms = lambda times: f"{1e3 * statistics.median(times):.1f} ms ({1e3 * min(times):.1f} to {1e3 * max(times):.1f})"
    print(f"{options.raters} raters, {options.side} x {options.side}, {options.threads} threads")
    print(f"scumble    {ms(ours)}, {answer['iterations']} iterations")
    print(f"SimpleITK  {ms(theirs)}, {staple.GetElapsedIterations()} iterations")
    print(f"ratio      {statistics.median(theirs) / statistics.median(ours):.0f}; largest difference of the f32 maps {difference:.1e}")


if __name__ == "__main__":
    main()
