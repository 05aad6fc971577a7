import { describe, expect, it } from "vitest";
import { annotationName, parseDataType } from "./datatype-name.js";

describe("data type annotations", () => {
  it.each(["INT2", "UINT8", "BINARY", "BIPOLAR", "TERNARY"] as const)("%s has the same name in a file", (dataType) => {
    expect(parseDataType(dataType)).toBe(dataType);
    expect(annotationName(dataType)).toBe(dataType);
  });

  it("spell scaled integers as QONNX does, and read finn-base's spelling too", () => {
    expect(annotationName("SCALEDINT8")).toBe("SCALEDINT<8>");
    expect(parseDataType("SCALEDINT<8>")).toBe("SCALEDINT8");
    expect(parseDataType("SCALEDINT8")).toBe("SCALEDINT8");
    expect(parseDataType("SCALEDUINT4")).toBe("SCALEDUINT4");
  });

  it("leave out what QONNX has no name for and what needs none", () => {
    expect(annotationName("SCALEDUINT4")).toBeUndefined();
    expect(annotationName("FLOAT32")).toBeUndefined();
  });

  it.each(["", "INT", "INT0", "int8", "FIXED<8,4>", "FLOAT<5,10,15>", `INT${"9".repeat(400)}`, "__proto__"])(
    "do not take '%s' for a type",
    (name) => {
      expect(parseDataType(name)).toBeUndefined();
    },
  );
});
