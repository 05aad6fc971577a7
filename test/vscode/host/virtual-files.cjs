/** A file system that exists in VS Code alone, as that of a repository on a server is: no program can open its files. */
const vscode = require("vscode");

/** The scheme that VS Code's own extensions of the kind use. */
const scheme = "vscode-vfs";

/** Holds `files`, texts by absolute path; returns the address of each by its path. */
function createVirtualFiles(files) {
  const changes = new vscode.EventEmitter();
  const contents = new Map(Object.entries(files).map(([file, text]) => [file, Buffer.from(text)]));
  const isFolder = (path) => [...contents.keys()].some((file) => file.startsWith(path.replace(/\/?$/, "/")));
  const provider = {
    onDidChangeFile: changes.event,
    watch: () => new vscode.Disposable(() => undefined),
    stat({ path }) {
      const content = contents.get(path);
      if (content !== undefined) return { type: vscode.FileType.File, ctime: 0, mtime: 0, size: content.length };
      if (isFolder(path)) return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
      throw vscode.FileSystemError.FileNotFound(path);
    },
    readDirectory({ path }) {
      const inside = path.replace(/\/?$/, "/");
      return [...contents.keys()]
        .filter((file) => file.startsWith(inside))
        .map((file) => [file.slice(inside.length), vscode.FileType.File]);
    },
    readFile({ path }) {
      const content = contents.get(path);
      if (content === undefined) throw vscode.FileSystemError.FileNotFound(path);
      return content;
    },
    writeFile(uri, content) {
      contents.set(uri.path, Buffer.from(content));
      changes.fire([{ type: vscode.FileChangeType.Changed, uri }]);
    },
    createDirectory: () => undefined,
    delete: ({ path }) => void contents.delete(path),
    rename() {
      throw vscode.FileSystemError.NoPermissions("Nothing is renamed here.");
    },
  };
  const registration = vscode.workspace.registerFileSystemProvider(scheme, provider);
  return {
    uri: (path) => vscode.Uri.from({ scheme, authority: "test", path }),
    dispose: () => registration.dispose(),
  };
}

module.exports = { createVirtualFiles };
