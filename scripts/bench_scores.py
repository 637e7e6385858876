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
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


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


def run(command: list[str], threads: int) -> tuple[str, float, float]:
    """What it printed, its seconds, and its largest resident set in MB."""
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} failed")
    return text, time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--program", help="a release build of scumble; default: it is built")
    parser.add_argument("--images", type=int, default=8)
    parser.add_argument("--side", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peer", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        return peer(arguments.peer[0], Path(arguments.peer[1]), arguments.threads)
    program = arguments.program or str(ROOT / "target/release/scumble")
    if not arguments.program:
        subprocess.run(["cargo", "build", "--release", "-q", "-p", "scumble-cli"], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), arguments.images, arguments.side)
        threads = arguments.threads
        this = [arguments.python, __file__, "--threads", str(threads), "--peer"]
        found: dict[str, list[tuple[float, float]]] = {}
        for _ in range(arguments.rounds):
            command = [program, "eval", f"{folder}/maps", f"{folder}/labels", "--json"]
            _, seconds, memory = run(command, threads)
            found.setdefault("scumble eval, all scores, files included", []).append((seconds, memory))
            for kind in ("torchmetrics", "numpy"):
                text, _, memory = run([*this, kind, folder], threads)
                name = f"{kind}, one calibration error, in memory"
                found.setdefault(name, []).append((float(text), memory))
    pixels = arguments.images * arguments.side**2
    print(f"{pixels / 1e6:.1f} million pixels, {threads} threads, {arguments.rounds} rounds in turn")
    for name, runs in found.items():
        seconds, memory = (statistics.median(column) for column in zip(*runs))
        print(f"  {name:45} {seconds:6.2f} s  {memory:6.0f} MB")


if __name__ == "__main__":
    main()
