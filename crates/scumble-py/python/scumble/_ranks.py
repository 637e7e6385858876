"""Ranks of a training that mpi4py or torch.distributed bring together."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeAlias

# Bytes for each rank, and how many come from each, to the bytes that come.
Exchange: TypeAlias = Callable[[list[bytes], list[int]], list[bytes]]


def ranks_of(given: Any) -> tuple[int, int, Exchange]:
    """Which rank this process is, of how many, and how it hands bytes to the others."""
    if hasattr(given, "Get_rank") and hasattr(given, "alltoall"):
        return given.Get_rank(), given.Get_size(), lambda out, lengths: given.alltoall(out)
    if hasattr(given, "batch_isend_irecv") and hasattr(given, "get_world_size"):
        return given.get_rank(), given.get_world_size(), _by_torch(given)
    raise ValueError(
        f"ranks: {type(given).__name__} is neither a communicator of mpi4py nor the module torch.distributed"
    )


def _by_torch(distributed: Any) -> Exchange:
    """Messages from process to process: what every backend on the CPU has."""
    torch: Any = import_module("torch")
    own = distributed.get_rank()

    def exchange(out: list[bytes], lengths: list[int]) -> list[bytes]:
        into = [torch.empty(length, dtype=torch.uint8) for length in lengths]
        work = []
        for rank, (sent, heard) in enumerate(zip(out, into)):
            if rank == own:
                continue
            if sent:
                tensor = torch.frombuffer(bytearray(sent), dtype=torch.uint8)
                work.append(distributed.P2POp(distributed.isend, tensor, rank))
            if len(heard):
                work.append(distributed.P2POp(distributed.irecv, heard, rank))
        for one in distributed.batch_isend_irecv(work) if work else []:
            one.wait()
        return [out[own] if rank == own else heard.numpy().tobytes() for rank, heard in enumerate(into)]

    return exchange
