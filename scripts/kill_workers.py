#!/usr/bin/env python3
"""Kills workers and drivers of the cluster scripts at random moments, and looks at what they leave:
kill_workers.py [ray] [dask] [--kills 25] [--images 200] [--seed 0].

Each kill is a job of its own on two workers of this machine, by the Python that runs this, which has scumble and what is named.
Every other kill is of a worker, and Ray or Dask must bring the job to its end; the others are of the driver, whose processes must
go with it, and the same command must do the rest. One in four comes before there is any map. Whatever was killed, at its end
each image must have its maps, with the bytes of one undisturbed process, and once more the same command must have nothing to do.

Prints a line with the counts for each. Leaves with 1 if anything was lost, other, half, or left running.
"""

from __future__ import annotations

import argparse
import collections
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SCRIPTS = Path(__file__).parents[1] / "examples" / "cluster"
TINY = {"network.widths": [4, 8], "train.patch": 32, "train.batch": 2, "train.epochs": 1, "train.steps": 1}

WORKERS_LEFT = "workers left running"

# What there must be none of.
WRONG = ["half files", "images lost", "images with other bytes", "files that should not be", WORKERS_LEFT]
WRONG += ["jobs that did not survive a worker", "reruns that failed", "predicted twice or not counted", "reruns with something to do"]


def train(folder: Path) -> Path:
    """The model of a tiny training, of images of 40 x 40."""
    import scumble

    chance = np.random.default_rng(0)
    images = [chance.integers(0, 255, (40, 40), np.uint8) for _ in range(4)]
    raters = {"ann": [image > 120 for image in images], "bob": [image > 140 for image in images]}
    data = scumble.Dataset.from_arrays(images, raters=raters, folder=folder / "data")
    scumble.train(data, folder / "run", TINY, progress=False)
    return folder / "run" / "model.safetensors"


def draw(folder: Path, count: int) -> list[Path]:
    """Small images."""
    folder.mkdir()
    chance = np.random.default_rng(1)
    paths = [folder / f"{at:04}.npy" for at in range(count)]
    for path in paths:
        np.save(path, chance.integers(0, 255, (24, 24), np.uint8))
    return paths


class Job:
    """A driver with all its processes: a session of the system's."""

    def __init__(self, tool: str, *words: object, log: Path) -> None:
        command = [sys.executable, SCRIPTS / f"{tool}_predict.py", "--workers", 2, "--batch", 8, *words]
        quiet = {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0", "RAY_TMPDIR": str(log.parent)}
        self.log = log
        with log.open("w") as out:
            self.driver = subprocess.Popen(
                list(map(str, command)), env=os.environ | quiet, stdout=out, stderr=out, start_new_session=True
            )

    def processes(self) -> dict[int, str]:
        """Those that live, with their commands."""
        found = {}
        for entry in Path("/proc").iterdir():
            try:
                state, _, _, session = (entry / "stat").read_text().rpartition(") ")[2].split()[:4]
                if session == str(self.driver.pid) and state not in "ZX":
                    found[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
            except (OSError, ValueError):
                pass
        return found

    def workers(self) -> list[int]:
        """Those that predict."""
        return [process for process, command in self.processes().items() if re.search("ray::MapWorker|spawn_main", command)]

    def finish(self, seconds: float = 120) -> int:
        """Waits for the end, and for that of all processes; the exit status, or -99 of what has not come to its end."""
        try:
            status = self.driver.wait(seconds)
        except subprocess.TimeoutExpired:
            self.end()
            return -99
        until = time.monotonic() + 15  # Agents of Ray's own stay a minute.
        while self.processes() and time.monotonic() < until:
            time.sleep(0.1)
        return status

    def end(self) -> collections.Counter[str]:
        """Ends what still lives, and counts it: workers, and what Ray or Dask has besides."""
        living = self.processes()
        workers = set(self.workers())
        for process in living:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.driver.wait()
        return collections.Counter({WORKERS_LEFT: len(workers), "other processes left": len(living.keys() - workers)})

    def said(self) -> list[int]:
        """The counts of its last line: predicted, there already, failed."""
        lines = re.findall(r"^predicted (\d+), there already (\d+), failed (\d+)", self.log.read_text(), re.MULTILINE)
        return [int(count) for count in lines[-1]] if lines else []


def maps(folder: Path) -> dict[str, bytes]:
    """What is visible."""
    paths = folder.iterdir() if folder.exists() else ()
    return {path.name: path.read_bytes() for path in paths if not path.name.startswith(".")}


def count(folder: Path) -> int:
    return sum(not name.startswith(".") for name in os.listdir(folder)) if folder.exists() else 0


def kill(job: Job, output: Path, whom: str, after: int, chance: random.Random) -> bool:
    """Kills once there are so many maps, and a bit later; whether there was somebody to kill."""
    while count(output) < after and job.driver.poll() is None:
        time.sleep(0.002)
    time.sleep(chance.uniform(0, 0.05) if after else chance.uniform(0, 6))
    if job.driver.poll() is not None:
        return False
    victims = [job.driver.pid] if whom == "driver" else job.workers()
    while not victims and job.driver.poll() is None:
        time.sleep(0.01)
        victims = job.workers()
    try:
        os.kill(chance.choice(victims), signal.SIGKILL)
    except (IndexError, ProcessLookupError):
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tools", nargs="*", default=["ray", "dask"])
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    import scumble

    # Sockets lie in it, whose paths are short.
    folder = Path(tempfile.mkdtemp(prefix="kw"))
    model, images = train(folder), draw(folder / "images", asked.images)
    scumble.predict(model, images, folder / "reference", progress=False)
    reference = maps(folder / "reference")
    wrong = 0
    for tool in asked.tools:
        counts: collections.Counter[str] = collections.Counter()
        bad = 0
        for number in range(asked.kills):
            chance = random.Random(asked.seed * 1_000_003 + number)
            whom = "driver" if number % 2 else "worker"
            output, words = folder / f"{tool}{number}", [model, *images, "-o", folder / f"{tool}{number}"]
            job = Job(tool, *words, log=folder / "log")
            after = 0 if number % 4 == chance.randrange(4) else chance.randrange(1, asked.images)
            counts[f"{whom} killed" if kill(job, output, whom, after, chance) else "too late"] += 1
            # Whole or not there, while and after it happens.
            counts["half files"] += sum(found != reference[name] for name, found in maps(output).items())
            status = job.finish()
            counts += job.end()
            if whom == "worker":
                counts["jobs that did not survive a worker"] += status != 0
            if status != 0:
                there = count(output) - ("maps.json" in maps(output))
                counts["maps there when the driver was gone"] += there
                job = Job(tool, *words, log=folder / "log")
                counts["reruns that failed"] += job.finish() != 0
                counts += job.end()
                counts["predicted twice or not counted"] += job.said() != [asked.images - there, there, 0]
            found = maps(output)
            counts["images lost"] += len(reference.keys() - found.keys())
            counts["images with other bytes"] += sum(found[name] != reference[name] for name in found.keys() & reference.keys())
            counts["files that should not be"] += len(found.keys() - reference.keys())
            counts["hidden files of the killed"] += sum(name.startswith(".") for name in os.listdir(output))
            times = {path: path.stat().st_mtime_ns for path in output.glob("*.npy")}
            if number % 5 == 0:
                job = Job(tool, *words, log=folder / "log")
                counts["reruns with something to do"] += job.finish() != 0 or job.said() != [0, asked.images, 0]
                counts["reruns with something to do"] += times != {path: path.stat().st_mtime_ns for path in output.glob("*.npy")}
                counts += job.end()
            if sum(counts[name] for name in WRONG) > bad:
                bad = sum(counts[name] for name in WRONG)
                print(f"{tool}, kill {number} of the {whom} after {after} maps: {dict(counts)}", file=sys.stderr)
                print(job.log.read_text()[-3000:], file=sys.stderr)
            shutil.rmtree(output, ignore_errors=True)
        wrong += bad
        print(f"{tool}: " + ", ".join(f"{what} {counts[what]}" for what in dict.fromkeys([*counts, *WRONG])), flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
