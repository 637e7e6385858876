#!/usr/bin/env python3
"""Predicts images with Dask, on a cluster or on this machine.

    pip install 'dask[distributed]'
    find images -name '*.tif' > images.txt
    python dask_predict.py model.safetensors --list images.txt -o maps

The folder of the maps is the checkpoint, which all machines share: the maps of an image appear whole or not at all, and an
image whose maps are there is left out. So a batch that Dask does again, because its worker was killed, goes on where that one
was, and after the driver was killed the same command does. Maps are those of `scumble predict` to the byte.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import chain, islice

from distributed import Client, KilledWorker, LocalCluster, Worker, WorkerPlugin, as_completed, get_worker

import scumble
from job import Tally, arguments


class OpenModel(WorkerPlugin):
    """Reads the model once a worker, and again in one that takes the place of a dead one."""

    name = "scumble"

    def __init__(self, model: str, cores: int) -> None:
        self.path, self.cores = model, cores

    def setup(self, worker: Worker) -> None:
        # As many threads as it was given; else each worker takes all cores.
        os.environ["RAYON_NUM_THREADS"] = str(self.cores)
        self.model = scumble.Model.load(self.path)


def predict(paths: list[str], output: str, format: str) -> tuple[int, int, dict[str, str]]:
    """A task: what became of these images. Their maps are in files by then."""
    model = get_worker().plugins["scumble"].model
    done = scumble.predict(model, paths, output, format=format, skip_existing=True, progress=False)
    # What is no image is among the failed. What is raised, such as that the folder has maps of another model, ends the job.
    return len(done.maps), done.there, done.failed


def main() -> int:
    asked = arguments("Predicts images with Dask.")
    cluster = asked.address
    if not cluster:
        # A model answers one image after the other: processes, not threads, are what more of it is made of.
        workers = asked.workers or max(1, (os.cpu_count() or 1) // asked.cores)
        cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
    tally = Tally()
    with Client(cluster) as client:
        client.register_plugin(OpenModel(asked.model, asked.cores))
        batches: Iterator[list[str]] = (asked.images[at : at + asked.batch] for at in range(0, len(asked.images), asked.batch))
        # A few for each worker are under way, so that the memory is that of the list. pure=False: a task is done for what it writes.
        ahead = 4 * max(1, len(client.nthreads()))
        submit = lambda batch: client.submit(predict, batch, asked.output, asked.format, pure=False)
        running = {submit(batch): batch for batch in islice(batches, ahead)}
        done = as_completed(running)
        for future in done:
            batch = running.pop(future)
            try:
                tally.add(*future.result())
            except KilledWorker:
                # Several workers have died of it, of want of memory perhaps. Each image on its own tells which of them it is.
                if len(batch) > 1:
                    batches = chain(([path] for path in batch), batches)
                else:
                    tally.add(0, 0, {batch[0]: f"{batch[0]}: several workers have died of it"})
            for batch in islice(batches, 1):
                future = submit(batch)
                running[future] = batch
                done.add(future)
    if not asked.address:
        cluster.close()
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
