/** ONNX's `NodeProto` and `AttributeProto`, read into the graph's own node, without subgraphs. */
import type { AttributeValue, GraphNode } from "../graph/graph.js";
import { exactInteger } from "./raw-data.js";
import { readTensor } from "./tensor-proto.js";
import type { WireReader } from "./wire.js";

/** A node that is still being completed: its name may be absent or taken, its layer is not known. */
export interface NodeProto extends GraphNode {
  name: string;
  domain: string;
  layer?: number;
}

export interface DecodedNode {
  readonly node: NodeProto;
  /** True when an attribute held a subgraph, which was left out. */
  readonly hasSubgraph: boolean;
}

interface DecodedAttribute {
  readonly name: string;
  /** Absent for what has no value here: subgraphs, sparse tensors, types. */
  readonly value?: AttributeValue;
  readonly hasSubgraph: boolean;
}

/** What a node and an attribute take on the heap (see wire.ts). */
const NODE_BYTES = 320;
const ATTRIBUTE_BYTES = 128;
const NUMBER_BYTES = 16;

/** Reads one node. All forms of a `Constant` node's value become the tensor `value`. @throws FileError */
export function readNode(reader: WireReader): DecodedNode {
  reader.charge(NODE_BYTES);
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: DecodedAttribute[] = [];
  let name = "";
  let opType = "";
  let domain = "";
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        inputs.push(reader.string());
        break;
      case 2:
        outputs.push(reader.string());
        break;
      case 3:
        name = reader.string();
        break;
      case 4:
        opType = reader.string();
        break;
      case 5:
        attributes.push(readAttribute(reader.message("attribute", attributes.length)));
        break;
      case 7:
        domain = reader.string();
        break;
      default:
        reader.skip();
    }
  }
  if (opType === "") reader.fail("a node without an operator ends");
  if (domain === "ai.onnx") domain = "";
  const entries = attributeEntries(attributes, reader);
  const isConstant = opType === "Constant" && domain === "";
  const node: NodeProto = {
    name,
    opType,
    domain,
    inputs: exactLength(inputs),
    outputs: exactLength(outputs),
    // fromEntries defines own properties, so that a name such as "__proto__" is a name like any other.
    attributes: Object.fromEntries(
      isConstant ? entries.map((entry) => constantEntry(entry, outputs[0] ?? "")) : entries,
    ),
  };
  return { node, hasSubgraph: attributes.some((attribute) => attribute.hasSubgraph) };
}

/** A copy without the spare room that an array grown by `push` has: 16 elements, more than most lists of a graph. */
function exactLength<Item>(list: readonly Item[]): readonly Item[] {
  return list.slice();
}

function attributeEntries(attributes: readonly DecodedAttribute[], reader: WireReader): [string, AttributeValue][] {
  const seen = new Set<string>();
  for (const { name } of attributes) {
    if (seen.has(name)) reader.fail(`a node with the attribute "${name}" twice ends`);
    seen.add(name);
  }
  return attributes.flatMap(({ name, value }): [string, AttributeValue][] =>
    value === undefined ? [] : [[name, value]],
  );
}

/** `AttributeProto.AttributeType`: the value of an attribute that has the type's default, which is not written. */
const defaultValues = new Map<number, () => AttributeValue>([
  [1, () => 0],
  [2, () => 0],
  [3, () => ""],
  [6, () => []],
  [7, () => []],
  [8, () => []],
]);

function readAttribute(reader: WireReader): DecodedAttribute {
  reader.charge(ATTRIBUTE_BYTES);
  const lists: AttributeLists = { numbers: [], strings: [] };
  let name = "";
  let type = 0;
  let value: AttributeValue | undefined;
  let hasSubgraph = false;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        name = reader.string();
        break;
      case 6:
      case 11:
        hasSubgraph = true;
        reader.skip();
        break;
      case 20:
        type = reader.integer();
        break;
      default:
        value = readValue(reader, lists) ?? value;
    }
  }
  if (lists.numbers.length > 0) value ??= exactLength(lists.numbers);
  if (lists.strings.length > 0) value ??= exactLength(lists.strings);
  value ??= defaultValues.get(type)?.();
  return value === undefined ? { name, hasSubgraph } : { name, value, hasSubgraph };
}

/** Values of list attributes, which may come in several fields. */
interface AttributeLists {
  readonly numbers: number[];
  readonly strings: string[];
}

/** The value of a field that holds one; what a list field holds is added to `lists`. Other fields are passed over. */
function readValue(reader: WireReader, { numbers, strings }: AttributeLists): AttributeValue | undefined {
  const addNumber = (number: number): void => {
    reader.charge(NUMBER_BYTES);
    numbers.push(number);
  };
  const exact = (integer: number): number => exactInteger(integer, () => reader.place);
  switch (reader.field) {
    case 2:
      return reader.float();
    case 3:
      return exact(reader.integer());
    case 4:
      return attributeText(reader);
    case 5:
      return readTensor(reader.message("tensor"));
    case 7:
      reader.floats(4, addNumber);
      return undefined;
    case 8:
      reader.integers((number) => {
        addNumber(exact(number));
      });
      return undefined;
    case 9:
      strings.push(attributeText(reader));
      return undefined;
    default:
      reader.skip();
      return undefined;
  }
}

const lenientUtf8 = new TextDecoder("utf-8");

/** Text attributes are bytes to ONNX, and some tools keep binary blobs there: those must not stop the reading. */
function attributeText(reader: WireReader): string {
  const bytes = reader.payload();
  reader.charge(2 * bytes.length, "values");
  return lenientUtf8.decode(bytes);
}

function constantEntry([name, value]: [string, AttributeValue], output: string): [string, AttributeValue] {
  if (typeof value === "object" && "elementType" in value) return [name, value];
  const values = typeof value === "object" ? value : [value];
  const numbers = values.filter((item) => typeof item === "number");
  const base = { name: output, shape: typeof value === "object" ? [value.length] : [], constant: true };
  switch (name) {
    case "value_float":
    case "value_floats":
      return ["value", { ...base, elementType: "float32", data: Float32Array.from(numbers) }];
    case "value_int":
    case "value_ints":
      return ["value", { ...base, elementType: "int64", data: Float64Array.from(numbers) }];
    case "value_string":
    case "value_strings":
      return ["value", { ...base, elementType: "string" }];
    default:
      return [name, value];
  }
}
