"""A training shared out in Python: the bytes of one process, whoever carries the numbers."""

import os
import queue
import shutil
import subprocess
import sys
import threading

import pytest

import scumble
from test_jobs import SETTINGS, discs

MORE = {**SETTINGS, "train.batch": 3}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    images, raters = discs()
    return scumble.Dataset.from_arrays(images, raters=raters, folder=tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def alone(data, tmp_path_factory):
    return scumble.train(data, tmp_path_factory.mktemp("alone"), MORE, progress=False).model.read_bytes()


class Threads:
    """What mpi4py's communicators have, for threads of one process."""

    def __init__(self, rank, queues):
        self.rank, self.queues = rank, queues

    def Get_rank(self):
        return self.rank

    def Get_size(self):
        return len(self.queues)

    def alltoall(self, out):
        for rank, sent in enumerate(out):
            self.queues[self.rank][rank].put(sent)
        return [others[self.rank].get(timeout=60) for others in self.queues]


def test_threads(data, alone, tmp_path):
    queues = [[queue.Queue() for _ in range(3)] for _ in range(3)]
    done = [None] * 3

    def work(rank):
        done[rank] = scumble.train(data, tmp_path / "run", MORE, ranks=Threads(rank, queues), progress=False)

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [run.status for run in done] == ["done"] * 3
    assert done[0].model.read_bytes() == alone and done[0].report.exists()
    assert done[1].model is None and done[1].epochs == done[0].epochs


def test_what_carries_nothing_is_refused(data, tmp_path):
    with pytest.raises(ValueError, match="ranks: str is neither a communicator of mpi4py nor"):
        scumble.train(data, tmp_path / "run", MORE, ranks="all")

    class Broken(Threads):
        def alltoall(self, out):
            raise RuntimeError("the network is down")

    with pytest.raises(ValueError, match="rank 0 cannot reach the others: .*the network is down"):
        scumble.train(data, tmp_path / "run", MORE, ranks=Broken(0, [[], []]))
    assert not (tmp_path / "run").exists()


def by_torch(rank, meet, data, run):
    import torch

    torch.distributed.init_process_group("gloo", init_method=f"file://{meet}", world_size=2, rank=rank)
    scumble.train(data, run, MORE, ranks=torch.distributed, progress=False)
    torch.distributed.destroy_process_group()


def test_torch_distributed(data, alone, tmp_path):
    torch = pytest.importorskip("torch")
    torch.multiprocessing.spawn(by_torch, (str(tmp_path / "meet"), str(data.folder), str(tmp_path / "run")), nprocs=2)
    assert (tmp_path / "run/model.safetensors").read_bytes() == alone


def test_mpi4py(data, alone, tmp_path):
    pytest.importorskip("mpi4py")
    if shutil.which("mpirun") is None:
        pytest.skip("there is no mpirun")
    program = (
        "import sys, scumble; from mpi4py import MPI; from test_ranks import MORE\n"
        "scumble.train(sys.argv[1], sys.argv[2], MORE, ranks=MPI.COMM_WORLD, progress=False)"
    )
    allowed = {name: "1" for name in ("OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM")}
    environment = {**os.environ, **allowed, "PYTHONPATH": os.path.dirname(__file__)}
    words = ["mpirun", "--oversubscribe", "-n", "3", sys.executable, "-c", program, data.folder, tmp_path / "run"]
    subprocess.run(list(map(str, words)), env=environment, check=True)
    assert (tmp_path / "run/model.safetensors").read_bytes() == alone
