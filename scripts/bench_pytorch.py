#!/usr/bin/env python3
"""Times scumble's training step and prediction, alternately with PyTorch's where PyTorch is installed.

usage: scripts/bench_pytorch.py [--python PYTHON_WITH_TORCH] [--rounds 5] [--calls 15] [--threads 2]

Each round runs both programs once for every norm, one after the other, so that a noisy machine disturbs both alike. A
number is the median of all calls of all rounds; beside it are the tenth and ninetieth percentile. The ratio is that of
the medians. Memory is the largest resident set of a process.
"""

import json
import statistics

from bench_common import KEEP, ROOT, arguments, build, has_pytorch, run, spread


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--calls", type=int, default=15)
    options = parser.parse_args()
    program = build("step", "build --release -p scumble-nn --example step")
    calls, threads = str(options.calls), str(options.threads)
    engines = {"scumble": lambda norm: run([program, "cpu", norm, calls], {"RAYON_NUM_THREADS": threads})}
    if has_pytorch(options.python):
        script = str(ROOT / "scripts" / "pytorch_unet.py")
        engines["pytorch"] = lambda norm: run([options.python, script, norm, calls, threads], KEEP)

    print(f"{options.threads} threads, {options.rounds} rounds of {options.calls} calls; median (10 % to 90 %)")
    for norm in ("none", "batch", "group"):
        found = {engine: {"step": [], "prediction": [], "memory": []} for engine in engines}
        for _ in range(options.rounds):
            for engine, measure in engines.items():
                output, _, memory = measure(norm)
                times = json.loads(output)
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
