#!/usr/bin/env python3
"""Kills the program at random moments and looks at what it leaves: kills.py PROGRAM [--kills 1000] [--seed 0] [--jobs 2].

Half of the moments lie in the first tenth of a second, the others anywhere in the time that the command takes. A training
must resume to the model of an undisturbed one, or start cleanly; what the other commands write must be whole or absent,
and the same command must do its work again. With --container the program is process 1, as in a container.

Prints a line a command with its counts. Leaves with 1 if anything was stuck, torn or different. Needs Python alone.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time

SETTINGS = """
[network]
widths = [4, 8]
[train]
epochs = 5
steps = 2
batch = 2
patch = 16
"""


def npy(path, rows, kind):
    """A square array as NPY: kind 'B' for bytes, 'f' for floats."""
    name = {"B": "|u1", "f": "<f4"}[kind]
    header = f"{{'descr': '{name}', 'fortran_order': False, 'shape': ({len(rows)}, {len(rows[0])}), }}"
    header = header.ljust(117) + "\n"
    values = [value for row in rows for value in row]
    path.parent.mkdir(parents=True, exist_ok=True)
    body = struct.pack(f"<{len(values)}{kind}", *values)
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + body)


def make_data(folder):
    """Eight noisy discs of 32 x 32 pixels, marked by two raters."""
    chance = random.Random(1)
    for image in range(8):
        x, y, r = chance.uniform(10, 22), chance.uniform(10, 22), chance.uniform(5, 9)
        inside = lambda i, j, r: float((i - y) ** 2 + (j - x) ** 2 < r * r)
        grid = range(32)
        npy(folder / f"images/i{image}.npy", [[inside(i, j, r) + chance.gauss(0, 0.3) for j in grid] for i in grid], "f")
        for rater, more in [("anna", 0.0), ("ben", 1.0)]:
            npy(folder / f"raters/{rater}/i{image}.npy", [[int(inside(i, j, r + more)) for j in grid] for i in grid], "B")


class Kills:
    def __init__(self, arguments, folder):
        self.program = [str(pathlib.Path(arguments.program).resolve())]
        if arguments.container:
            self.program = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", *self.program]
        self.folder = folder
        self.data, self.settings = folder / "data", folder / "settings.toml"
        make_data(self.data)
        self.settings.write_text(SETTINGS)
        self.run = folder / "reference"
        self.train = ["train", self.data, "--config", self.settings]
        self.done([*self.train, "-o", self.run])
        self.other = folder / "other"
        self.done([*self.train, "-o", self.other, "--set", "train.seed=7"])
        self.calibrated = folder / "calibrated"
        shutil.copytree(self.run, self.calibrated)
        self.done(self.calibrate(self.calibrated))
        self.model = (self.run / "model.safetensors").read_bytes()
        self.metrics = metrics(self.run)
        self.references = {name: self.written(name, command) for name, command in self.commands().items()}
        self.times = {name: self.time(name) for name in ["train", "overwrite", "calibrate", *self.commands()]}

    def commands(self):
        images = self.data / "images"
        return {
            "predict": lambda out: ["predict", self.run, images, "-o", out / "maps", "--overwrite"],
            "fuse": lambda out: ["fuse", self.data, "-o", out / "maps", "--overwrite"],
            "report": lambda out: ["report", self.run, "-o", out / "page.html", "--overwrite"],
            "eval --report": lambda out: ["eval", self.run, self.data, "--images", "*", "--report", out / "page.html", "--overwrite"],
        }

    def calibrate(self, run):
        return ["calibrate", run, self.data, "--images", "*", "--force"]

    def call(self, command):
        return subprocess.run([*self.program, *map(str, command)], capture_output=True, text=True)

    def done(self, command):
        result = self.call(command)
        if result.returncode != 0:
            raise Wrong("stuck", f"{command}: {result.stderr.strip()[-300:]}")

    def killed(self, command, moment):
        """Whether the program was still alive at that moment."""
        program = subprocess.Popen([*self.program, *map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            program.wait(moment)
            return False
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
            # What was killed there is a process around the program, which follows a moment later.
            time.sleep(0.5 if self.program[0] == "unshare" else 0)
            return True

    def written(self, name, command):
        out = self.folder / f"reference of {name}"
        out.mkdir()
        self.done(command(out))
        return files(out)

    def time(self, name):
        out = self.folder / f"time of {name}"
        out.mkdir()
        if name in ("train", "overwrite"):
            command = [*self.train, "-o", out]
        elif name == "calibrate":
            shutil.copytree(self.run, out / "run")
            command = self.calibrate(out / "run")
        else:
            command = self.commands()[name](out)
        began = time.monotonic()
        self.done(command)
        return time.monotonic() - began

    def kill(self, number, name, early, seed):
        """What became of one kill: a list of words."""
        chance = random.Random(seed * 1_000_003 + number)
        out = self.folder / f"kill {number}"
        out.mkdir()
        moment = chance.uniform(0, 0.1) if early else chance.uniform(0, 1.05 * self.times[name])
        try:
            if name in ("train", "overwrite"):
                words = self.kill_train(out / "run", name, moment, chance)
            elif name == "calibrate":
                words = self.kill_calibrate(out / "run", moment)
            else:
                words = self.kill_writer(out, name, moment)
            shutil.rmtree(out)
            return words
        except Wrong as wrong:
            print(f"{name}, killed after {moment:.4f} s, {out}: {wrong}", file=sys.stderr)
            return ["killed", wrong.kind]

    def kill_train(self, run, name, moment, chance):
        command = [*self.train, "-o", run]
        if name == "overwrite":
            shutil.copytree(self.other, run)
            command.append("--overwrite")
        alive = self.killed(command, moment)
        words = ["killed" if alive else "too late"]
        resume = ["train", self.data, "-o", run, "--resume"]
        # Some are killed again while they go on.
        if alive and (run / "run.json").exists() and chance.random() < 0.25:
            words.append("killed again" if self.killed(resume, chance.uniform(0, moment)) else "too late again")
        if name == "overwrite" and metrics(run) == metrics(self.other):
            words.append("the old run was whole")
            self.done(command)
        elif name == "train" and not visible(run):
            words.append("started cleanly")
            self.done(command)
        else:
            words.append("resumed")
            self.done(resume)
        if (run / "model.safetensors").read_bytes() != self.model or metrics(run) != self.metrics:
            raise Wrong("different", "another model or other metrics than undisturbed")
        if not (run / "report.html").exists():
            raise Wrong("torn", "no report")
        nothing_left(run)
        return words

    def kill_calibrate(self, run, moment):
        shutil.copytree(self.run, run)
        alive = self.killed(self.calibrate(run), moment)
        model = (run / "model.safetensors").read_bytes()
        after = (self.calibrated / "model.safetensors").read_bytes()
        if model not in (self.model, after):
            raise Wrong("torn", "neither the model before nor that after")
        self.done(self.calibrate(run))
        if (run / "model.safetensors").read_bytes() != after:
            raise Wrong("different", "another calibration")
        return ["killed" if alive else "too late", "done before" if model == after else "done again"]

    def kill_writer(self, out, name, moment):
        command, reference = self.commands()[name](out), self.references[name]
        alive = self.killed(command, moment)
        found = files(out)
        for path, content in found.items():
            if reference.get(path) != content:
                raise Wrong("torn", f"{path} is not what it is undisturbed")
        self.done(command)
        if files(out) != reference:
            raise Wrong("different", "other files than undisturbed")
        part = "nothing there" if not found else "all there" if found == reference else "some there"
        return ["killed" if alive else "too late", part]


class Wrong(Exception):
    def __init__(self, kind, what):
        super().__init__(f"{kind}: {what}")
        self.kind = kind


def visible(folder):
    return folder.exists() and any(name == ".begin.toml" or not name.startswith(".") for name in os.listdir(folder))


def files(folder):
    """Every file that is not hidden, by its path."""
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def nothing_left(run):
    left = [path for path in run.rglob(".*") if path.name != ".lock"]
    if left:
        raise Wrong("torn", f"{left} was left")


def metrics(run):
    """The epochs without how long they took."""
    try:
        lines = (run / "metrics.jsonl").read_text().splitlines()
    except FileNotFoundError:
        return None
    return [{key: value for key, value in json.loads(line).items() if key != "seconds"} for line in lines]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--container", action="store_true")
    arguments = parser.parse_args()
    # Six of ten are trainings.
    names = ["train"] * 8 + ["overwrite"] * 4 + ["predict", "fuse", "calibrate", "report", "eval --report"] + ["train"] * 3
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kills-"))
    kills = Kills(arguments, folder)
    counts = collections.defaultdict(collections.Counter)
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        work = []
        for number in range(arguments.kills):
            name = names[(number // 2) % len(names)]
            work.append((name, pool.submit(kills.kill, number, name, number % 2 == 0, arguments.seed)))
        for name, words in work:
            counts[name].update(["all", *words.result()])
    for name, count in counts.items():
        print(f"{name}: " + ", ".join(f"{word} {count[word]}" for word in count))
    wrong = sum(count[kind] for count in counts.values() for kind in ("stuck", "torn", "different"))
    print(f"{arguments.kills} kills, {wrong} wrong")
    if wrong:
        sys.exit(f"what was left is in {folder}")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
