/** ONNX files that are shown, read once per change. */
import type { Diagram, DiagramForm } from "../../../shared/diagram/types.js";
import type { NetworkRecord, NoAnswer } from "../../../shared/network-messages.js";
import type { Files } from "../host/files.js";
import { baseName, diskPath } from "../host/uris.js";
import type { NetworkOptions, ReadJob, ReadNetwork } from "./jobs.js";
import type { RunNetworkJob } from "./runner.js";

/** Tabs that somebody goes back and forth between. */
const mostFiles = 8;

interface Known {
  readonly state: string;
  readonly answer: Promise<ReadNetwork | NoAnswer>;
}

/** What is kept of a file is what is shown of it: without weights, it is small. */
export class NetworkStore {
  /** By URI, the last one that was asked for at the end. */
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly files: Files,
    private readonly run: RunNetworkJob,
  ) {}

  async record(uri: string, options: NetworkOptions): Promise<NetworkRecord | NoAnswer> {
    const read = await this.read(uri, options);
    return "record" in read ? read.record : read;
  }

  async diagram(uri: string, form: DiagramForm, options: NetworkOptions): Promise<Diagram | NoAnswer> {
    const read = await this.read(uri, options);
    return "diagrams" in read ? read.diagrams[form] : read;
  }

  private async read(uri: string, options: NetworkOptions): Promise<ReadNetwork | NoAnswer> {
    const { flavor, discountSparsity } = options;
    const stamp = await this.files.stamp(uri);
    const state = `${stamp ?? "missing"} ${flavor} ${discountSparsity}`;
    const before = this.known.get(uri);
    this.known.delete(uri);
    const known = stamp !== undefined && before?.state === state ? before : { state, answer: this.begin(uri, options) };
    this.known.set(uri, known);
    for (const [oldest] of this.known) if (this.known.size > mostFiles) this.known.delete(oldest);
    return known.answer;
  }

  private async begin(uri: string, { flavor, discountSparsity }: NetworkOptions): Promise<ReadNetwork | NoAnswer> {
    const source = await this.sourceOf(uri);
    if ("problem" in source) return source;
    return this.run({ kind: "read", source, title: baseName(uri), flavor, discountSparsity });
  }

  private async sourceOf(uri: string): Promise<ReadJob["source"] | NoAnswer> {
    const path = diskPath(uri);
    if (path !== undefined) return { path };
    const bytes = await this.files.readBytes(uri);
    return bytes ? { bytes } : { problem: "The file cannot be read from where it lies: copy it to a local folder." };
  }
}
