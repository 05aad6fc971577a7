/** A report is one file: no scripts, nothing from elsewhere, so it can be mailed and opened from a disk. */
import type { Column } from "../output/table.js";
import { Html, html, type HtmlPart } from "./html.js";
import { style } from "./style.js";

export interface Section {
  /** Fragment of its address. */
  readonly id: string;
  readonly title: string;
  readonly content: HtmlPart;
}

/** The whole document. `lead` stands between the title and the sections. */
export function page(title: string, lead: HtmlPart, sections: readonly Section[]): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="generator" content="QuantLens" />
        <title>${title}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          ${lead}
        </header>
        <nav aria-label="Sections">
          <ul>
            ${sections.map(({ id, title: text }) => html`<li><a href="#${id}">${text}</a></li>`)}
          </ul>
        </nav>
        <main>
          ${sections.map(
            ({ id, title: text, content }) =>
              html`<section aria-labelledby="${id}">
                <h2 id="${id}">${text}</h2>
                ${content}
              </section>`,
          )}
        </main>
      </body>
    </html> `.markup;
}

/** A picture with its caption and, folded away, the numbers in it. */
export function figure(caption: string, picture: Html, numbers?: HtmlPart): Html {
  return html`<figure>
    <figcaption>${breakable(caption)}</figcaption>
    ${picture} ${numbers === undefined ? undefined : folded("Numbers", numbers)}
  </figure>`;
}

/** Text that may break behind the points and underscores of layers' names. */
function breakable(text: string): Html {
  return html`${text.split(/(?<=[._])/).flatMap((part, index) => (index === 0 ? [part] : [new Html("<wbr />"), part]))}`;
}

/** Content that opens on a click. */
export function folded(summary: string, content: HtmlPart): Html {
  return html`<details>
    <summary>${summary}</summary>
    ${content}
  </details>`;
}

/** A table; the first column names the row. */
export function dataTable<Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): Html {
  const filled = columns.filter(({ cell }) => rows.some((row) => cell(row) !== ""));
  const cells = (row: Row): Html[] =>
    filled.map(({ align, cell }, index) =>
      index === 0
        ? html`<th scope="row" class="${align}">${cell(row)}</th>`
        : html`<td class="${align}">${cell(row)}</td>`,
    );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${filled.map(({ title, align }) => html`<th scope="col" class="${align}">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${cells(row)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

export interface Fact {
  readonly name: string;
  readonly value: HtmlPart;
  readonly more?: string;
}

/** The numbers that are looked for first. */
export function facts(list: readonly Fact[]): Html {
  return html`<dl class="facts">
    ${list.map(
      ({ name, value, more }) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value} ${more === undefined ? undefined : html`<small>${more}</small>`}</dd>
        </div>`,
    )}
  </dl>`;
}
