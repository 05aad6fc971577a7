/**
 * The module `quantlens` inside the sandbox: first the marks, the console and the fixed clock and dice, then
 * the DSL's functions, which write their calls down. Bundled to one file without imports; the worker evaluates it
 * before the program.
 */
import { connect, idOf, takeCalls, type Ask } from "./calls/recorder.js";
import { currentCall } from "./chain-runtime.js";
import { installConsole } from "./console-runtime.js";
import { installDeterminism } from "./determinism.js";
import { installMarks, type QuantlensGlobal } from "./marks-runtime.js";
import type { GuestTools } from "./protocol.js";

interface SandboxGlobal {
  /** The host's function that is told of calls that may never return. */
  __quantlensNote?: (id: number) => void;
  /** The host's function that answers what the program asks about results. */
  __quantlensAsk?: Ask;
  /** For the host, which takes it away before the program starts. */
  __quantlensTools?: GuestTools;
  readonly __quantlens: QuantlensGlobal;
}

const sandbox = globalThis as unknown as SandboxGlobal;
const note = sandbox.__quantlensNote;
delete sandbox.__quantlensNote;
if (sandbox.__quantlensAsk) connect(sandbox.__quantlensAsk);
delete sandbox.__quantlensAsk;

installMarks(note ? { note } : {});
const marks = sandbox.__quantlens;
const logs = installConsole(currentCall);
installDeterminism();

/** The host parses the result in one go, so it must not be endless. */
const maxResultLength = 64_000_000;

// Taken before the program can change them.
const { parse, stringify } = JSON;
sandbox.__quantlensTools = {
  setParameters: (json) => {
    marks.parameters = Object.freeze(parse(json) as Record<string, unknown>);
  },
  calls: () => [takeCalls()],
  model: (value) => (typeof value === "object" && value !== null ? idOf(value) : undefined),
  result: (value) => {
    const json = stringify(value) as string | undefined;
    if (json !== undefined && json.length > maxResultLength) throw new RangeError("invalid length of the model");
    return json;
  },
  report: () => stringify({ whereabouts: marks.whereabouts(), logs: logs() }),
};

export * from "./calls/remote-dsl.js";
