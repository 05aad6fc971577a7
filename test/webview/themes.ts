/** Colours of VS Code's own themes (Dark Modern, Light Modern, Dark High Contrast), as far as pages use them. */

export interface PageTheme {
  readonly bodyClass: string;
  readonly colors: Readonly<Record<string, string>>;
}

const font = { "font-family": "sans-serif", "font-size": "13px" };

const darkCharts = {
  "charts-blue": "#3794ff",
  "charts-orange": "#d18616",
  "charts-purple": "#b180d7",
  "charts-green": "#89d185",
  "charts-red": "#f14c4c",
  "charts-yellow": "#cca700",
};

export const themes = {
  dark: {
    bodyClass: "vscode-dark",
    colors: {
      ...font,
      foreground: "#cccccc",
      descriptionForeground: "#9d9d9d",
      "editor-background": "#1f1f1f",
      "panel-border": "#2b2b2b",
      focusBorder: "#0078d4",
      "button-background": "#0078d4",
      "button-foreground": "#ffffff",
      "button-hoverBackground": "#026ec1",
      "button-secondaryBackground": "#313131",
      "button-secondaryForeground": "#cccccc",
      "button-secondaryHoverBackground": "#3c3c3c",
      "dropdown-background": "#313131",
      "dropdown-foreground": "#cccccc",
      "dropdown-border": "#3c3c3c",
      "textLink-foreground": "#4daafc",
      "textLink-activeForeground": "#4daafc",
      "textBlockQuote-background": "#2b2b2b",
      "list-hoverBackground": "#2a2d2e",
      "list-activeSelectionBackground": "#04395e",
      "list-activeSelectionForeground": "#ffffff",
      ...darkCharts,
    },
  },
  light: {
    bodyClass: "vscode-light",
    colors: {
      ...font,
      foreground: "#3b3b3b",
      descriptionForeground: "#3b3b3b",
      "editor-background": "#ffffff",
      "panel-border": "#e5e5e5",
      focusBorder: "#005fb8",
      "button-background": "#005fb8",
      "button-foreground": "#ffffff",
      "button-hoverBackground": "#0258a8",
      "button-secondaryBackground": "#e5e5e5",
      "button-secondaryForeground": "#3b3b3b",
      "button-secondaryHoverBackground": "#cccccc",
      "dropdown-background": "#ffffff",
      "dropdown-foreground": "#3b3b3b",
      "dropdown-border": "#cecece",
      "textLink-foreground": "#005fb8",
      "textLink-activeForeground": "#005fb8",
      "textBlockQuote-background": "#f8f8f8",
      "list-hoverBackground": "#f2f2f2",
      "list-activeSelectionBackground": "#e8e8e8",
      "list-activeSelectionForeground": "#000000",
      "charts-blue": "#1a85ff",
      "charts-orange": "#d18616",
      "charts-purple": "#652d90",
      "charts-green": "#388a34",
      "charts-red": "#e51400",
      "charts-yellow": "#bf8803",
    },
  },
  highContrast: {
    bodyClass: "vscode-high-contrast",
    colors: {
      ...font,
      foreground: "#ffffff",
      descriptionForeground: "#ffffff",
      "editor-background": "#000000",
      "panel-border": "#6fc3df",
      contrastBorder: "#6fc3df",
      contrastActiveBorder: "#f38518",
      focusBorder: "#f38518",
      "button-background": "#000000",
      "button-foreground": "#ffffff",
      "button-border": "#6fc3df",
      "dropdown-background": "#000000",
      "dropdown-foreground": "#ffffff",
      "dropdown-border": "#6fc3df",
      "textLink-foreground": "#21a6ff",
      "textLink-activeForeground": "#21a6ff",
      ...darkCharts,
    },
  },
} satisfies Record<string, PageTheme>;

export type ThemeName = keyof typeof themes;
