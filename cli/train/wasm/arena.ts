/** The memory that all threads share: pieces of it are handed out for good. */
import { CliError } from "../../errors.js";
import { roundUp } from "./layout.js";
import { createKernelMemory } from "./load-kernels.js";

const pageBytes = 65_536;
/** What WebAssembly can address. */
const maxBytes = 65_536 * pageBytes;
/** Caches fetch lines of 64 bytes: what two threads write should not share one. */
const alignment = 64;
/** Address 0 is no address. */
const reservedBytes = 1024;

export class Arena {
  readonly memory: WebAssembly.Memory;
  private end = reservedBytes;

  constructor() {
    this.memory = createKernelMemory(pageBytes);
  }

  /**
   * Zeroed memory. Views that were made before stay valid for what they show.
   * @returns its byte address
   */
  reserve(bytes: number): number {
    const begin = this.end;
    const end = roundUp(begin + bytes, alignment);
    if (end > maxBytes) {
      throw new CliError(
        `Training needs ${gibibytes(end)} GiB and the wasm backend can address 4 GiB: use a smaller batch size, or another backend.`,
      );
    }
    const missing = Math.ceil((end - this.memory.buffer.byteLength) / pageBytes);
    if (missing > 0) this.memory.grow(missing);
    this.end = end;
    return begin;
  }

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  doubles(address: number, count: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, count);
  }

  integers(address: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, count);
  }
}

function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
