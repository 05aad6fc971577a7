"""A PyTorch process that trains or evaluates a network whenever it is told to, so that a benchmark can take turns.

    pytorch.py NETWORK quantised|float BATCH THREADS

Reads lines `train STEPS` and `evaluate STEPS`; answers each with one line of JSON: seconds, samples, peakBytes, loss.
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
    model = networks.make(name, arithmetic == "quantised")
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-4)
    x = torch.randn(int(batch), 2, 1024)
    labels = torch.randint(networks.CLASSES, (int(batch),))

    def train():
        model.train()
        optimizer.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    def evaluate():
        model.eval()
        with torch.no_grad():
            return functional.cross_entropy(model(x), labels).item()

    tasks = {"train": train, "evaluate": evaluate}
    for line in sys.stdin:
        task, steps = line.split()
        started = time.perf_counter()
        for _ in range(int(steps)):
            loss = tasks[task]()
        seconds = time.perf_counter() - started
        answer = {
            "seconds": seconds,
            "samples": int(steps) * int(batch),
            "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "loss": loss,
        }
        print(json.dumps(answer), flush=True)


main()
