/**
 * A plugin of TypeScript's server, which VS Code loads beside ours: model files have the DSL's types, completion and
 * documentation where nothing is installed. Where a project has its own `quantlens`, that one counts.
 */
import path from "node:path";
import type ts from "typescript";

const moduleName = "quantlens";

/** The DSL's declarations in the extension's folder, two folders above the plugin's own. */
const declarations = path.join(import.meta.dirname, "../../dist/types/dsl/index.d.ts").replaceAll("\\", "/");

/** What TypeScript's server calls. */
export default function init({ typescript }: { readonly typescript: typeof ts }): ts.server.PluginModule {
  const own: ts.ResolvedModuleFull = {
    resolvedFileName: declarations,
    extension: typescript.Extension.Dts,
    isExternalLibraryImport: true,
  };
  return {
    create({ languageService, languageServiceHost: host }) {
      const resolve = host.resolveModuleNameLiterals?.bind(host);
      if (resolve) {
        host.resolveModuleNameLiterals = (literals, ...rest) =>
          resolve(literals, ...rest).map((resolution, index) =>
            resolution.resolvedModule === undefined && literals[index]?.text === moduleName
              ? { ...resolution, resolvedModule: own }
              : resolution,
          );
      }
      return languageService;
    },
  };
}
