/** README.md of the zip: what is in it, whether it is valid, and how to repeat it. */
import type { ParameterValue } from "../../shared/messages.js";
import { notValid } from "./form.js";
import type { Criterion, Verdict } from "./criteria.js";
import { pythonFolder } from "./environment.js";

export interface ReadmeContent {
  readonly name: string;
  readonly version: string;
  readonly criteria: readonly Criterion[];
  /** Name of the Python module. */
  readonly moduleName: string;
  readonly hasBrevitas: boolean;
  /** Name in the zip of the model file. */
  readonly entry: string;
  readonly onnx: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

const titles: Readonly<Record<Verdict, string>> = {
  failed: "Criteria that are not met",
  met: "Criteria that are met",
  open: "What a person must still do",
};

export function readmeText(content: ReadmeContent): string {
  const { name, version, criteria } = content;
  const of = (verdict: Verdict) => criteria.filter((each) => each.verdict === verdict);
  return [
    `# ${name}`,
    "",
    ...notValid(of("failed")).slice(0, 1),
    `A submission to ITU-ML5G-PS-007, written by QuantLens ${version}. The filled form is submission_form.txt.`,
    "",
    ...contents(content),
    "",
    "## Reproduction",
    "",
    ...steps(content),
    ...(["failed", "met", "open"] as const).flatMap((verdict) => section(titles[verdict], of(verdict))),
    "",
  ].join("\n");
}

function section(title: string, criteria: readonly Criterion[]): readonly string[] {
  if (criteria.length === 0) return [];
  return ["", `## ${title}`, "", ...criteria.map(({ name, sentence }) => `- **${name}**: ${sentence}`)];
}

function contents({ moduleName, hasBrevitas, entry, onnx }: ReadmeContent): readonly string[] {
  const python = `${pythonFolder}/${moduleName}`;
  const rows: readonly (readonly [string, string])[] = [
    ["submission_form.txt", "the filled form"],
    [onnx, "the network, batch 1 (QONNX)"],
    ["cost.json", "its cost by finn-base and by qonnx, with scores"],
    ...(hasBrevitas
      ? ([
          [`${python}.py`, "the network in PyTorch and Brevitas"],
          [`${python}.pth`, "its trained weights"],
          [`${python}_export.py`, "exports it by Brevitas and prints the official cost"],
          [`${python}_evaluate.py`, "measures its accuracy on RadioML 2018.01A"],
          ["Dockerfile", "the environment of these scripts"],
        ] as const)
      : []),
    [entry, "the model file that all of this was made from, with what it imports beside it"],
    ["accuracy.md", "the accuracy by signal-to-noise ratio and by modulation"],
    ["evaluation.json", "the same with all counts"],
  ];
  return ["| file | what it is |", "| --- | --- |", ...rows.map(([file, what]) => `| ${file} | ${what} |`)];
}

function steps({ moduleName, hasBrevitas, entry, onnx, parameters }: ReadmeContent): readonly string[] {
  const image = "quantlens-submission";
  const params = Object.entries(parameters)
    .map(([name, value]) => ` --param ${quoted(`${name}=${JSON.stringify(value)}`)}`)
    .join("");
  const file = quoted(entry);
  const data = "GOLD_XYZ_OSC.0001_1024.hdf5";
  const python: readonly (readonly [string, readonly string[]])[] = [
    ["Build the image.", [`docker build --tag ${image} .`]],
    ["Export by Brevitas and print the official cost.", [`docker run --rm ${image}`]],
    [
      `Measure the accuracy; ${data} is in the folder $DATA.`,
      [`docker run --rm --volume "$DATA:/data:ro" ${image} python ${moduleName}_evaluate.py /data/${data}`],
    ],
  ];
  const weights = hasBrevitas ? `${pythonFolder}/${moduleName}.pth` : onnx;
  const all = [
    ...(hasBrevitas ? python : []),
    [
      "Train again with QuantLens, and evaluate the packaged weights (Node 20 or newer, no Python).",
      [
        `quantlens train ${file}${params} --data "$DATA/${data}"`,
        `quantlens evaluate ${file}${params} --weights ${weights} --data "$DATA/${data}" --goal`,
      ],
    ] as const,
  ];
  return all
    .flatMap(([what, commands], index) => [
      `${index + 1}. ${what}`,
      "",
      ...commands.map((line) => `       ${line}`),
      "",
    ])
    .slice(0, -1);
}

/** As one word of a POSIX shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`;
}
