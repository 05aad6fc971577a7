import { describe, expect, it } from "vitest";
import { createPool } from "./pool.js";

describe("a pool", () => {
  it("gives each thing to one at a time, in the order of asking", async () => {
    const pool = createPool(["a", "b"]);
    const inUse = new Set<string>();
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        pool.use(async (thing) => {
          expect(inUse.has(thing)).toBe(false);
          inUse.add(thing);
          order.push(index);
          for (let turn = index % 4; turn > 0; turn--) await Promise.resolve();
          inUse.delete(thing);
        }),
      ),
    );
    expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it("takes a thing back from who fails", async () => {
    const pool = createPool([1]);
    await expect(pool.use(() => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
    let used = 0;
    await pool.use((thing) => Promise.resolve(void (used = thing)));
    expect(used).toBe(1);
  });
});
