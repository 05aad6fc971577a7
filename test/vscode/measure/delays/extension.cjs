/**
 * An extension beside the one that is measured, in the same process: notes how late a timer of 5 ms is, which is how long
 * the extension host answers nobody. Lines of `<ms since 1970> <ms late>` go to `<pid>` in the folder `QUANTLENS_DELAYS`.
 */
const { appendFileSync } = require("node:fs");
const path = require("node:path");

const everyMs = 5;
/** Less is what any timer does. */
const leastMs = 10;

exports.activate = () => {
  const file = path.join(process.env.QUANTLENS_DELAYS, String(process.pid));
  appendFileSync(file, "");
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    const late = now - last - everyMs;
    if (late >= leastMs) appendFileSync(file, `${Date.now()} ${late.toFixed(1)}\n`);
    last = performance.now();
  }, everyMs).unref();
};
