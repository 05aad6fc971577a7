/** What reproduces a submission in Python: the image, and the script that measures the accuracy. */
import { groupCount, radiomlFramesPerGroup } from "../data/frames/grid.js";
import { prescribedSplit, splitFrames, testFrames } from "../data/frames/split.js";
import { framesDigest } from "../evaluate/frames-digest.js";

/** Folder of the Python files in the zip. */
export const pythonFolder = "brevitas";

/** The environment of the challenge's sandbox: PyTorch 1.7.1, Brevitas 0.6, and finn-base's branch for the cost. */
export function dockerfile(moduleName: string): string {
  return `FROM pytorch/pytorch:1.7.1-cuda11.0-cudnn8-runtime

RUN apt-get update && apt-get install --yes --no-install-recommends git && rm -rf /var/lib/apt/lists/*
RUN pip install numpy==1.18.0 h5py==3.1.0 brevitas==0.6.0 onnxoptimizer==0.2.6
RUN pip install "finn-base[onnx] @ git+https://github.com/Xilinx/finn-base.git@feature/itu_competition_21"

COPY . /submission
WORKDIR /submission/${pythonFolder}
CMD ["python", "${moduleName}_export.py"]
`;
}

/** Measures the accuracy of the PyTorch network on the prescribed test frames. */
export function evaluateScript(moduleName: string): string {
  const { test } = splitFrames(radiomlFramesPerGroup, prescribedSplit);
  return `"""Measures the accuracy on the prescribed test frames of RadioML 2018.01A.

    python ${moduleName}_evaluate.py GOLD_XYZ_OSC.0001_1024.hdf5

Needs PyTorch, Brevitas 0.6, NumPy and h5py.
"""

import hashlib
import sys

import numpy as np

FRAMES_PER_GROUP = ${radiomlFramesPerGroup}
GROUPS = ${groupCount}
TEST_FRAMES = ${testFrames(radiomlFramesPerGroup, prescribedSplit.testFraction)}
TEST_SHA256 = "${framesDigest(test.indices)}"
BATCH = 1024


def test_frames():
    """Numbers of the test frames: the first of each shuffled group of one modulation and one SNR."""
    generator = np.random.RandomState(${prescribedSplit.seed})
    chosen = []
    for group in range(GROUPS):
        frames = list(range(group * FRAMES_PER_GROUP, (group + 1) * FRAMES_PER_GROUP))
        generator.shuffle(frames)
        chosen.extend(frames[:TEST_FRAMES])
    numbers = np.array(chosen, dtype="<u4")
    if hashlib.sha256(numbers.tobytes()).hexdigest() != TEST_SHA256:
        sys.exit("This NumPy shuffles otherwise than the challenge prescribes: use another version.")
    return numbers


def main(path):
    import h5py
    import torch

    from ${moduleName}_export import load

    network = load()
    right = {}
    # HDF5 reads frames in ascending order only.
    numbers = np.sort(test_frames())
    with h5py.File(path, "r") as file, torch.no_grad():
        for start in range(0, len(numbers), BATCH):
            batch = numbers[start : start + BATCH]
            frames = torch.from_numpy(np.ascontiguousarray(file["X"][batch].transpose(0, 2, 1)))
            labels = file["Y"][batch].argmax(axis=1)
            hits = network(frames).argmax(dim=1).numpy() == labels
            for snr, hit in zip(file["Z"][batch][:, 0], hits):
                right.setdefault(int(snr), []).append(bool(hit))
    for snr in sorted(right):
        print(f"{snr:4d} dB  {100 * np.mean(right[snr]):7.3f} %")
    every = [hit for hits in right.values() for hit in hits]
    print(f"overall  {100 * np.mean(every):7.3f} % ({sum(every)} of {len(every)})")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
`;
}
