import { describe, expect, it } from "vitest";
import type { Diagnostic, PublishDiagnosticsParams } from "vscode-languageserver";
import { modelText } from "../test/model-text.js";
import { OpenModel } from "../test/open-model.js";
import { createDiagnosticsChannel, distinctDiagnostics } from "./diagnostics-channel.js";

const helperUri = "file:///project/helper.ts";
const helper = 'import { relu, type Tensor } from "quantlens";\nexport const act = (x: Tensor) => relu(x);\n';
const finding = (message: string): Diagnostic => ({
  range: { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } },
  message,
});

async function setUp() {
  const importing = modelText("return act(x);", { imports: 'import { act } from "./helper.js";' });
  const opened = await OpenModel.open(importing, { files: { "helper.ts": helper, "b.model.ts": importing } });
  const published: PublishDiagnosticsParams[] = [];
  const pulled = new Set<string>();
  const spelling = new Map<string, string>();
  const channel = createDiagnosticsChannel(
    { sendDiagnostics: (params) => Promise.resolve(void published.push(params)) },
    { clientUri: (file) => spelling.get(file) ?? file, pulled: (file) => pulled.has(file) },
  );
  const one = await opened.state();
  const [two] = await opened.store.statesOf("file:///project/b.model.ts");
  if (!two) throw new Error("the second model is not there");
  const last = (uri: string): Diagnostic["message"][] | undefined =>
    published.findLast((params) => params.uri === uri)?.diagnostics.map(({ message }) => message);
  return { channel, one, two, last, published, pulled, spelling };
}

describe("the channel", () => {
  it("publishes a model's file even when nothing is found", async () => {
    const { channel, one, last } = await setUp();
    channel.evaluated(one, () => []);
    expect(last(one.key)).toEqual([]);
  });

  it("clears a helper when its problem is gone", async () => {
    const { channel, one, last } = await setUp();
    channel.evaluated(one, (file) => (file === helperUri ? [finding("a")] : []));
    expect(last(helperUri)).toEqual(["a"]);
    channel.evaluated(one, () => []);
    expect(last(helperUri)).toEqual([]);
  });

  it("joins what several models say about a helper, each finding once", async () => {
    const { channel, one, two, last } = await setUp();
    channel.evaluated(one, (file) => (file === helperUri ? [finding("a"), finding("b")] : []));
    channel.evaluated(two, (file) => (file === helperUri ? [finding("a"), finding("c")] : []));
    expect(last(helperUri)).toEqual(["a", "b", "c"]);
    channel.closed(one.key);
    expect(last(helperUri)).toEqual(["a", "c"]);
    channel.closed(two.key);
    expect(last(helperUri)).toEqual([]);
  });
});

describe("beside a client that pulls, the channel", () => {
  const inHelper = (file: string) => (file === helperUri ? [finding("a")] : []);

  it("leaves open files alone and publishes what is found in closed ones", async () => {
    const { channel, one, published, last, pulled } = await setUp();
    pulled.add(one.key);
    channel.evaluated(one, (file) => [finding(file)]);
    expect(published.map(({ uri }) => uri)).toEqual([helperUri]);
    expect(last(helperUri)).toEqual([helperUri]);
  });

  it("takes back what it published when the file is opened, and shows it again when it is closed", async () => {
    const { channel, one, last, published, pulled } = await setUp();
    pulled.add(one.key);
    channel.evaluated(one, inHelper);
    pulled.add(helperUri);
    channel.toggled(helperUri);
    expect(last(helperUri)).toEqual([]);
    const { length } = published;
    channel.evaluated(one, inHelper);
    expect(published).toHaveLength(length);
    pulled.delete(helperUri);
    channel.toggled(helperUri);
    expect(last(helperUri)).toEqual(["a"]);
  });

  it("keeps what another model found when one closes", async () => {
    const { channel, one, two, last } = await setUp();
    channel.evaluated(one, inHelper);
    channel.evaluated(two, inHelper);
    channel.closed(one.key);
    expect(last(helperUri)).toEqual(["a"]);
    channel.closed(two.key);
    expect(last(helperUri)).toEqual([]);
  });

  it("takes back what it published under another spelling of the file", async () => {
    const { channel, one, last, spelling } = await setUp();
    channel.evaluated(one, inHelper);
    spelling.set(helperUri, "file:///project/%68elper.ts");
    channel.evaluated(one, inHelper);
    expect(last(helperUri)).toEqual([]);
    expect(last("file:///project/%68elper.ts")).toEqual(["a"]);
  });

  it("says nothing about files in which nothing was found", async () => {
    const { channel, published } = await setUp();
    channel.toggled(helperUri);
    expect(published).toEqual([]);
  });
});

describe("distinctDiagnostics", () => {
  it("keeps the order and drops repetitions", () => {
    expect(distinctDiagnostics([finding("b"), finding("a"), finding("b")]).map(({ message }) => message)).toEqual([
      "b",
      "a",
    ]);
  });
});
