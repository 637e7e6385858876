#!/usr/bin/env python3
"""Trains on raters in every way that scumble has, and judges each on held-out images against the mean of their raters.

usage: scripts/compare_targets.py DATA -o FOLDER --held-out '000*' [--minutes 10 | --epochs 8] [--seeds 0 1 2] [--set KEY=VALUE ...]

DATA is a data set with raters, FOLDER takes a run for each way and seed (`mean-0`, ...; what is there already is not
trained again). Images that match a --held-out pattern are neither learnt from nor validated by. Of the others the share
--validation chooses the best epoch, by what is learnt, or with --validate-by-mean by the mean of the raters for all.
The table's log loss is that of one opinion on the held-out images, in nats: its floor is the same for all, and the excess
is what a way of training has yet to gain. Runs of one seed begin from the same weights and see the same patches; runs that
are timed want an idle machine.
"""

import argparse
import fnmatch
import json
import subprocess
from pathlib import Path
from statistics import mean, stdev

ROOT = Path(__file__).resolve().parent.parent
WAYS = {
    "mean": ["data.target=mean"],
    "staple": ["data.target=staple"],
    "dawid-skene": ["data.target=dawid-skene"],
    "sample": ["data.target=sample"],
    "beta-binomial": ["data.target=mean", "train.likelihood=beta-binomial"],
    "raters": ["data.target=mean", "task.raters=true"],
}
SCORES = {"log loss": "value", "floor": "floor", "excess": "excess"}


def scumble(program: Path, *arguments: str) -> dict:
    """The JSON that the program prints; its progress and messages pass through."""
    made = subprocess.run([program, *arguments, "--json"], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(made.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--held-out", nargs="+", required=True, metavar="GLOB")
    parser.add_argument("--validation", type=float, default=0.2, metavar="SHARE")
    parser.add_argument("--validate-by-mean", action="store_true")
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--minutes", type=float, default=10, help="of training, for each run")
    budget.add_argument("--epochs", type=int, help="instead: the same work for each, however busy the machine is")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    parser.add_argument("--program", type=Path, default=ROOT / "target/release/scumble")
    arguments = parser.parse_args()

    names = sorted(path.stem for path in (arguments.data / "images").iterdir() if not path.name.startswith("."))
    held_out = [name for name in names if any(fnmatch.fnmatch(name, glob) for glob in arguments.held_out)]
    learnt = [name for name in names if name not in held_out]
    if not held_out or len(learnt) < 2:
        parser.error(f"--held-out keeps {len(learnt)} of {len(names)} images to learn from")
    common = [
        f"data.images={json.dumps(learnt)}",
        f"data.validation={arguments.validation}",
        f"data.validation_target={'mean' if arguments.validate_by_mean else 'same'}",
        f"train.epochs={arguments.epochs}" if arguments.epochs else f"train.minutes={arguments.minutes}",
        *arguments.settings,
    ]
    each = f"{arguments.epochs} epochs" if arguments.epochs else f"{arguments.minutes:g} min"
    print(f"{len(learnt)} images to learn from and validate by, {len(held_out)} held out; {each} each")

    rows = {}
    for seed in arguments.seeds:
        for way in arguments.ways:
            run = arguments.output / f"{way}-{seed}"
            if not (run / "model.safetensors").exists():
                settings = [*common, f"train.seed={seed}", *WAYS[way]]
                flags = [part for setting in settings for part in ("--set", setting)]
                scumble(arguments.program, "train", str(arguments.data), "-o", str(run), "--overwrite", *flags)
            judged = ["--target", "mean", "--images", ",".join(held_out)]
            scores = scumble(arguments.program, "eval", str(run), str(arguments.data), *judged)["all"]
            numbers = {name: scores["cross_entropy"][key] for name, key in SCORES.items()}
            numbers |= {"Brier": scores["brier"], "calibration": scores["calibration_error"], "Dice": scores["dice"]}
            rows.setdefault(way, []).append(numbers | {"best step": best_step(run)})
    tell(rows)


def best_step(run: Path) -> int:
    """Steps that the model has seen."""
    epochs = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return max(epoch["step"] for epoch in epochs if epoch["best"])


def tell(rows: dict[str, list[dict[str, float]]]) -> None:
    """A line for each way; with several seeds the mean and, after ±, the standard deviation."""
    columns = list(next(iter(rows.values()))[0])

    def cell(values: list[float]) -> str:
        digits = 0 if isinstance(values[0], int) else 5
        spread = f" ±{stdev(values):.{digits}f}" if len(values) > 1 else ""
        return f"{mean(values):.{digits}f}{spread}"

    table = [["trained from", *columns]]
    table += [[way, *(cell([run[name] for run in runs]) for name in columns)] for way, runs in rows.items()]
    widths = [max(len(row[at]) for row in table) for at in range(len(table[0]))]
    for row in table:
        print("  ".join([row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:]))]))


if __name__ == "__main__":
    main()
