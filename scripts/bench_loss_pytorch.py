#!/usr/bin/env python3
"""Times the losses with their gradients, alternately with PyTorch's where PyTorch is installed.

usage: scripts/bench_loss_pytorch.py [--python PYTHON_WITH_TORCH] [--rounds 5] [--calls 15] [--threads 2]

The work: `binary_cross_entropy_with_logits` on 2^24 f32 and `cross_entropy` with probability targets on
[16, 21, 256, 256], forwards and backwards, and the same by scumble's `..._gradient_into`, which also takes the floor and
looks at the targets. Each round runs both programs, one after the other, so that a noisy machine disturbs both alike. A
number is the median of all calls of all rounds; beside it are the tenth and ninetieth percentile.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from bench_common import KEEP, arguments, build, has_pytorch, run, spread

WORK = ("sigmoid 2^24", "softmax [16, 21, 256, 256]")


def pytorch(calls: int, threads: int) -> None:
    """Runs in the interpreter that has PyTorch; prints milliseconds of each work as JSON."""
    import torch
    from torch.nn import functional as F

    torch.set_num_threads(threads)
    torch.manual_seed(0)

    def times(loss, logits, targets) -> list[float]:
        logits.requires_grad_()
        found = []
        for _ in range(calls + 2):
            logits.grad = None
            start = time.perf_counter()
            loss(logits, targets).backward()
            found.append(1e3 * (time.perf_counter() - start))
        return found[2:]

    n, shape = 1 << 24, (16, 21, 256, 256)
    sigmoid = times(F.binary_cross_entropy_with_logits, torch.randn(n), torch.rand(n))
    softmax = times(F.cross_entropy, torch.randn(shape), torch.softmax(2 * torch.randn(shape), 1))
    print(json.dumps(dict(zip(WORK, (sigmoid, softmax)))))


def scumble(program: str, threads: int) -> dict[str, dict[str, list[float]]]:
    """Milliseconds of each work and kind of target, as criterion sampled them."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"CRITERION_HOME": home, "RAYON_NUM_THREADS": str(threads)}
        command = [program, "--bench", "--warm-up-time", "0.5", "--measurement-time", "1.5"]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found: dict[str, dict[str, list[float]]] = {}
        for file in Path(home).glob("*/*/new/benchmark.json"):
            name = json.loads(file.read_text())
            sample = json.loads(file.with_name("sample.json").read_text())
            times = [1e-6 * t / n for t, n in zip(sample["times"], sample["iters"])]
            found.setdefault(name["group_id"], {})[name["value_str"]] = times
        return found


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--calls", type=int, default=15)
    parser.add_argument("--pytorch", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.pytorch:
        pytorch(options.calls, options.threads)
        return
    have = has_pytorch(options.python)
    theirs = [options.python, __file__, "--pytorch", f"--calls={options.calls}", f"--threads={options.threads}"]
    program = build("loss", "bench -p scumble --bench loss --no-run")
    all_times: dict[tuple[str, str], list[float]] = {}
    for _ in range(options.rounds):
        for work, kinds in scumble(program, options.threads).items():
            for kind, times in kinds.items():
                all_times.setdefault((work, kind), []).extend(times)
        if have:
            for work, times in json.loads(run(theirs, KEEP)[0]).items():
                all_times.setdefault((work, "pytorch"), []).extend(times)

    print(f"{options.threads} threads, {options.rounds} rounds; median (10 % to 90 %)")
    for work in WORK:
        copy = statistics.median(all_times[work, "copy"])
        for kind, bytes_moved in (("copy", 8), ("f32", 12), ("u16", 10), ("u8", 9), ("f32 with floor", 12), ("pytorch", 12)):
            if times := all_times.get((work, kind)):
                median = statistics.median(times)
                line = f"{work:27} {kind:14} {spread(times)}  {bytes_moved / 8 * copy / median:.2f} of the copy's bandwidth"
                if have and kind != "pytorch":
                    line += f"  {statistics.median(all_times[work, 'pytorch']) / median:.1f} times PyTorch's speed"
                print(line)


if __name__ == "__main__":
    main()
