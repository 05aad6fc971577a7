/** VS Code's colours for what is drawn on a canvas; everything else takes them in its style sheet. */

export interface Theme {
  readonly foreground: string;
  readonly muted: string;
  readonly background: string;
  readonly border: string;
  readonly focus: string;
  readonly fontFamily: string;
  readonly fontSize: number;
  /** Colours of series; each is told apart by its line's pattern and symbol as well. */
  readonly series: readonly string[];
  readonly error: string;
  readonly goal: string;
  readonly highContrast: boolean;
}

/** The colours in force. */
export function currentTheme(): Theme {
  const styles = getComputedStyle(document.documentElement);
  const value = (name: string, fallback: string): string => styles.getPropertyValue(name).trim() || fallback;
  const foreground = value("--vscode-foreground", "#3b3b3b");
  const highContrast = document.body.className.includes("vscode-high-contrast");
  return {
    foreground,
    muted: highContrast ? foreground : value("--vscode-descriptionForeground", "#767676"),
    background: value("--vscode-editor-background", "#ffffff"),
    border: value("--vscode-contrastBorder", value("--vscode-panel-border", "#80808059")),
    focus: value("--vscode-focusBorder", "#0078d4"),
    fontFamily: value("--vscode-font-family", "sans-serif"),
    fontSize: Number.parseFloat(value("--vscode-font-size", "13")) || 13,
    series: seriesColors(value),
    error: value("--vscode-charts-red", "#e51400"),
    goal: value("--vscode-charts-green", "#388a34"),
    highContrast,
  };
}

function seriesColors(value: (name: string, fallback: string) => string): string[] {
  return [
    value("--vscode-charts-blue", "#1a85ff"),
    value("--vscode-charts-orange", "#d18616"),
    value("--vscode-charts-purple", "#652d90"),
    value("--vscode-charts-green", "#388a34"),
    value("--vscode-charts-red", "#e51400"),
    value("--vscode-charts-yellow", "#bf8803"),
  ];
}

/** Calls when the user picks another theme. VS Code tells by the body's class and the variables on the root element. */
export function onThemeChange(changed: () => void): void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
}
