"""Times torch.load on a checkpoint: `torch_load.py FILE RUNS` prints a JSON list of seconds, each with all values read once."""

import json
import sys
import time

import torch

_, file, runs = sys.argv
seconds = []
for _ in range(int(runs)):
    started = time.perf_counter()
    state = torch.load(file, map_location="cpu")
    sum(float(tensor.flatten()[-1]) for tensor in state.values())
    seconds.append(time.perf_counter() - started)
print(json.dumps(seconds))
