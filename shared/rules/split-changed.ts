import type { Finding, Rule } from "./types.js";
import { modelExample } from "./support/example.js";

export const splitChanged: Rule = {
  code: "split-changed",
  summary: "Training and test data are divided as the challenge prescribes.",
  description: `
Accuracies compare only on the same test frames. The challenge prescribes them: NumPy's legacy generator with seed 2018, for each of 24 modulations and 26 SNRs 410 of 4096 frames for the test, all
modulations and all SNRs in it (ITU-ML5G-PS-007-BacalhauNet, \`README.md\`). \`minSnr\` leaves out training frames only and is allowed; \`modClasses\` and \`filterTestset\` are for quick experiments.
`,
  examples: {
    bad: modelExample({
      properties: "challenge: itu2021(),\ndata: radioml2018({ split: { seed: 1 } }),",
      forward: `
x = flatten(quantHardTanh(x, { actQuant: int(8) }));
return quantLinear(x, { outFeatures: 24, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      properties: "challenge: itu2021(),\ndata: radioml2018({ minSnr: -6 }),",
      forward: `
x = flatten(quantHardTanh(x, { actQuant: int(8) }));
return quantLinear(x, { outFeatures: 24, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "error", finn: "off", hls4ml: "off", qcdq: "off" },
  *check({ definition }) {
    const data = definition?.data;
    if (data?.source !== "radioml2018" || definition?.challenge?.name !== "itu2021") return;
    const { split, modClasses, filterTestset } = data.options;
    if (typeof split === "object" && split !== null && "prescribed" in split && split.prescribed === false) {
      yield finding(
        "split",
        "The division into training and test is not the prescribed one (seed 2018, a tenth for the test)",
      );
    }
    if (Array.isArray(modClasses)) {
      yield finding("modClasses", `The test has only ${modClasses.length} of the 24 modulations`);
    }
    if (filterTestset === true) yield finding("filterTestset", "The test leaves out frames below minSnr");

    function finding(option: string, what: string): Finding {
      const message = `${what}, so a submission with this accuracy is invalid; leave ${option} out.`;
      const origin = data?.origin;
      if (!origin) return { message, target: { kind: "model", path: ["data"] } };
      return {
        message,
        target: { kind: "site", origin, path: [option] },
        fixes: [
          { title: `Remove ${option}`, preferred: true, edits: [{ kind: "removeOption", origin, path: [option] }] },
        ],
      };
    }
  },
};
