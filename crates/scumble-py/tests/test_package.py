"""The package: its examples, what it imports, its results as values, and where it computes."""

import dataclasses
import doctest
import importlib
import json
import multiprocessing
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import scumble
from examples import labels, logits

PAGE = Path(__file__).parents[3] / "docs" / "python.md"
MODULES = [
    "scumble",
    "scumble._dataset",
    "scumble._files",
    "scumble._judge",
    "scumble._losses",
    "scumble._result",
    "scumble._scores",
    "scumble.metrics",
    "scumble.torch",
    "scumble.torch._evaluate",
    "scumble.torch._modules",
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name):
    if name.startswith("scumble.torch"):
        pytest.importorskip("torch", reason="PyTorch is not installed")
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted > 0 and results.failed == 0


def test_all_modules_with_examples_are_tested():
    root = Path(scumble.__file__).parent
    with_examples = [file for file in root.rglob("*.py") if ">>>" in file.read_text()]
    names = [".".join(file.relative_to(root.parent).with_suffix("").parts) for file in with_examples]
    found = {name.removesuffix(".__init__") for name in names}
    assert found == set(MODULES)


def test_the_page_tells_the_truth():
    pytest.importorskip("torch", reason="PyTorch is not installed")
    results = doctest.testfile(str(PAGE), module_relative=False)
    assert results.attempted > 5 and results.failed == 0


def test_nothing_imports_torch_unasked():
    asked = "import sys, scumble; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_a_loss_is_a_value():
    x, t = logits(1, 2, 3), labels(1, 2, 3)
    loss = scumble.loss(x, t, gradient=True)
    assert loss == scumble.loss(x, t) and float(loss) == loss.value
    with pytest.raises(dataclasses.FrozenInstanceError):
        loss.value = 0.0
    assert "gradient" not in repr(loss) and eval(repr(loss), {"Loss": scumble.Loss}) == loss
    assert list(json.loads(json.dumps(loss.to_dict()))) == [
        "version", "kind", "value", "floor", "excess", "denominator", "valid",
    ]  # fmt: skip
    assert f"<td>{loss.value:.6f}</td>" in loss._repr_html_()


def test_threads_compute_side_by_side():
    x, t = logits(4, 1, 1000), labels(4, 1, 1000)
    expected = scumble.loss(x, t)
    found: list[scumble.Loss] = []
    threads = [threading.Thread(target=lambda: found.append(scumble.loss(x, t))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no processes are forked here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_computes_too():
    x, t = logits(4, 1, 100_000), labels(4, 1, 100_000)
    expected = scumble.loss(x, t).value
    fork = multiprocessing.get_context("fork")
    queue = fork.SimpleQueue()
    child = fork.Process(target=lambda: queue.put(scumble.loss(x, t).value))
    child.start()
    child.join(60)
    alive = child.is_alive()
    if alive:
        child.kill()
    assert not alive and queue.get() == expected


def test_infinity_is_where_the_labels_agree():
    x = np.array([[[np.inf, -np.inf]]])
    assert scumble.loss(x, np.array([[[1.0, 0.0]]])).value == 0
    with pytest.raises(ValueError, match=r"the loss is inf, because of the logits at \[0, 0, 1\]"):
        scumble.loss(x, np.array([[[1.0, 0.5]]]))
