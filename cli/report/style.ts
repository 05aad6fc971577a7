/** The report's style sheet: one for screens in light and dark, and for paper. */
import { heat } from "./charts.js";

/** How the library writes the colour that it mixes itself. */
const mixedHeat = `rgb(${[1, 3, 5].map((at) => parseInt(heat.slice(at, at + 2), 16)).join(",")})`;

export const style = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --card: #f6f8fa; --ink: #1f2328; --faint: #59636e; --rule: #c8cfd6;
  --series-1: #0a5fb4; --series-2: #b35900; --series-3: #1a7f37; --goal: #a40e26; --good: #1a7f37;
  --heat: #0a5fb4; --on-heat: #ffffff; --on-mid-heat: #1f2328;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0d1117; --card: #161b22; --ink: #e6edf3; --faint: #9da7b1; --rule: #3d444d;
    --series-1: #6cb6ff; --series-2: #f0a04b; --series-3: #57d077; --goal: #ff8080; --good: #57d077;
    --heat: #6cb6ff; --on-heat: #0d1117; --on-mid-heat: #0d1117;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1120px; padding: 1.5rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .25rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .75rem; border-bottom: 1px solid var(--rule); padding-bottom: .25rem; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
p { margin: .4rem 0; }
a { color: var(--series-1); }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--series-1); outline-offset: 2px; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
.faint { color: var(--faint); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: .75rem; padding: 0; margin: 1rem 0; }
.facts div { background: var(--card); border: 1px solid var(--rule); border-radius: 6px; padding: .6rem .9rem; }
.facts dt { color: var(--faint); font-size: .85rem; }
.facts dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.facts dd small { display: block; font-size: .8rem; color: var(--faint); }
.met { color: var(--good); } .missed { color: var(--goal); }
figure { margin: 1rem 0; }
figcaption { font-weight: 600; margin-bottom: .25rem; overflow-wrap: anywhere; }
.grid figure { min-width: 0; }
.grid figcaption { font-size: .9rem; }
figure svg { max-width: 100%; height: auto; display: block; }
figure svg path[fill="${mixedHeat}"] { fill: var(--heat); }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); gap: 0 1.5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; margin: .5rem 0; }
caption { text-align: left; color: var(--faint); padding-bottom: .25rem; }
th, td { padding: .2rem .6rem; border-bottom: 1px solid var(--rule); text-align: left; white-space: nowrap; }
th.right, td.right { text-align: right; }
thead th { vertical-align: bottom; }
tbody th { font-weight: 400; }
details { margin: .5rem 0; }
summary { cursor: pointer; color: var(--faint); }
code { font-family: ui-monospace, monospace; font-size: .9em; }
@media print { body { max-width: none; } details { display: none; } h2 { break-after: avoid; } figure { break-inside: avoid; } }
`;
