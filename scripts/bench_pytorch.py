#!/usr/bin/env python3
"""Times scumble's training step and prediction, alternately with PyTorch's where PyTorch is installed.

usage: scripts/bench_pytorch.py [--python PYTHON_WITH_TORCH] [--rounds 5] [--calls 15] [--threads 2]

Each round runs both programs once for every norm, one after the other, so that a noisy machine disturbs both alike. A
number is the median of all calls of all rounds; beside it are the tenth and ninetieth percentile. The ratio is that of
the medians. Memory is the largest resident set of a process.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# glibc's allocator keeps what is freed instead of handing it back to the system and asking again.
KEEP = {
    "MALLOC_MMAP_THRESHOLD_": "4000000000",
    "MALLOC_TRIM_THRESHOLD_": "8000000000",
    "MALLOC_TOP_PAD_": "67108864",
}


def build() -> Path:
    command = ["cargo", "build", "--release", "-p", "scumble-nn", "--example", "step", "--message-format=json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    made = [line for line in map(json.loads, lines) if line.get("target", {}).get("name") == "step"]
    return Path(next(line["executable"] for line in made if line.get("executable")))


def run(command: list[str], extra: dict[str, str]) -> tuple[dict[str, list[float]], float]:
    """The program's line of JSON, and the most memory that it held, in MiB."""
    child = subprocess.Popen(command, env=os.environ | extra, stdout=subprocess.PIPE, text=True)
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)} failed")
    return json.loads(output), usage.ru_maxrss / 1024


def spread(times: list[float]) -> str:
    tenths = statistics.quantiles(times, n=10)
    return f"{statistics.median(times):7.1f} ({tenths[0]:.1f} to {tenths[-1]:.1f})"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--python", default=sys.executable, help="an interpreter that has PyTorch")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--calls", type=int, default=15)
    arguments.add_argument("--threads", type=int, default=2)
    options = arguments.parse_args()
    probe = subprocess.run([options.python, "-c", "import torch"], capture_output=True)
    ours, calls, threads = str(build()), str(options.calls), str(options.threads)
    engines = {"scumble": lambda norm: run([ours, "cpu", norm, calls], {"RAYON_NUM_THREADS": threads})}
    if probe.returncode == 0:
        script = str(ROOT / "scripts" / "pytorch_unet.py")
        engines["pytorch"] = lambda norm: run([options.python, script, norm, calls, threads], KEEP)
    else:
        print("PyTorch is not installed for", options.python, file=sys.stderr)

    print(f"{options.threads} threads, {options.rounds} rounds of {options.calls} calls; ms, median (10 % to 90 %)")
    for norm in ("none", "batch", "group"):
        found = {engine: {"step": [], "prediction": [], "memory": []} for engine in engines}
        for _ in range(options.rounds):
            for engine, measure in engines.items():
                times, memory = measure(norm)
                found[engine]["step"] += times["step"]
                found[engine]["prediction"] += times["prediction"]
                found[engine]["memory"].append(memory)
        for work in ("step", "prediction"):
            line = [f"norm {norm:5} {work:10}"]
            line += [f"{engine} {spread(result[work])}" for engine, result in found.items()]
            if "pytorch" in found:
                medians = [statistics.median(found[engine][work]) for engine in ("scumble", "pytorch")]
                line.append(f"ratio {medians[0] / medians[1]:.2f}")
            print("  ".join(line), flush=True)
        peaks = (f"{engine} {max(result['memory']):.0f} MiB" for engine, result in found.items())
        print(f"norm {norm:5} memory     ", "  ".join(peaks), flush=True)


if __name__ == "__main__":
    main()
