/** Where the server reads files: open editors first, then the disk, then the client's file system. */
import type { Stats } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { OpenDocuments } from "../text/documents.js";
import { canonicalUri, diskPath } from "./uris.js";

/** Asks the client for a file; `undefined` where it has none. */
export type RemoteRead = (uri: string, encoding: "utf8" | "base64") => Promise<string | undefined>;

export interface FileText {
  readonly text: string;
  /** Version of the open document; absent for a file that is not open. */
  readonly version?: number;
}

export interface Files {
  readText(key: string): Promise<FileText | undefined>;
  readBytes(key: string): Promise<Uint8Array | undefined>;
  /** Changes whenever the file's content may have changed; `undefined` where there is no file. */
  stamp(key: string): Promise<string | undefined>;
  /** Forgets what the client's file system said about a file. */
  invalidate(key: string): void;
}

/** A model's source is not larger than this; longer files are taken for something else. */
const maxTextBytes = 16 * 1024 * 1024;

export function createFiles(documents: OpenDocuments, remote: RemoteRead | undefined): Files {
  const remembered = new Map<string, Promise<string | undefined>>();
  let generation = 0;
  const fromClient = (key: string, encoding: "utf8" | "base64"): Promise<string | undefined> => {
    if (!remote) return Promise.resolve(undefined);
    const id = `${encoding} ${key}`;
    const known = remembered.get(id);
    if (known) return known;
    const reading = remote(key, encoding).catch(() => undefined);
    remembered.set(id, reading);
    return reading;
  };
  return {
    async readText(key) {
      const document = documents.get(key);
      if (document) return { text: document.text, version: document.version };
      const path = diskPath(key);
      const text = path === undefined ? await fromClient(key, "utf8") : await readDiskText(path);
      return text === undefined ? undefined : { text };
    },
    async readBytes(key) {
      const path = diskPath(key);
      if (path !== undefined) return (await regularFile(path)) && orUndefined(readFile(path));
      const content = await fromClient(key, "base64");
      return content === undefined ? undefined : Buffer.from(content, "base64");
    },
    async stamp(key) {
      const path = diskPath(key);
      if (path === undefined) return remote && `remote ${generation}`;
      const found = await regularFile(path);
      return found && `${found.mtimeMs} ${found.size}`;
    },
    invalidate(key) {
      generation++;
      const uri = canonicalUri(key);
      remembered.delete(`utf8 ${uri}`);
      remembered.delete(`base64 ${uri}`);
    },
  };
}

async function readDiskText(path: string): Promise<string | undefined> {
  const found = await regularFile(path);
  if (!found || found.size > maxTextBytes) return undefined;
  return orUndefined(readFile(path, "utf8"));
}

/** What is no file (a folder, a pipe, a device without an end) is not read. */
async function regularFile(path: string): Promise<Stats | undefined> {
  const found = await orUndefined(stat(path));
  return found?.isFile() === true ? found : undefined;
}

/** A file that cannot be read is a file that is not there: the importing line says so. */
async function orUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch {
    return undefined;
  }
}
