#!/usr/bin/env python3
"""Times `scumble eval`, all scores of one class, alternately with torchmetrics' calibration error and with NumPy's.

usage: scripts/bench_scores.py [--python PYTHON_WITH_TORCHMETRICS] [--program SCUMBLE] [--images 8] [--side 2048] [--rounds 3] [--threads 2]

Soft labels and predictions of f32 are written as NPY, IMAGES pairs of SIDE x SIDE pixels (8 of 2048: 33.6 million). Each
round runs all programs, one after the other, so that a noisy machine disturbs them alike. scumble's time is that of the
whole program: it starts, reads every file, checks it, judges it in full with intervals, and prints JSON. The others have
their arrays in memory when their time starts: torchmetrics' `binary_calibration_error` alone (15 bins, against the label
at 0.5), and the expected calibration error against the soft label in plain NumPy. Medians, and the largest resident set
of a process.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from bench_common import arguments, build, run


def make(folder: Path, images: int, side: int) -> None:
    import numpy as np

    rng = np.random.default_rng(0)
    for name in ("labels", "maps"):
        (folder / name).mkdir()
    for image in range(images):
        logits = rng.uniform(-6, 6, (side, side)).astype(np.float32)
        noisy = logits + rng.normal(0, 1, (side, side)).astype(np.float32)
        np.save(folder / f"labels/{image:03}.npy", 1 / (1 + np.exp(-logits)))
        np.save(folder / f"maps/{image:03}.npy", 1 / (1 + np.exp(-noisy)))


def peer(kind: str, folder: Path, threads: int) -> None:
    """Runs in a process of its own; prints the seconds."""
    import numpy as np

    read = lambda name: np.concatenate([np.load(file).ravel() for file in sorted((folder / name).iterdir())])
    label, prediction = read("labels"), read("maps")
    if kind == "torchmetrics":
        import torch
        from torchmetrics.functional.classification import binary_calibration_error

        torch.set_num_threads(threads)
        label, prediction = torch.from_numpy((label >= 0.5).astype(np.int64)), torch.from_numpy(prediction)
        start = time.perf_counter()
        binary_calibration_error(prediction, label, n_bins=15)
    else:
        start = time.perf_counter()
        bins = np.minimum((prediction * 15).astype(np.int64), 14)
        gap = np.bincount(bins, prediction, 15) - np.bincount(bins, label, 15)
        abs(gap).sum() / len(label)
    print(time.perf_counter() - start)


def main() -> None:
    parser = arguments(__doc__, rounds=3)
    parser.add_argument("--program", help="a release build of scumble; default: it is built")
    parser.add_argument("--images", type=int, default=8)
    parser.add_argument("--side", type=int, default=2048)
    parser.add_argument("--peer", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        return peer(options.peer[0], Path(options.peer[1]), options.threads)
    program = options.program or build("scumble", "build --release -p scumble-cli")
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), options.images, options.side)
        threads = str(options.threads)
        settings = {"RAYON_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        this = [options.python, __file__, "--threads", threads, "--peer"]
        found: dict[str, list[tuple[float, float]]] = {}
        for _ in range(options.rounds):
            command = [program, "eval", f"{folder}/maps", f"{folder}/labels", "--json"]
            _, seconds, memory = run(command, settings)
            found.setdefault("scumble eval, all scores, files included", []).append((seconds, memory))
            for kind in ("torchmetrics", "numpy"):
                text, _, memory = run([*this, kind, folder], settings)
                name = f"{kind}, one calibration error, in memory"
                found.setdefault(name, []).append((float(text), memory))
    pixels = options.images * options.side**2
    print(f"{pixels / 1e6:.1f} million pixels, {threads} threads, {options.rounds} rounds in turn")
    for name, runs in found.items():
        seconds, memory = (statistics.median(column) for column in zip(*runs))
        print(f"  {name:45} {seconds:6.2f} s  {memory:6.0f} MB")


if __name__ == "__main__":
    main()
