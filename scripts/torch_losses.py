#!/usr/bin/env python3
"""Times the losses of scumble.torch, forwards and backwards, alternately with PyTorch's own.

usage: scripts/torch_losses.py [--rounds 30] [--threads 2]

Run it with an interpreter that has PyTorch and the package (`pip install '.[torch]'`, which builds it optimised). The work:
`SoftCrossEntropy` beside `BCEWithLogitsLoss` on [16, 1, 512, 512] and beside `CrossEntropyLoss` with probability targets on
[16, 21, 256, 256], f32 on the CPU. Each round runs one after the other, in one process; a number is the median of all rounds,
beside it the tenth and ninetieth percentile.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable

from bench_common import KEEP, spread


def work():
    """Each work by name: ours, theirs, logits and targets."""
    import torch

    from scumble.torch import SoftCrossEntropy

    torch.manual_seed(0)
    binary, exclusive = (16, 1, 512, 512), (16, 21, 256, 256)
    yield (
        f"sigmoid {list(binary)}",
        SoftCrossEntropy(),
        torch.nn.BCEWithLogitsLoss(),
        torch.randn(binary),
        torch.rand(binary),
    )
    yield (
        f"softmax {list(exclusive)}",
        SoftCrossEntropy("exclusive"),
        torch.nn.CrossEntropyLoss(),
        torch.randn(exclusive),
        torch.softmax(2 * torch.randn(exclusive), 1),
    )


def milliseconds(criterion: Callable, logits, targets) -> float:
    """Of one pass forwards and backwards, to logits that, as in a network, are nobody's parameters."""
    leaf = logits.detach().requires_grad_()
    inner = leaf.view_as(leaf)
    start = time.perf_counter()
    criterion(inner, targets).backward()
    return 1e3 * (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    wanted = KEEP | {"RAYON_NUM_THREADS": str(options.threads), "OMP_NUM_THREADS": str(options.threads)}
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        # An allocator reads its settings when a process begins.
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | wanted)
    import torch

    torch.set_num_threads(options.threads)
    print(f"PyTorch {torch.__version__}, {options.threads} threads, {options.rounds} rounds; median (10 % to 90 %)")
    for name, ours, theirs, logits, targets in work():
        times: dict[str, list[float]] = {"scumble": [], "PyTorch": []}
        for round in range(options.rounds + 2):
            for who, criterion in (("scumble", ours), ("PyTorch", theirs)):
                taken = milliseconds(criterion, logits, targets)
                if round >= 2:
                    times[who].append(taken)
        for who, found in times.items():
            print(f"{name:26} {who:8} {spread(found)}")
        ratio = statistics.median(times["PyTorch"]) / statistics.median(times["scumble"])
        print(f"{name:26} {ratio:.1f} times PyTorch's speed")


if __name__ == "__main__":
    main()
