"""Prediction on Ray and on Dask: the scripts of examples/cluster, a worker of which is killed."""

import importlib.util
import random
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

import scumble
from job import Tally, images, name
from kill_workers import Job, draw, kill, maps, train

TOOLS = {"ray": "ray", "dask": "distributed"}


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """A model, 200 images, and their maps by one process."""
    folder = tmp_path_factory.mktemp("cluster")
    model, paths = train(folder), draw(folder / "images", 200)
    scumble.predict(model, paths, folder / "reference", progress=False)
    return model, paths, maps(folder / "reference")


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found as Linux says them")
@pytest.mark.parametrize("tool", TOOLS)
def test_each_image_is_predicted_once_though_a_worker_is_killed(tool, given, tmp_path):
    if importlib.util.find_spec(TOOLS[tool]) is None:
        pytest.skip(f"{TOOLS[tool]} is not installed")
    model, paths, reference = given
    torn = tmp_path / "torn.npy"
    torn.write_bytes(paths[0].read_bytes()[:200])
    output, lists = tmp_path / "maps", tmp_path / "images.txt"
    lists.write_text("\n".join(map(str, [*paths, torn])))
    # Sockets lie in it, whose paths are short.
    with tempfile.TemporaryDirectory(prefix="kw", ignore_cleanup_errors=True) as short:
        job = Job(tool, model, "--list", lists, "-o", output, log=Path(short) / "log")
        try:
            assert kill(job, output, "worker", 60, random.Random(0))
            assert job.finish() == 1, job.log.read_text()
            predicted, there, failed = job.said()
            # What the dead one had predicted of its batch was there when another took that up.
            assert (predicted + there, failed) == (200, 1) and predicted > 0, job.log.read_text()
            assert f"failed 1: {torn}" in job.log.read_text()
            assert maps(output) == reference
            when = {path: path.stat().st_mtime_ns for path in output.glob("*.npy")}

            job = Job(tool, model, *paths, "-o", output, "--workers", 1, "--batch", 200, log=Path(short) / "log")
            assert (job.finish(), job.said()) == (0, [0, 200, 0]), job.log.read_text()
            assert when == {path: path.stat().st_mtime_ns for path in output.glob("*.npy")}
        finally:
            left = job.end()
        assert not +left


def test_two_images_of_one_name_are_refused(tmp_path):
    with pytest.raises(SystemExit, match=r"a/1.png and .*b/1.npy would both be written as 1;"):
        images(["a/1.png", "b/1.npy"], None)
    with pytest.raises(SystemExit, match="is a folder"):
        images([str(tmp_path)], None)
    with pytest.raises(SystemExit, match="no image"):
        images([], None)
    (tmp_path / "list").write_text("s.nii.gz@0001\ns.nii.gz@0002\n\n")
    assert [Path(path).name for path in images([], str(tmp_path / "list"))] == ["s.nii.gz@0001", "s.nii.gz@0002"]


@pytest.mark.parametrize("file", ["a.npy", "b.c.npy", "d@1.npy", "e@0001.NPY", "f@x.npy"])
def test_a_map_is_called_as_the_driver_thinks(file, given, tmp_path):
    (tmp_path / file).write_bytes(given[1][0].read_bytes())
    made = scumble.predict(given[0], tmp_path / file, tmp_path / "maps", progress=False)
    assert [path.name for files in made.maps.values() for path in files] == [f"{name(file)}.npy"]


def test_what_became_of_the_images_is_said(capsys):
    tally = Tally()
    tally.add(3, 1, {})
    assert tally.finish() == 0
    tally.add(2, 0, {"b.png": "b.png: torn", "a.png": "a.png: gone"})
    assert tally.finish() == 1
    said = capsys.readouterr()
    assert said.out.splitlines() == ["predicted 3, there already 1, failed 0", "predicted 5, there already 1, failed 2: a.png, b.png"]
    assert said.err.splitlines() == ["b.png: torn", "a.png: gone"]
