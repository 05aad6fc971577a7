import { describe, expect, it } from "vitest";
import { defaultConfig } from "./config.js";
import { createSettings } from "./settings.js";

describe("createSettings", () => {
  it("asks once per resource until something changes", async () => {
    const asked: string[] = [];
    let profile = "finn";
    const settings = createSettings((uri) => {
      asked.push(uri);
      return Promise.resolve({ profile });
    }, undefined);
    expect((await settings.of("file:///a.ts")).profile).toBe("finn");
    await settings.of("file:///a.ts");
    await settings.of("file:///b.ts");
    expect(asked).toEqual(["file:///a.ts", "file:///b.ts"]);
    profile = "qcdq";
    settings.changed(undefined);
    expect((await settings.of("file:///a.ts")).profile).toBe("qcdq");
  });

  it("has the defaults where the client does not answer", async () => {
    const settings = createSettings(() => Promise.reject(new Error("no")), undefined);
    expect(await settings.of("file:///a.ts")).toEqual(defaultConfig);
  });

  it("takes what clients without the request push", async () => {
    const settings = createSettings(undefined, { quantlens: { profile: "finn" } });
    expect((await settings.of("file:///a.ts")).profile).toBe("finn");
    settings.changed({ quantlens: { profile: "hls4ml" } });
    expect((await settings.of("file:///a.ts")).profile).toBe("hls4ml");
    settings.changed({ profile: "qcdq" });
    expect((await settings.of("file:///a.ts")).profile).toBe("qcdq");
  });
});
