#!/usr/bin/env python3
"""How much of many machines a training shared out among them makes use of: by formula and by simulation.

usage: scripts/scale.py --patch MS --step MS [--params N] [--pitches 16,16,..] [--latency US] [--overhead US] [--spread SHARE]

`--patch` is what a patch costs on one machine, `--step` what a step costs whatever its patches, both in milliseconds, as
`scumble train --profile` tells of two batches (docs/scale.md has the rule and the figures). A step of P machines is

    t(P) = ceil(B / P) patch + step + E (latency + (P - 1) overhead) + bytes(P) / bandwidth

with E = 2 norms + 4 exchanges, and bytes(P) = 2 (4 params) (P - 1) / P for the gradients beside those of the norms. The
simulation draws how long each machine takes between two exchanges, and lets all wait for the slowest.
"""

import argparse
import math
import random


def exchanges(args, machines):
    """The bytes that a machine sends in each exchange of a step, in order."""
    others = machines - 1
    channels = [16 * pitch * others for pitch in args.pitches]
    gradient = 4 * args.params * others / machines
    return [9 * others, *channels, 32 * others, *reversed(channels), gradient, gradient]


def wire(args, machines, sent):
    """Seconds of one exchange: every machine sends and receives at once."""
    if machines == 1:
        return 0.0
    return 1e-6 * (args.latency + (machines - 1) * args.overhead) + sent / args.bandwidth


def by_formula(args, machines, batch):
    work = math.ceil(batch / machines) * args.patch + args.step
    return 1e-3 * work + sum(wire(args, machines, sent) for sent in exchanges(args, machines))


def by_simulation(args, machines, batch, steps=200):
    chance = random.Random(0)
    total = 0.0
    for _ in range(steps):
        sent = exchanges(args, machines)
        for bytes_sent in sent:
            work = 1e-3 * (math.ceil(batch / machines) * args.patch + args.step) / len(sent)
            slowest = max(work * math.exp(args.spread * chance.gauss(0, 1)) for _ in range(machines))
            total += slowest + wire(args, machines, bytes_sent)
    return total / steps


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patch", type=float, required=True, help="milliseconds a patch")
    parser.add_argument("--step", type=float, required=True, help="milliseconds a step")
    parser.add_argument("--params", type=int, default=488_000, help="numbers of a gradient")
    parser.add_argument(
        "--pitches",
        type=lambda text: [int(word) for word in text.split(",")],
        default=[16, 16, 32, 32, 64, 64, 128, 128, 64, 64, 32, 32, 16, 16],
        help="stored channels of each normalisation by the batch, as 16,16,32,..",
    )
    parser.add_argument("--latency", type=float, default=30.0, help="microseconds of an exchange (30, Ethernet)")
    parser.add_argument("--overhead", type=float, default=2.0, help="microseconds of each message (2)")
    parser.add_argument("--spread", type=float, default=0.05, help="how unevenly machines work (.05)")
    args = parser.parse_args()
    print("| network | batch | " + " | ".join(f"{machines} machines" for machines in (4, 16, 64)) + " |")
    print("|---|---|---|---|---|")
    for gigabits in (1, 10, 100):
        args.bandwidth = gigabits * 1e9 / 8
        for batch in (8, 64, 512):
            one = by_formula(args, 1, batch)
            cells = []
            for machines in (4, 16, 64):
                if machines > batch:
                    cells.append("")
                    continue
                paper, drawn = (way(args, machines, batch) for way in (by_formula, by_simulation))
                cells.append(f"{one / (machines * paper):.2f} ({one / (machines * drawn):.2f})")
            print(f"| {gigabits} Gbit/s | {batch} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
