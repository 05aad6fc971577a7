import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { createRuleLink } from "./rule-links.js";

// Any folder with a Markdown file will do.
const folder = path.resolve(import.meta.dirname, "../../../docs");

describe("createRuleLink", () => {
  it.each([
    ["a path", folder],
    ["a URI", pathToFileURL(folder).href],
    ["a URI with a slash", `${pathToFileURL(folder).href}/`],
  ])("links to pages in %s", (_name, docs) => {
    expect(createRuleLink(docs)("architecture")).toBe(`${pathToFileURL(folder).href}/architecture.md`);
  });

  it("links to nothing that is not there", () => {
    expect(createRuleLink(folder)("no-such-rule")).toBeUndefined();
    expect(createRuleLink(path.join(folder, "none"))("architecture")).toBeUndefined();
  });
});
