import { describe, expect, it } from "vitest";
import type { ParameterValue } from "../../shared/messages.js";
import { chosenValues, readValue, showValue } from "./parameter-values.js";

const record = (preset: ParameterValue, value = preset) => ({ name: "p", value, default: preset });

describe("readValue", () => {
  it.each<[ParameterValue, string, ParameterValue]>([
    [6, "4", 4],
    [6, " 2.5 ", 2.5],
    ["same", "4", "4"],
    ["same", "", ""],
    [true, "false", false],
    [[3], "[5, 7]", [5, 7]],
    [["a"], '["b"]', ["b"]],
    [[3], "[]", []],
  ])("with the default %j reads %j as %j", (preset, text, value) => {
    expect(readValue(text, record(preset))).toEqual({ value });
  });

  it.each<[ParameterValue, string, string]>([
    [6, "four", "p is a number, such as 6."],
    [6, "[4]", "p is a number, such as 6."],
    [6, "null", "p is a number, such as 6."],
    [6, "", "p is a number, such as 6."],
    [true, "1", "p is true or false, such as true."],
    [[3, 5], "4", "p is a list of numbers, such as [3, 5]."],
    [[3], '["a"]', "p is a list of numbers, such as [3]."],
    [["a"], "[1]", 'p is a list of texts, such as ["a"].'],
  ])("with the default %j refuses %j", (preset, text, problem) => {
    expect(readValue(text, record(preset))).toEqual({ problem });
  });

  it.each<[ParameterValue]>([[6], [-0.5], [false], [[3, 5]], [["a", "b,c"]]])(
    "reads what showValue shows of %j",
    (value) => {
      expect(readValue(showValue(value), record(value))).toEqual({ value });
    },
  );
});

describe("chosenValues", () => {
  it("keeps what differs from the defaults", () => {
    const parameters = [
      { name: "bits", value: 4, default: 6 },
      { name: "kernels", value: [3, 5], default: [3, 5] },
    ];
    expect(chosenValues(parameters)).toEqual({ bits: 4 });
  });
});
