/** The document of a page, with its policy. Knows nothing of VS Code: tests show it in a plain browser. */
import { escapeMarkup } from "../../../shared/escape-markup.js";

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
    <meta http-equiv="Content-Security-Policy" content="${escapeMarkup(policy)}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="stylesheet" href="${escapeMarkup(style)}" />
    <title>${escapeMarkup(title)}</title>
  </head>
  <body>
    <main id="page" data-subject="${escapeMarkup(subject)}"></main>
    <script nonce="${nonce}" src="${escapeMarkup(script)}"></script>
  </body>
</html>
`;
}
