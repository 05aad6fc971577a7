/** ONNX's own checker on the files that are written (Debian's python3-onnx). */
import path from "node:path";
import { describe, expect, it } from "vitest";
import bacalhaunet from "../../examples/bacalhaunet/bacalhaunet.model.js";
import keywordSpotter from "../../examples/tiny/keyword-spotting.model.js";
import vgg10 from "../../examples/vgg10/vgg10.model.js";
import { graphFromJson } from "../../shared/graph/graph.js";
import { toQcdq } from "../../shared/onnx/qcdq/convert.js";
import { writeQonnx } from "../../shared/onnx/write.js";
import { makeFolder } from "../testing/folder.js";
import { evaluatedNetwork } from "../train/lower/program-weights.js";
import { pythonWith, runPython } from "../../shared/testing/python.js";
import { pruned, randomlyTrained } from "./testing/trained.js";
import { trainedGraph } from "./trained-graph.js";

const python = pythonWith("onnx");

describe.skipIf(python === undefined)("onnx.checker (needs python3-onnx)", () => {
  it("accepts the QONNX and the QCDQ file of every example", () => {
    const files: Record<string, Uint8Array> = {};
    for (const model of [bacalhaunet, vgg10, keywordSpotter]) {
      const graph = graphFromJson(model.graph);
      const written = trainedGraph(graph, evaluatedNetwork(pruned(randomlyTrained(graph, 1))));
      files[`${model.name}.onnx`] = writeQonnx(written);
      files[`${model.name}.qcdq.onnx`] = writeQonnx(toQcdq(written));
    }
    const folder = makeFolder(files);
    const script =
      "import onnx, sys\nfor file in sys.argv[1:]: onnx.checker.check_model(file, full_check=True); print(file)";
    const paths = Object.keys(files).map((name) => path.join(folder, name));
    expect(
      runPython(python ?? "", ["-c", script, ...paths])
        .trim()
        .split("\n"),
    ).toEqual(paths);
  });
});
