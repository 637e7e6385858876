"""The yardstick of crates/scumble-nn/examples/yardstick, in PyTorch, with the settings that make PyTorch fastest on a CPU:
channels last, and an allocator that keeps its memory (bench_pytorch.py sets its variables).

usage: pytorch_unet.py none|batch|group CALLS THREADS [f32|bf16]

bf16 is autocast around the forward pass and the loss, as PyTorch documents it.

Prints a line of JSON: `step` and `prediction` are lists of milliseconds.
"""

import functools
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

WIDTHS = (16, 32, 64, 128)


def normalisation(kind: str, channels: int) -> list[nn.Module]:
    if kind == "batch":
        return [nn.BatchNorm2d(channels)]
    return [nn.GroupNorm(8, channels)] if kind == "group" else []


def double(kind: str, inputs: int, outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for given in (inputs, outputs):
        # A batch normalisation takes the bias out again.
        layers.append(nn.Conv2d(given, outputs, 3, padding=1, bias=kind != "batch"))
        layers += [*normalisation(kind, outputs), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    def __init__(self, kind: str) -> None:
        super().__init__()
        self.down = nn.ModuleList(double(kind, i, o) for i, o in zip((3, *WIDTHS), WIDTHS))
        pairs = list(zip(WIDTHS, WIDTHS[1:]))[::-1]
        self.up = nn.ModuleList(double(kind, skip + deep, skip) for skip, deep in pairs)
        self.head = nn.Conv2d(WIDTHS[0], 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skips = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else F.max_pool2d(x, 2))
            skips.append(x)
        for block, skip in zip(self.up, skips[-2::-1]):
            x = block(torch.cat((F.interpolate(x, scale_factor=2, mode="nearest"), skip), 1))
        return self.head(x)


def times(warm: int, count: int, work) -> list[float]:
    found = []
    for call in range(warm + count):
        start = time.perf_counter()
        work()
        if call >= warm:
            found.append((time.perf_counter() - start) * 1e3)
    return found


def main() -> None:
    kind, calls, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    autocast = functools.partial(torch.autocast, "cpu", torch.bfloat16, enabled="bf16" in sys.argv[4:])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    last = {"memory_format": torch.channels_last}
    model = UNet(kind).to(**last)
    images, targets = torch.rand(8, 3, 128, 128).to(**last), torch.rand(8, 1, 128, 128)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)

    def step() -> float:
        optimiser.zero_grad(set_to_none=True)
        with autocast():
            loss = F.binary_cross_entropy_with_logits(model(images), targets)
        loss.backward()
        optimiser.step()
        return loss.item()

    steps = times(5, calls, step)
    large = torch.rand(1, 3, 512, 512).to(**last)
    model.eval()
    with torch.inference_mode(), autocast():
        predictions = times(3, calls, lambda: model(large))
    print(json.dumps({"step": steps, "prediction": predictions}))


if __name__ == "__main__":
    main()
