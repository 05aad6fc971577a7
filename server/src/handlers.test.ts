import { describe, expect, it } from "vitest";
import { CancellationTokenSource, ResponseError } from "vscode-languageserver";
import { createHandlers } from "./handlers.js";

describe("createHandlers", () => {
  const setUp = () => {
    const logged: string[] = [];
    return {
      logged,
      handlers: createHandlers((message) => logged.push(message)),
      source: new CancellationTokenSource(),
    };
  };

  it("passes results on", async () => {
    const { handlers, source } = setUp();
    const handle = handlers.request(
      "double",
      () => 0,
      (value: number) => value * 2,
    );
    expect(await handle(21, source.token)).toBe(42);
  });

  it("answers with the fallback and logs each failure once", async () => {
    const { handlers, logged, source } = setUp();
    const handle = handlers.request(
      "break",
      () => "fallback",
      (text: string) => {
        throw new Error(text);
      },
    );
    expect(await handle("a", source.token)).toBe("fallback");
    expect(await handle("a", source.token)).toBe("fallback");
    expect(await handle("b", source.token)).toBe("fallback");
    expect(logged.map((line) => line.split("\n")[0])).toEqual(["break failed: Error: a", "break failed: Error: b"]);
  });

  it("does not begin what was cancelled before", async () => {
    const { handlers, source } = setUp();
    let begun = false;
    source.cancel();
    const handle = handlers.request(
      "never",
      () => 0,
      () => {
        begun = true;
        return 1;
      },
    );
    expect(await handle(undefined, source.token)).toBeInstanceOf(ResponseError);
    expect(begun).toBe(false);
  });

  it("drops an answer that was cancelled meanwhile", async () => {
    const { handlers, source } = setUp();
    const handle = handlers.request(
      "late",
      () => 0,
      async () => {
        source.cancel();
        return Promise.resolve(1);
      },
    );
    expect(await handle(undefined, source.token)).toBeInstanceOf(ResponseError);
  });

  it("keeps a failing notification to itself", async () => {
    const { handlers, logged } = setUp();
    await handlers.notification("note", () => Promise.reject(new Error("no")))(undefined);
    expect(logged).toHaveLength(1);
  });
});
