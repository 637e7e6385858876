#!/usr/bin/env python3
"""Kills prediction and judgement by parts at random moments, starts them again, and looks at what is there in the end.

    scripts/kill_parts.py SCUMBLE [--images 200] [--parts 4] [--kills 50] [--seed 0]

Trains a small model on images made up here, predicts and judges all of them in one run each, and then by parts: several programs
at a time, of which a random one is killed (SIGKILL) at a random moment and started again. At the end every image must have its
maps once, with the bytes of the one run; the sums of the parts must come to its scores; and no file may be there but those, and
hidden ones that a killed program was writing. Needs nothing but Python.
"""

import argparse
import random
import re
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

PENDING = re.compile(r"\..+\.\d+-[0-9a-f]+\.tmp")


def png(path, width, height, value):
    """An 8-bit grey PNG."""
    rows = b"".join(b"\0" + bytes(value(x, y) for x in range(width)) for y in range(height))
    chunks = [(b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def made_up(folder, images, chance):
    """Bright discs in noise, marked by two raters."""
    side = 64
    for image in range(images):
        x0, y0, size = chance.uniform(16, 48), chance.uniform(16, 48), chance.uniform(6, 14)

        def away(x, y, x0=x0, y0=y0):
            return ((x - x0) ** 2 + (y - y0) ** 2) ** 0.5

        noise = chance.randbytes(side * side)
        name = f"image-{image:04}.png"
        png(
            folder / "images" / name,
            side,
            side,
            lambda x, y: min(255, noise[y * side + x] // 3 + (150 if away(x, y) < size else 0)),
        )
        for rater, more in ("ann", 0), ("bob", 2):
            png(folder / "raters" / rater / name, side, side, lambda x, y: 255 * (away(x, y) < size + more))


def files(folder):
    """What is there by its place, without what the killed were writing; and how much of that there is."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    pending = [name for name in found if PENDING.fullmatch(Path(name).name)]
    return {name: found[name] for name in found if name not in pending}, len(pending)


def by_parts(start, parts, kills, longest, chance):
    """Runs all parts at once and kills one of those at work again and again, until all have ended; how many were killed."""
    running = {part: start(part) for part in range(1, parts + 1)}
    killed = 0
    while True:
        time.sleep(chance.uniform(0, longest))
        at_work = [part for part, process in running.items() if process.poll() is None]
        if killed == kills or not at_work:
            break
        part = chance.choice(at_work)
        running[part].kill()
        killed += running[part].wait() == -9
        running[part] = start(part)
    for part, process in running.items():
        if process.wait() != 0:
            sys.exit(f"part {part} failed with {process.returncode}")
    return killed


def rounds(name, start, folder, asked, chance, look):
    """Begins anew until enough were killed at work, and looks at every outcome."""
    killed = begun = left = 0
    while killed < asked.kills:
        begun += 1
        into = folder / f"{name}-{begun}"
        killed += by_parts(lambda part: start(into, part), asked.parts, asked.kills - killed, asked.longest, chance)
        found, pending = files(into)
        left += pending
        look(into, found)
    print(f"{name}: {killed} killed at work in {begun} runs of {asked.parts} parts; {left} hidden files left")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scumble")
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--parts", type=int, default=4)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--longest", type=float, default=0.4, help="seconds between two kills at most")
    asked = parser.parse_args()
    chance = random.Random(asked.seed)

    def scumble(*words, **more):
        return subprocess.run([asked.scumble, *map(str, words)], check=True, capture_output=True, **more).stdout

    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        data, run, listed = at / "data", at / "run", at / "images.txt"
        made_up(data, asked.images, chance)
        settings = ["network.widths=[4, 8]", "train.patch=32", "train.batch=2", "train.steps=3", "train.epochs=1"]
        scumble("train", data, "-o", run, *[word for setting in settings for word in ("--set", setting)])
        listed.write_text("".join(f"{path}\n" for path in sorted((data / "images").iterdir())))
        predict = ["predict", run, "--list", listed, "--format", "tiff"]
        judge = ["eval", run, data, "--images", "*", "--uncertainty"]
        scumble(*predict, "-o", at / "whole")
        whole = scumble(*judge, "--json")

        def starting(words):
            def start(into, part):
                command = [asked.scumble, *map(str, words), "-o", str(into), "--skip-existing"]
                command += ["--part", f"{part}/{asked.parts}"]
                return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

            return start

        expected, _ = files(at / "whole")

        def maps_are_there(_, found):
            if found != expected:
                wrong = [name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)]
                sys.exit(f"not the files of one run: {sorted(wrong)}")

        def sums_are_there(into, found):
            if set(found) != {f"{part}-of-{asked.parts}.json" for part in range(1, asked.parts + 1)}:
                sys.exit(f"not the files of the parts: {sorted(found)}")
            if scumble("eval", "--merge", into, "--json") != whole:
                sys.exit("the sums do not come to the scores of one run")

        rounds("predict", starting(predict), at, asked, chance, maps_are_there)
        rounds("eval", starting(judge), at, asked, chance, sums_are_there)
        print("all maps once, with the bytes of one run; the sums come to its scores")


if __name__ == "__main__":
    main()
