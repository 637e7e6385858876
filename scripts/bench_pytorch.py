#!/usr/bin/env python3
"""Times scumble's training step and prediction, alternately with PyTorch's where PyTorch is installed.

usage: scripts/bench_pytorch.py [--python PYTHON_WITH_TORCH] [--precision f32|bf16|both] [--norm none ..] [--rounds 5]
                                [--calls 15] [--threads 2]

Each round runs both programs once for every norm and precision, one after the other, so that a noisy machine disturbs all
alike. bf16 is PyTorch's `torch.autocast("cpu", torch.bfloat16)`; both run in channels last. A number is the best of all
calls of all rounds and their median; the ratios are those of the bests and of the medians. Memory is the largest resident
set of a process. SCUMBLE_ISA in the environment names the instruction set of scumble, not PyTorch's.
"""

import json
import os
import statistics
import sys

from bench_common import KEEP, ROOT, arguments, build, has_pytorch, run

PRECISIONS = {"f32": ("f32",), "bf16": ("bf16",), "both": ("f32", "bf16")}
NORMS = ("none", "batch", "group")


def cell(times: list[float]) -> str:
    return f"{min(times):7.1f} {statistics.median(times):7.1f}"


def ratios(ours: list[float], theirs: list[float]) -> str:
    return f"{min(ours) / min(theirs):.2f} {statistics.median(ours) / statistics.median(theirs):.2f}"


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--precision", choices=PRECISIONS, default="both")
    parser.add_argument("--norm", choices=NORMS, nargs="+", default=NORMS)
    parser.add_argument("--calls", type=int, default=15)
    parser.add_argument("--program", help="scumble-nn's example `step`, already built")
    options = parser.parse_args()
    program = options.program or build("step", "build --release -p scumble-nn --example step")
    calls, threads = str(options.calls), str(options.threads)

    def scumble(norm: str, precision: str) -> tuple[str, float, float]:
        return run([program, "cpu", norm, calls, precision], {"RAYON_NUM_THREADS": threads})

    engines = {"scumble": scumble}
    if has_pytorch(options.python):
        script = str(ROOT / "scripts" / "pytorch_unet.py")
        engines["pytorch"] = lambda norm, precision: run(
            [options.python, script, norm, calls, threads, precision], KEEP
        )

    isa = os.environ.get("SCUMBLE_ISA", "the processor's best instruction set")
    count = options.rounds * options.calls
    print(f"{options.threads} threads, {isa}; the best and the median of {count} calls, in ms", file=sys.stderr)
    heads = [f"{name} step, prediction, MiB" for name in engines] + ["ratios"] * (len(engines) == 2)
    print("norm  precision  " + " | ".join(f"{head:37}" for head in heads).rstrip())
    for norm in options.norm:
        precisions = PRECISIONS[options.precision]
        found = {(e, p): {"step": [], "prediction": [], "memory": []} for e in engines for p in precisions}
        for _ in range(options.rounds):
            for (engine, precision), result in found.items():
                output, _, memory = engines[engine](norm, precision)
                times = json.loads(output)
                result["step"] += times["step"]
                result["prediction"] += times["prediction"]
                result["memory"].append(memory)
        for precision in precisions:
            results = [found[engine, precision] for engine in engines]
            cells = [f"{cell(r['step'])} {cell(r['prediction'])} {max(r['memory']):5.0f}" for r in results]
            if len(results) == 2:
                cells += [", ".join(ratios(results[0][work], results[1][work]) for work in ("step", "prediction"))]
            print(f"{norm:5} {precision:9}  " + " | ".join(f"{text:37}" for text in cells).rstrip(), flush=True)


if __name__ == "__main__":
    main()
