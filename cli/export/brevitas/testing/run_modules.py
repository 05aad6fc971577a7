"""Loads each module of a folder strictly with its weights, runs it on its input, and prints the outputs.

Usage: run_modules.py FOLDER; FOLDER/cases.json lists {"module", "network", "shape"}; inputs are <module>.bin.
"""

import importlib
import json
import sys
from pathlib import Path

import numpy
import torch


def run(folder, case):
    network = getattr(importlib.import_module(case["module"]), case["network"])()
    state = torch.load(folder / f"{case['module']}.pth", map_location="cpu")
    network.load_state_dict(state, strict=True)
    values = numpy.fromfile(folder / f"{case['module']}.bin", dtype=numpy.float32).reshape(case["shape"])
    with torch.no_grad():
        return network.eval()(torch.from_numpy(values)).flatten().tolist()


def main():
    folder = Path(sys.argv[1])
    sys.path.insert(0, str(folder))
    torch.set_num_threads(1)
    cases = json.loads((folder / "cases.json").read_text())
    print(json.dumps({case["module"]: run(folder, case) for case in cases}))


if __name__ == "__main__":
    main()
