/**
 * The DSL's custom operators: nodes of op type `CustomOp` in the domain "quantlens" whose author states the output
 * shape and the cost, as the challenge allows when a formula has been agreed on. ONNX cannot carry that cost.
 */
import type { DataType } from "./datatype.js";
import { numberAttribute, numbersAttribute, stringAttribute } from "./attributes.js";
import type { GraphNode, Shape } from "./graph.js";

export const quantlensDomain = "quantlens";

/** What a custom operator's author stated. */
export interface CustomOpCost {
  readonly outputShape: Shape;
  /** Multiply-accumulates of one inference. */
  readonly macs: number;
  readonly weightElements: number;
  /** Types to charge; the input tensor's own type when absent. */
  readonly inputDataType?: DataType;
  readonly weightDataType?: DataType;
  readonly outputDataType?: DataType;
}

/** The attributes of a custom operator, as the DSL writes and the cost reads them. */
export function customOpCost(node: GraphNode): CustomOpCost | undefined {
  if (node.opType !== "CustomOp" || node.domain !== quantlensDomain) return undefined;
  const inputDataType = dataTypeAttribute(node, "inputDataType");
  const weightDataType = dataTypeAttribute(node, "weightDataType");
  const outputDataType = dataTypeAttribute(node, "outputDataType");
  return {
    outputShape: numbersAttribute(node, "outputShape") ?? [],
    macs: numberAttribute(node, "macs", 0),
    weightElements: numberAttribute(node, "weightElements", 0),
    ...(inputDataType && { inputDataType }),
    ...(weightDataType && { weightDataType }),
    ...(outputDataType && { outputDataType }),
  };
}

const DATA_TYPE = /^(?:FLOAT32|BINARY|BIPOLAR|TERNARY|(?:SCALED)?U?INT[1-9]\d*)$/;

/** True when the text names a data type this engine knows. */
export function isDataType(text: string): text is DataType {
  return DATA_TYPE.test(text);
}

function dataTypeAttribute(node: GraphNode, name: string): DataType | undefined {
  const text = stringAttribute(node, name, "");
  return isDataType(text) ? text : undefined;
}
