/**
 * The language server beside TypeScript's own: keystroke to fresh hints (warm), and cold start to the first hints.
 * The peer answers the same request (inlay hints of the whole file after a one-character edit) on the same file.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { LanguageServer } from "./lib/language-server.js";
import { bacalhaunet, generated, type Subject } from "./lib/models.js";
import { median, ms, percentile, print, table } from "./lib/stats.js";
import { serverClock } from "./lib/server-clock.js";
import { TsServer } from "./lib/tsserver.js";

const root = process.cwd();
/** A fast typist's pause between two keystrokes; both servers may use it to get ready for the next one. */
const typingPauseMs = 100;
const folder = mkdtempSync(path.join(tmpdir(), "quantlens-bench-"));

/** A project in which TypeScript finds `quantlens`, so that its server has the same work to do as in practice. */
function prepareProject(): void {
  const installed = path.join(folder, "node_modules/quantlens");
  mkdirSync(installed, { recursive: true });
  cpSync(path.join(root, "package.json"), path.join(installed, "package.json"));
  cpSync(path.join(root, "dist"), path.join(installed, "dist"), { recursive: true });
  writeFileSync(
    path.join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { module: "nodenext", strict: true, target: "es2022" }, include: ["*.ts"] }),
  );
}

/** Milliseconds of keystrokes, by the client's clock and by one inside the server. */
interface Keystrokes {
  readonly client: readonly number[];
  readonly server: readonly number[];
}

/** Keystrokes before anything is measured. */
const warmUp = 20;

async function keystrokesOurs(subject: Subject, count: number): Promise<Keystrokes> {
  const file = path.join(folder, "subject.model.ts");
  writeFileSync(file, subject.text);
  const clock = serverClock(folder, { edit: "textDocument/didChange", answer: '"position"' });
  const server = await LanguageServer.start(root, file, subject.text, { cacheDir: path.join(folder, "cache"), clock });
  let previous = JSON.stringify((await server.hints()).map((hint) => hint.label));
  const samples: number[] = [];
  for (let index = 0; index < count + warmUp; index++) {
    const started = performance.now();
    await server.edit(subject.offset, 1, subject.digits[index % 2] ?? "");
    const hints = await server.hints();
    const elapsed = performance.now() - started;
    const labels = JSON.stringify(hints.map((hint) => hint.label));
    if (labels === previous) throw new Error(`the server answered with stale hints at edit ${index}`);
    previous = labels;
    if (index >= warmUp) samples.push(elapsed);
    await pause(typingPauseMs);
  }
  await server.stop();
  return { client: samples, server: clock.samples().slice(-count) };
}

async function keystrokesPeer(subject: Subject, count: number): Promise<Keystrokes> {
  const file = path.join(folder, "subject.model.ts");
  writeFileSync(file, subject.text);
  const clock = serverClock(folder, { edit: '"command":"change"', answer: '"command":"provideInlayHints"' });
  const server = TsServer.start([], clock);
  server.open(file, subject.text);
  await server.inlayHints(file, subject.text.length);
  const before = subject.text.slice(0, subject.offset).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  const samples: number[] = [];
  for (let index = 0; index < count + warmUp; index++) {
    const started = performance.now();
    server.change(file, before.length, column, 1, subject.digits[index % 2] ?? "");
    await server.inlayHints(file, subject.text.length);
    if (index >= warmUp) samples.push(performance.now() - started);
    await pause(typingPauseMs);
  }
  await server.stop();
  return { client: samples, server: clock.samples().slice(-count) };
}

/** Process start, initialize, open, first hints: one sample. */
async function coldOurs(subject: Subject, cacheDir: string): Promise<number> {
  const file = path.join(folder, "subject.model.ts");
  const started = performance.now();
  const server = await LanguageServer.start(root, file, subject.text, { cacheDir });
  const hints = await server.hints();
  const elapsed = performance.now() - started;
  if (hints.length === 0) throw new Error("no hints after a cold start");
  await server.stop();
  return elapsed;
}

async function coldPeer(subject: Subject): Promise<number> {
  const file = path.join(folder, "subject.model.ts");
  const started = performance.now();
  const server = TsServer.start();
  server.open(file, subject.text);
  await server.inlayHints(file, subject.text.length);
  const elapsed = performance.now() - started;
  await server.stop();
  return elapsed;
}

async function repeat(times: number, sample: (index: number) => Promise<number>): Promise<number[]> {
  const samples: number[] = [];
  for (let index = 0; index < times; index++) samples.push(await sample(index));
  return samples;
}

async function main(): Promise<void> {
  prepareProject();
  const subjects: [Subject, number, number][] = [
    [bacalhaunet(root), 300, 15],
    [generated(1000), 100, 100],
  ];
  print(
    "Keystroke to fresh hints, warm: from the edit's arrival at the server to the hints' departure, and as the client sees it",
  );
  const rows: string[][] = [];
  for (const [subject, count, goal] of subjects) {
    const ours = await keystrokesOurs(subject, count);
    const peer = await keystrokesPeer(subject, count);
    for (const where of ["server", "client"] as const) {
      rows.push([
        `${subject.name}, ${where}`,
        ms(median(ours[where])),
        ms(percentile(ours[where], 0.95)),
        where === "server" ? `${goal} ms` : "-",
        ms(median(peer[where])),
        ms(percentile(peer[where], 0.95)),
        `${(percentile(peer[where], 0.95) / percentile(ours[where], 0.95)).toFixed(2)} x`,
      ]);
    }
  }
  table(
    ["file, clock", "ours median", "ours p95", "goal p95", "tsserver median", "tsserver p95", "tsserver / ours"],
    rows,
  );

  print("Cold start: process start, initialize, open, first hints");
  const subject = bacalhaunet(root);
  const withoutCache = await repeat(7, (index) => coldOurs(subject, path.join(folder, `empty-${index}`)));
  const withCache = await repeat(15, () => coldOurs(subject, path.join(folder, "cache")));
  const peer = await repeat(7, () => coldPeer(subject));
  table(
    ["what", "median", "worst", "goal"],
    [
      ["ours, compiled code cached", ms(median(withCache)), ms(Math.max(...withCache)), "800 ms"],
      ["ours, very first start", ms(median(withoutCache)), ms(Math.max(...withoutCache)), "800 ms"],
      ["tsserver", ms(median(peer)), ms(Math.max(...peer)), "-"],
    ],
  );
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
