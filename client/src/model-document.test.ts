import { describe, expect, it } from "vitest";
import { isModelDocument } from "./model-document.js";

function document(text: string, facts: { path?: string; scheme?: string; languageId?: string } = {}) {
  const { path = "/home/user/net.ts", scheme = "file", languageId = "typescript" } = facts;
  return { languageId, uri: { scheme, path }, getText: () => text };
}

const model = 'import { defineModel, int } from "quantlens";\n';

describe("isModelDocument", () => {
  it.each([
    ["an import of quantlens", document(model)],
    ["single quotes", document("import { int } from 'quantlens'")],
    ["an import over several lines", document('import {\n  int,\n} from\n  "quantlens";')],
    ["an empty *.model.ts", document("", { path: "/home/user/net.model.ts" })],
    ["an unsaved file", document(model, { scheme: "untitled", path: "Untitled-1" })],
    ["a remote repository", document(model, { scheme: "vscode-vfs" })],
  ])("takes %s", (_case, facts) => {
    expect(isModelDocument(facts)).toBe(true);
  });

  it.each([
    ["other TypeScript", document('import { readFile } from "node:fs";')],
    ["a package with a longer name", document('import { x } from "quantlens-extras";')],
    ["other languages", document(model, { languageId: "javascript" })],
    ["the left side of a git comparison", document(model, { scheme: "git" })],
    ["a model's name in another language", document("", { path: "/home/user/net.model.ts", languageId: "xml" })],
  ])("leaves %s alone", (_case, facts) => {
    expect(isModelDocument(facts)).toBe(false);
  });
});
