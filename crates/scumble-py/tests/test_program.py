"""The program that comes along: that it is there, says the same as the module, and ends as a program does."""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest

import scumble
from examples import CLASSES, JOINT, labels, logits

PROGRAM = Path(sysconfig.get_path("scripts")) / "scumble"


def run(*words, **options):
    return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, check=False, **options)


def flags(options):
    """Keywords as the program has them."""
    for name, value in options.items():
        words = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        yield f"--{name.replace('_', '-')}={words}"


def test_it_is_there():
    assert run("--version").stdout == f"scumble {scumble.__version__}\n"


def cases():
    for kind, options in CLASSES:
        exclusive = kind == "softmax" or options.get("classes") == "exclusive"
        yield kind, options, logits(2, 3, 4), labels(2, 3, 4, exclusive=exclusive)
    for kind, parameters, options in JOINT:
        yield kind, {"labels": 3, **options}, logits(2, parameters, 4), labels(2, 8, 4, exclusive=True)
    yield "softmax", {"ignore_value": -1}, logits(2, 3, 4), np.arange(8).reshape(2, 4) % 4 - 1
    yield "sigmoid", {"balance": "image"}, logits(2, 3, 4), labels(2, 3, 4) > 0.5
    yield "softmax", {"balance": "batch", "class_axis": -1}, logits(2, 4, 3), np.arange(8).reshape(2, 4) % 3
    yield "chain", {"labels": 3, "ignore_value": -1}, logits(2, 6, 4), np.arange(8).reshape(2, 4) - 1


@pytest.mark.parametrize(("kind", "options", "x", "t"), list(cases()))
def test_it_says_what_the_module_says(kind, options, x, t, tmp_path):
    files = tmp_path / "logits.npy", tmp_path / "targets.npy", tmp_path / "gradient.npy"
    np.save(files[0], x)
    np.save(files[1], t)
    said = run("loss", kind, *files[:2], "--json", f"--gradient={files[2]}", *flags(options))
    loss = scumble.loss(x, t, kind, gradient=True, **options)
    assert json.loads(said.stdout) == loss.to_dict(), said.stderr
    np.testing.assert_array_equal(np.load(files[2]), loss.gradient)


def test_it_leaves_with_what_went_wrong(tmp_path):
    assert run("los").returncode == 2
    missing = run("loss", "sigmoid", tmp_path / "no.npy", tmp_path / "no.npy")
    assert missing.returncode == 1 and "no.npy" in missing.stderr
    unknown = run("train", "data", "--epochs=3")
    assert unknown.returncode == 2 and "settings are given as --set train.epochs=3" in unknown.stderr


def test_ctrl_c_is_the_programs():
    # While compiled code runs, Python's own handler would do nothing.
    of = "signal.getsignal(signal.SIGINT) is signal.SIG_DFL"
    code = f"import signal, sys; from scumble import _program, _scumble; _scumble.program = lambda words: 7 if {of} else 8"
    child = subprocess.run([sys.executable, "-c", f"{code}; sys.exit(_program.main())"], check=False)
    assert child.returncode == 7
