/** What VS Code does in a webview before the page's own scripts run: its interface, and the theme's colours. */
globalThis.acquireVsCodeApi = () => ({
  postMessage: (message) => globalThis.hostReceives(message),
  getState: () => globalThis.vsCode.state,
  setState: (state) => {
    globalThis.vsCode.state = state;
  },
});

/** The body is not there yet when this runs. */
const observer = new MutationObserver(() => {
  if (document.body === null) return;
  observer.disconnect();
  document.body.className = globalThis.vsCode.bodyClass;
  for (const [name, color] of Object.entries(globalThis.vsCode.colors)) {
    document.documentElement.style.setProperty(`--vscode-${name}`, color);
  }
});
observer.observe(document, { childList: true, subtree: true });
