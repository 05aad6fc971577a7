/** Elements without markup in strings: texts stay texts, whatever a model file or a run calls its things. */

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * An element with attributes and children. An attribute that is `true` is set empty, `false` or `undefined` is left out.
 * Event handlers are added by `addEventListener`: the page's policy forbids any other.
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  children: readonly (Node | string)[] = [],
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

/** Sets attributes only where they differ: setting one, even to what it is, makes the browser look at the styles again. */
export function setAttributes(target: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) {
      target.removeAttribute(name);
      continue;
    }
    const text = value === true ? "" : String(value);
    if (target.getAttribute(name) !== text) target.setAttribute(name, text);
  }
}

/** Sets a text only where it differs: an unchanged element is not laid out again. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Sets a name that may be broken behind the characters that join its parts, where it has no room. */
export function setName(target: Element, name: string): void {
  if (target.textContent === name) return;
  const parts = name.split(/(?<=[._/:])(?=[^._/:])/);
  target.replaceChildren(...parts.flatMap((part, index) => (index === 0 ? [part] : [element("wbr"), part])));
}

/** Shows or hides, for everybody. */
export function setShown(target: HTMLElement, shown: boolean): void {
  target.hidden = !shown;
}

/** Calls once per frame at most, with the last arguments. */
export function perFrame<A extends readonly unknown[]>(run: (...latest: A) => void): (...args: A) => void {
  let latest: A | undefined;
  return (...args) => {
    const waiting = latest !== undefined;
    latest = args;
    if (waiting) return;
    requestAnimationFrame(() => {
      const current = latest;
      latest = undefined;
      if (current) run(...current);
    });
  };
}
