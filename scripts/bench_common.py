"""What the benchmarks beside other programs share: building ours, running a program, PyTorch's settings, the figures."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# For PyTorch: glibc's allocator keeps what is freed instead of handing it back to the system and asking again.
KEEP = {
    "MALLOC_MMAP_THRESHOLD_": "4000000000",
    "MALLOC_TRIM_THRESHOLD_": "8000000000",
    "MALLOC_TOP_PAD_": "67108864",
}


def arguments(doc: str, rounds: int = 5) -> argparse.ArgumentParser:
    """What every benchmark can be told; the first line of its doc string says what it is."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has the other program's packages")
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--threads", type=int, default=2)
    return parser


def build(name: str, command: str) -> str:
    """Builds with cargo and returns the path of the executable of this name."""
    lines = subprocess.run(
        ["cargo", *command.split(), "--message-format=json"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    made = [line for line in map(json.loads, lines) if line.get("target", {}).get("name") == name]
    return next(line["executable"] for line in made if line.get("executable"))


def has_pytorch(python: str) -> bool:
    """Whether this interpreter has PyTorch; says so on stderr if not."""
    found = subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0
    if not found:
        print("PyTorch is not installed for", python, file=sys.stderr)
    return found


def run(command: list[str], settings: dict[str, str]) -> tuple[str, float, float]:
    """What a program printed, its seconds, and the most memory that it held, in MiB."""
    start = time.perf_counter()
    child = subprocess.Popen(command, env=os.environ | settings, stdout=subprocess.PIPE, text=True)
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed")
    return output, time.perf_counter() - start, usage.ru_maxrss / 1024


def spread(times: list[float]) -> str:
    """The median, and the tenth and ninetieth percentile."""
    tenths = statistics.quantiles(times, n=10)
    return f"{statistics.median(times):7.1f} ms ({tenths[0]:.1f} to {tenths[-1]:.1f})"
