"""A PyTorch process that trains or evaluates a network whenever it is told to, so that a benchmark can take turns.

    pytorch.py NETWORK quantised|compiled|float BATCH THREADS

`compiled` is the quantised network through torch.compile, which PyTorch has since version 2.

Reads lines `train STEPS` and `evaluate STEPS`; answers each with one line of JSON: seconds, samples, peakBytes, loss.
`convolution STEPS` and `copy STEPS` measure the machine: their samples are operations and bytes. (Debian's matrix product
may be the reference BLAS, a tenth of what the machine can do; convolutions are oneDNN's.)
"""

import json
import resource
import sys
import time

import torch
from torch.nn import functional

import networks


def main():
    name, arithmetic, batch, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    model = networks.make(name, arithmetic != "float")
    forward = model
    if arithmetic == "compiled":
        if not hasattr(torch, "compile"):
            sys.exit(f"PyTorch {torch.__version__} does not compile: version 2 or later is needed")
        forward = torch.compile(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-4)
    x = torch.randn(int(batch), 2, 1024)
    labels = torch.randint(networks.CLASSES, (int(batch),))

    def train():
        model.train()
        optimizer.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(forward(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    def evaluate():
        model.eval()
        with torch.no_grad():
            return functional.cross_entropy(forward(x), labels).item()

    channels, positions = 512, 1024
    image = torch.randn(8, channels, positions)
    kernel = torch.randn(channels, channels, 1)
    long = torch.zeros(16 * 2**20)
    target = torch.empty_like(long)

    def convolution():
        with torch.no_grad():
            return functional.conv1d(image, kernel)[0, 0, 0].item()

    def copy():
        return target.copy_(long)[0].item()

    # What a step does, and how much of it.
    tasks = {
        "train": (train, int(batch)),
        "evaluate": (evaluate, int(batch)),
        "convolution": (convolution, 2 * len(image) * positions * channels**2),
        "copy": (copy, 2 * 4 * long.numel()),
    }
    for line in sys.stdin:
        task, steps = line.split()
        work, amount = tasks[task]
        started = time.perf_counter()
        for _ in range(int(steps)):
            loss = work()
        seconds = time.perf_counter() - started
        answer = {
            "seconds": seconds,
            "samples": int(steps) * amount,
            "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "loss": loss,
        }
        print(json.dumps(answer), flush=True)


main()
