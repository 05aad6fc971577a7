/** Tabs, as ARIA has them: arrow keys go from one to the next. */
import { element, setAttributes, setShown } from "./dom.js";

export interface Tab<Key extends string> {
  readonly key: Key;
  readonly label: string;
  readonly panel: HTMLElement;
}

export interface Tabs<Key extends string> {
  readonly root: HTMLElement;
  show(key: Key): void;
}

/** The panels get the role and the name that they need; they are put into the page by whoever made them. */
export function createTabs<Key extends string>(
  label: string,
  tabs: readonly Tab<Key>[],
  onPick: (key: Key) => void,
): Tabs<Key> {
  const buttons = tabs.map(({ key, label: text, panel }) => {
    const button = element("button", { id: `tab-${key}`, type: "button", role: "tab" }, [text]);
    setAttributes(panel, { id: `panel-${key}`, role: "tabpanel", "aria-labelledby": button.id });
    button.setAttribute("aria-controls", panel.id);
    button.addEventListener("click", () => {
      onPick(key);
    });
    return button;
  });
  const root = element("div", { class: "tabs", role: "tablist", "aria-label": label }, buttons);
  root.addEventListener("keydown", (event) => {
    const at = buttons.findIndex((button) => button === event.target);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    const tab = next === undefined ? undefined : tabs.at(next % tabs.length);
    if (!tab || at === -1) return;
    event.preventDefault();
    onPick(tab.key);
    document.getElementById(`tab-${tab.key}`)?.focus();
  });
  return {
    root,
    show(key) {
      tabs.forEach((tab, index) => {
        const isShown = tab.key === key;
        const button = buttons[index];
        if (button) setAttributes(button, { "aria-selected": String(isShown), tabindex: isShown ? 0 : -1 });
        setShown(tab.panel, isShown);
      });
    },
  };
}
