/** SHA-256 of files that may be large, remembered for as long as a file stays as it is. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Files } from "./files.js";
import { diskPath } from "./uris.js";

export class FileDigests {
  private readonly known = new Map<string, { readonly stamp: string; readonly digest: Promise<string | undefined> }>();

  constructor(private readonly files: Files) {}

  /** In hexadecimal digits; `undefined` where there is no file, or none that can be read. */
  async of(key: string): Promise<string | undefined> {
    const stamp = await this.files.stamp(key);
    if (stamp === undefined) {
      this.known.delete(key);
      return undefined;
    }
    const known = this.known.get(key);
    if (known?.stamp === stamp) return known.digest;
    const digest = this.read(key).catch(() => undefined);
    this.known.set(key, { stamp, digest });
    return digest;
  }

  private async read(key: string): Promise<string | undefined> {
    const path = diskPath(key);
    const hash = createHash("sha256");
    if (path === undefined) {
      const bytes = await this.files.readBytes(key);
      return bytes && hash.update(bytes).digest("hex");
    }
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return hash.digest("hex");
  }
}
