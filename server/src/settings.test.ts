import { describe, expect, it } from "vitest";
import { defaultConfig } from "./config.js";
import { createSettings } from "./settings.js";

const silent = (sentence: string): never => {
  throw new Error(sentence);
};

describe("createSettings", () => {
  it("asks once per resource until something changes", async () => {
    const asked: string[] = [];
    let profile = "finn";
    const settings = createSettings(
      (uri) => {
        asked.push(uri);
        return Promise.resolve({ profile });
      },
      undefined,
      silent,
    );
    expect((await settings.of("file:///a.ts")).profile).toBe("finn");
    await settings.of("file:///a.ts");
    await settings.of("file:///b.ts");
    expect(asked).toEqual(["file:///a.ts", "file:///b.ts"]);
    profile = "qcdq";
    settings.changed(undefined);
    expect((await settings.of("file:///a.ts")).profile).toBe("qcdq");
  });

  it("says once what has no effect, with what to write instead", async () => {
    const said: string[] = [];
    let severities: unknown = { "unsuported-op": "off", "unsupported-op": "of", "weights-stale": "hint" };
    const settings = createSettings(
      () => Promise.resolve({ severities }),
      undefined,
      (sentence) => said.push(sentence),
    );
    for (const uri of ["file:///a.ts", "file:///b.ts"]) {
      expect((await settings.of(uri)).severities).toMatchObject({ "weights-stale": "hint" });
    }
    const first = [
      'The setting quantlens.severities names "unsuported-op", which is no rule: write unsupported-op.',
      'The setting quantlens.severities gives unsupported-op the severity "of": write error, warning, info, hint or off.',
    ];
    expect(said).toEqual(first);
    severities = ["unsupported-op"];
    settings.changed({ quantlens: { severities: { nonsense: "off" } } });
    await settings.of("file:///a.ts");
    expect(said).toEqual([
      ...first,
      'The setting quantlens.severities is ["unsupported-op"]: write an object of rules and severities.',
    ]);
  });

  it("says what has no effect in what is pushed", () => {
    const said: string[] = [];
    const settings = createSettings(undefined, undefined, (sentence) => said.push(sentence));
    settings.changed({ quantlens: { severities: { zzzzzzzzzzzzz: "off" } } });
    expect(said).toEqual([
      'The setting quantlens.severities names "zzzzzzzzzzzzz", which is no rule: docs/rules lists them.',
    ]);
  });

  it("has the defaults where the client does not answer", async () => {
    const settings = createSettings(() => Promise.reject(new Error("no")), undefined, silent);
    expect(await settings.of("file:///a.ts")).toEqual(defaultConfig);
  });

  it("takes what clients without the request push", async () => {
    const settings = createSettings(undefined, { quantlens: { profile: "finn" } }, silent);
    expect((await settings.of("file:///a.ts")).profile).toBe("finn");
    settings.changed({ quantlens: { profile: "hls4ml" } });
    expect((await settings.of("file:///a.ts")).profile).toBe("hls4ml");
    settings.changed({ profile: "qcdq" });
    expect((await settings.of("file:///a.ts")).profile).toBe("qcdq");
  });
});
