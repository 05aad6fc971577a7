/** The document of a page, with its policy. Knows nothing of VS Code: tests show it in a plain browser. */

export interface DocumentParts {
  readonly title: string;
  readonly subject: string;
  readonly nonce: string;
  /** Where VS Code serves the extension's files from. */
  readonly source: string;
  readonly script: string;
  readonly style: string;
}

/** The whole document. Its parts are escaped: a folder's name may have anything in it. */
export function documentOf({ title, subject, nonce, source, script, style }: DocumentParts): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${source}`,
    `font-src ${source}`,
    `img-src ${source}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="stylesheet" href="${escapeHtml(style)}" />
    <title>${escapeHtml(title)}</title>
  </head>
  <body>
    <main id="page" data-subject="${escapeHtml(subject)}"></main>
    <script nonce="${nonce}" src="${escapeHtml(script)}"></script>
  </body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
