/** ONNX files and graphs as the server tells of them: real ones, odd ones and a large one. */
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { largeOnnx } from "../../bench/lib/large-onnx.js";
import { runCli } from "../../cli/testing/run-cli.js";
import { conv, protocolTests, uri as modelUri } from "../../server/test/protocol-tests.js";
import { deepNetwork } from "../../shared/diagram/testing/networks.js";
import type { DrawingRecord, NetworkRecord, NoAnswer } from "../../shared/network-messages.js";
import { encodeModel, tensorInfo } from "../../shared/onnx/testing/models.js";
import { writeQonnx } from "../../shared/onnx/write.js";
import { draftGraph } from "../../shared/testing/draft-graph.js";

const { start, folder, uriOf } = protocolTests();
const example = path.resolve(import.meta.dirname, "../../examples/bacalhaunet/bacalhaunet.onnx");
const exampleUri = pathToFileURL(example).href;
type Server = Awaited<ReturnType<typeof start>>;
type Answer = NetworkRecord | NoAnswer;

const networkOf = (server: Server, uri: string): Promise<Answer> => server.request("quantlens/network", { uri });
const drawingOf = (server: Server, uri: string, form = "quantised"): Promise<DrawingRecord | NoAnswer> =>
  server.request("quantlens/drawing", { uri, form });

/** The answer, which must be a network. */
function known<T extends object>(answer: T | NoAnswer): T {
  if ("problem" in answer) throw new Error(answer.problem);
  return answer;
}

function put(name: string, bytes: Uint8Array | string): string {
  writeFileSync(path.join(folder(), name), bytes);
  return uriOf(name);
}

/** A sentence for a person: no stack trace, no path, one full stop at the end. */
const sentence = /^[A-Z][^\n/\\]*[^.]\.$/;

describe("an ONNX file", () => {
  it.each(["finn-base", "qonnx"] as const)("costs what quantlens cost prints of it by %s", async (flavor) => {
    const server = await start();
    const { costs, nodes } = known(await networkOf(server, exampleUri));
    const { stdout } = await runCli(["cost", example, "--format", "json", "--flavor", flavor]);
    const { quantlens, ...official } = JSON.parse(stdout) as Record<string, unknown> & {
      readonly quantlens: { readonly score: number; readonly layers: readonly Record<string, unknown>[] };
    };
    expect(costs[flavor].official).toEqual(flavor === "qonnx" ? official.total_cost : official);
    expect(costs[flavor].total.score).toBe(quantlens.score);
    const priced = nodes.filter((node) => node.costs[flavor].price === "priced");
    expect(
      priced.map(({ name, costs: { [flavor]: cost } }) => [name, cost.macs, cost.bops, cost.memWBits, cost.share]),
    ).toEqual(quantlens.layers.map((each) => [each.name, each.macs, each.bops, each.memWBits, each.shareOfScore]));
  });

  it("is read again when it has changed, and its settings count", async () => {
    let discountSparsity = true;
    const server = await start({ settings: () => ({ discountSparsity, flavor: "qonnx" }) });
    const draft = draftGraph();
    const sparse = draft.quant(draft.constant("w", [2, 4], [1, 0, 0, 0, 1, 0, 0, 0]), { bits: 4, scale: 1 });
    const file = put(
      "sparse.onnx",
      writeQonnx(draft.build(draft.node("Gemm", [draft.input("x", [1, 4]), sparse], { transB: 1 }))),
    );
    const record = known(await networkOf(server, file));
    expect([record.flavor, record.costs.qonnx.total.macs]).toEqual(["qonnx", 2]);
    discountSparsity = false;
    await server.notify("workspace/didChangeConfiguration", { settings: null });
    expect(known(await networkOf(server, file)).costs.qonnx.total.macs).toBe(8);
    put("sparse.onnx", "");
    expect(await networkOf(server, file)).toMatchObject({ problem: expect.stringContaining("empty") as string });
    rmSync(path.join(folder(), "sparse.onnx"));
    expect(await networkOf(server, file)).toMatchObject({ problem: expect.stringContaining("not there") as string });
  });

  it("comes through the client where it is not on this machine", async () => {
    const content = readFileSync(example).toString("base64");
    const server = await start({
      initializationOptions: { commands: true, readFile: true },
      readFile: (uri, encoding) => (encoding === "base64" && uri.endsWith("/far.onnx") ? { content } : null),
    });
    const { costs } = known(await networkOf(server, "remote://host/far.onnx"));
    expect(costs["finn-base"].total.bops).toBe(96_933_888);
    expect(await networkOf(server, "remote://host/gone.onnx")).toMatchObject({
      problem: expect.stringMatching(sentence) as string,
    });
  });

  it("with operators that have no price, or shapes that are not known, says so at the nodes", async () => {
    const graph = {
      name: "unknown",
      input: [tensorInfo("x", ["N", 4, 8])],
      output: [tensorInfo("y", [])],
      initializer: [{ name: "w", dataType: 1, dims: [4, 4, 1], floatData: Array<number>(16).fill(1) }],
      node: [
        { name: "odd", opType: "Mystery", input: ["x"], output: ["a"] },
        { name: "conv", opType: "Conv", input: ["a", "w"], output: ["y"] },
      ],
    };
    const server = await start();
    const record = known(await networkOf(server, put("unknown.onnx", encodeModel(graph))));
    expect(record.nodes.map(({ name, costs }) => [name, costs.qonnx.price])).toEqual([
      ["odd", "unsupported"],
      ["conv", "unsupported"],
    ]);
    expect(record.nodes[0]).not.toHaveProperty("outputShape");
    expect(record.costs.qonnx.unsupported).toEqual(["Mystery", "Conv"]);
    expect(record.costs.qonnx.total.bops).toBe(0);
  });

  it("whose shapes multiply beyond all numbers is still an answer", async () => {
    const server = await start();
    const dims = Array<number>(40).fill(2 ** 40);
    const graph = {
      name: "vast",
      input: [tensorInfo("x", dims), tensorInfo("z", dims)],
      output: [tensorInfo("y", dims)],
      node: [{ name: "product", opType: "MatMul", input: ["x", "z"], output: ["y"] }],
    };
    const record = known(await networkOf(server, put("vast.onnx", encodeModel(graph))));
    const numbers = Object.values(record.costs["finn-base"].total);
    expect(numbers.every((value) => Number.isFinite(value))).toBe(true);
    expect(known(await drawingOf(server, uriOf("vast.onnx"))).svg).toContain("product");
  });
});

describe("what cannot be shown", () => {
  const whole = readFileSync(example);
  const ofAnyLength = {
    name: "dynamic",
    input: [tensorInfo("x", ["N", 4, "length"])],
    output: [tensorInfo("y", ["N", 4, "length"])],
    node: [{ name: "relu", opType: "Relu", input: ["x"], output: ["y"] }],
  };
  it.each<readonly [string, () => void]>([
    ["nothing", () => undefined],
    ["an empty file", () => put("odd.onnx", "")],
    ["half a file", () => put("odd.onnx", whole.subarray(0, whole.length / 2))],
    ["a file without its end", () => put("odd.onnx", whole.subarray(0, -20))],
    ["a text file", () => put("odd.onnx", "not a network\n".repeat(200))],
    ["a web page", () => put("odd.onnx", "<!doctype html><script>alert(1)</script>")],
    ["a network for any length of signal", () => put("odd.onnx", encodeModel(ofAnyLength))],
    ["zeros", () => put("odd.onnx", new Uint8Array(5000))],
    [
      "a folder",
      () => {
        mkdirSync(path.join(folder(), "odd.onnx"));
      },
    ],
    [
      "3 GiB",
      () => {
        put("odd.onnx", "");
        truncateSync(path.join(folder(), "odd.onnx"), 3 * 2 ** 30);
      },
    ],
  ])("%s is one sentence, for the table and for the graph", async (_what, make) => {
    rmSync(path.join(folder(), "odd.onnx"), { recursive: true, force: true });
    make();
    const server = await start();
    const answer = await networkOf(server, uriOf("odd.onnx"));
    expect(answer).toEqual({ problem: expect.stringMatching(sentence) as string });
    expect(await drawingOf(server, uriOf("odd.onnx"))).toEqual(answer);
    rmSync(path.join(folder(), "odd.onnx"), { recursive: true, force: true });
  });
});

describe("a file of 100 MB", () => {
  it("is shown without its weights, and keeps nobody who types waiting", async () => {
    const file = put("large.onnx", largeOnnx(100));
    const server = await start();
    await server.open(modelUri, conv());
    await server.hints(modelUri);
    const answered: string[] = [];
    const note = (what: string) => () => void answered.push(what);
    const network = networkOf(server, file);
    await server.replace(modelUri, "outChannels: 4", "outChannels: 8");
    await Promise.all([network.then(note("network")), server.hints(modelUri).then(note("hints"))]);
    expect(answered).toEqual(["hints", "network"]);
    const record = known(await network);
    expect(record.bytes).toBeGreaterThan(99e6);
    expect(JSON.stringify(record).length).toBeLessThan(100_000);
    expect(known(await drawingOf(server, file)).svg).toContain("matmul0");
    rmSync(path.join(folder(), "large.onnx"));
  });
});

describe("the graph of a model file", () => {
  it("follows its text, has its cost, and leads to its source", async () => {
    const server = await start();
    await server.open(modelUri, conv());
    const drawing = known(await drawingOf(server, modelUri));
    expect(drawing.fresh).toBe(true);
    expect(drawing.summary).toContain("73.7 kbop");
    expect(drawing.svg).not.toContain("<style");
    const [id] = /id="n\d+"[^>]*aria-label="Conv/.exec(drawing.svg) ?? [""];
    const place = drawing.places[/n\d+/.exec(id)?.[0] ?? ""];
    expect(place?.uri).toBe(modelUri);
    expect(server.text(modelUri).split("\n")[place?.range.start.line ?? -1]).toContain("quantConv1d(");

    await server.replace(modelUri, "int(6)", "int(3)");
    expect(known(await drawingOf(server, modelUri)).summary).toContain("36.9 kbop");
    const float = known(await drawingOf(server, modelUri, "float"));
    expect(float.summary).toContain("without quantisers");

    await server.replace(modelUri, "outChannels", "out(");
    expect(known(await drawingOf(server, modelUri)).fresh).toBe(false);
  });

  it("is a sentence where there is none, or it is too large for a page", async () => {
    const server = await start();
    const none = { problem: expect.stringMatching(sentence) as string };
    expect(await drawingOf(server, modelUri)).toEqual(none);
    const file = put("deep.onnx", writeQonnx(deepNetwork(1000)));
    const { problem } = (await drawingOf(server, file)) as NoAnswer;
    expect(problem).toMatch(sentence);
    expect(problem).toContain("2002 nodes, and at most 2000 are drawn here");
    expect(known(await networkOf(server, file)).nodes).toHaveLength(2000);
  });
});
