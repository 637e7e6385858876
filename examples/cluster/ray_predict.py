#!/usr/bin/env python3
"""Predicts images with Ray Data, on a cluster or on this machine.

    pip install 'ray[data]'
    find images -name '*.tif' > images.txt
    python ray_predict.py model.safetensors --list images.txt -o maps

The folder of the maps is the checkpoint, which all machines share: the maps of an image appear whole or not at all, and an
image whose maps are there is left out. So a batch that Ray does again, because its worker was killed, goes on where that one
was, and after the driver was killed the same command does. Maps are those of `scumble predict` to the byte.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import ray
import ray.data

import scumble
from job import Tally, arguments


class Predict:
    """A worker, an actor of Ray's: it reads the model once, and predicts batch after batch."""

    def __init__(self, model: str, output: str, format: str, cores: int) -> None:
        # As many threads as Ray has counted for it; else each worker takes all cores.
        os.environ["RAYON_NUM_THREADS"] = str(cores)
        self.model = scumble.Model.load(model)
        self.output, self.format = output, format

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Paths in, one row out that says what became of them: the maps are in files by then."""
        done = scumble.predict(
            self.model, batch["path"].tolist(), self.output, format=self.format, skip_existing=True, progress=False
        )
        # What is no image is among the failed. What is raised, such as that the folder has maps of another model, ends the job.
        return {"predicted": [len(done.maps)], "there": [done.there], "failed": [json.dumps(done.failed)]}


def main() -> int:
    asked = arguments("Predicts images with Ray Data.")
    if asked.address:
        ray.init(asked.address)
    else:
        cores = asked.workers and asked.workers * asked.cores
        ray.init("local", num_cpus=cores, include_dashboard=False)
    workers = asked.workers or max(1, int(ray.cluster_resources()["CPU"]) // asked.cores)
    # A block of paths is what Ray hands to a worker, and hands to another when that one dies.
    blocks = -(-len(asked.images) // asked.batch)
    batches = ray.data.from_items([{"path": path} for path in asked.images], override_num_blocks=blocks).map_batches(
        Predict,
        fn_constructor_args=(asked.model, asked.output, asked.format, asked.cores),
        batch_size=asked.batch,
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=asked.cores,
    )
    tally = Tally()
    # Rows come as batches are done, and are counted and forgotten.
    for row in batches.iter_rows():
        tally.add(row["predicted"], row["there"], json.loads(row["failed"]))
    ray.shutdown()
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
