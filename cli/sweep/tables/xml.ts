/** Reading XML that is not trusted, element by element. */
import sax from "sax";
import { CliError } from "../../errors.js";

/** Names are without their prefixes: `table:table-cell` is `table-cell`. */
export interface XmlHandler {
  readonly open?: (name: string, attribute: (name: string) => string | undefined) => void;
  readonly close?: (name: string) => void;
  readonly text?: (text: string) => void;
}

/** Deeper elements are no spreadsheet's. */
const deepest = 256;

/**
 * Tells a handler what a document consists of. Only the five entities of XML itself are known, and a document type, with
 * which others could be made that unfold without end, is refused. Throws a `CliError`.
 */
export function readXml(file: string, document: string, handler: XmlHandler): void {
  const parser = sax.parser(true, { position: false });
  let depth = 0;
  const refuse = (reason: string): never => {
    throw new CliError(`${file} is damaged: ${reason}; save it anew with your spreadsheet program.`);
  };
  parser.ondoctype = () => refuse("its content has a document type");
  parser.onerror = ({ message }) => refuse(`its content is no XML (${message.split("\n", 1)[0] ?? ""})`);
  parser.onopentag = ({ name, attributes }) => {
    if (++depth > deepest) refuse(`its elements are more than ${deepest} deep`);
    const values = new Map(Object.entries(attributes).map(([key, value]) => [local(key), String(value)] as const));
    handler.open?.(local(name), (wanted) => values.get(wanted));
  };
  parser.onclosetag = (name) => {
    depth--;
    handler.close?.(local(name));
  };
  parser.ontext = (text) => handler.text?.(text);
  parser.oncdata = (text) => handler.text?.(text);
  parser.write(document).close();
}

function local(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}
