#!/usr/bin/env python3
"""Kills ranks of a training at random moments: kill_ranks.py PROGRAM [--kills 50] [--seed 0].

PROGRAM is built with the feature `mpi`, and `mpirun` is Open MPI's. A training of one to four ranks is started, and a rank at
random, or the launcher, is killed at a moment at random; then it goes on with another number of ranks, until it is done. Every
kill must end all ranks within half a minute, and every training must come to the model and the metrics of one undisturbed
process.

Prints counts. Leaves with 1 if a kill left a rank alive, or a training came to something else. Needs Python alone.
"""

import argparse
import collections
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

from kills import SETTINGS, make_data, metrics, visible

MORE = ["train.batch=4", "train.epochs=12"]


def environment():
    more = {
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
        "RAYON_NUM_THREADS": "1",
    }
    return {**os.environ, **more}


def ranks_of(launcher):
    """The processes that a launcher has started."""
    try:
        return [int(word) for word in pathlib.Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()]
    except OSError:
        return []


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def launch(program, ranks, words):
    command = ["mpirun", "-n", str(ranks), program, *map(str, words)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env=environment(), **quiet)


def hit(launcher, moment, chance):
    """What was killed after a while, and whether all has ended half a minute later."""
    try:
        launcher.wait(moment)
        return "too late", True
    except subprocess.TimeoutExpired:
        pass
    ranks = ranks_of(launcher.pid)
    whom = chance.choice([*range(len(ranks)), "launcher"])
    os.kill(launcher.pid if whom == "launcher" else ranks[whom], signal.SIGKILL)
    try:
        launcher.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        return f"killed {whom}", False
    deadline = time.monotonic() + 30
    while any(map(alive, ranks)) and time.monotonic() < deadline:
        time.sleep(0.02)
    what = "the launcher" if whom == "launcher" else "rank 0" if whom == 0 else "another rank"
    return f"killed {what}", not any(map(alive, ranks))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    program = str(pathlib.Path(arguments.program).resolve())
    chance = random.Random(arguments.seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kill-ranks-"))
    data, settings, whole = folder / "data", folder / "settings.toml", folder / "whole"
    make_data(data)
    settings.write_text(SETTINGS)
    new = ["train", data, "--config", settings, *(word for setting in MORE for word in ("--set", setting))]
    subprocess.run([program, *map(str, new), "-o", whole], check=True, capture_output=True)
    began = time.monotonic()
    undisturbed = launch(program, 3, [*new, "-o", folder / "timed"])
    undisturbed.communicate()
    takes = time.monotonic() - began
    model = (whole / "model.safetensors").read_bytes()
    counts, kills, trainings, wrong = collections.Counter(), 0, 0, 0
    while kills < arguments.kills:
        run = folder / f"run {trainings}"
        trainings += 1
        while True:
            goes_on = visible(run)
            words = ["train", data, "-o", run, "--resume"] if goes_on else [*new, "-o", run]
            launcher = launch(program, chance.randint(1, 4), words)
            if kills >= arguments.kills or chance.random() < 0.25:
                _, said = launcher.communicate()
                if launcher.returncode != 0:
                    wrong += 1
                    print(f"{run}: left to itself it failed: {said[-400:]}", file=sys.stderr)
                break
            what, ended = hit(launcher, chance.uniform(0, takes), chance)
            counts[what] += 1
            if what == "too late":
                break
            kills += 1
            if not ended:
                wrong += 1
                print(f"{run}: {what}, and some rank is alive", file=sys.stderr)
                break
        same = (run / "model.safetensors").exists() and (run / "model.safetensors").read_bytes() == model
        if not same or metrics(run) != metrics(whole) or not (run / "report.html").exists():
            wrong += 1
            print(f"{run}: another model, other metrics or no report", file=sys.stderr)
    print(", ".join(f"{what} {count}" for what, count in sorted(counts.items())))
    print(f"{kills} kills in {trainings} trainings of {takes:.1f} s, {wrong} wrong")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
