import { expect, it } from "vitest";
import { collectShortLived, shortLivedBytes } from "./idle-collection.js";

it("collects garbage, and leaves nothing of its means to others", () => {
  let made: object[] = [];
  while (shortLivedBytes() < 6 * 2 ** 20) made = [{ made: [made.length] }];
  expect(made).toHaveLength(1);
  collectShortLived();
  expect(shortLivedBytes()).toBeLessThan(3 * 2 ** 20);
  expect(globalThis.gc).toBeUndefined();
});
