import { describe, expect, it } from "vitest";
import { colorsFor } from "./streams.js";

const red = (isTTY: boolean | undefined, env: NodeJS.ProcessEnv) =>
  colorsFor(isTTY === undefined ? {} : { isTTY }, env).red("x") !== "x";

describe("colorsFor", () => {
  it.each([
    [true, {}, true],
    [true, { NO_COLOR: "" }, true],
    [true, { NO_COLOR: "1" }, false],
    [true, { TERM: "dumb" }, false],
    [false, {}, false],
    [false, { FORCE_COLOR: "1", CI: "true" }, false],
    [undefined, {}, false],
  ])("terminal %j, environment %j: colours %j", (isTTY, env, expected) => {
    expect(red(isTTY, env)).toBe(expected);
  });
});
