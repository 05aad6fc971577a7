/** How people call a quantiser: by the option that it is given to and the function in which that happens. */
import type { CallSite, Expression, Program } from "../../../shared/sandbox/program.js";

/** `weightQuant in convNormReLU`, or `int(6)` where it is no option of a call. */
export function quantizerName(program: Program, call: CallSite): string {
  const option = optionNames(program).get(call.id);
  const what = option ?? program.files.get(call.file)?.text.slice(call.start, call.end) ?? call.callee;
  return call.enclosing === undefined ? what : `${what} in ${call.enclosing}`;
}

const memo = new WeakMap<Program, ReadonlyMap<number, string>>();

/** Option name by id of the call that is its value. */
function optionNames(program: Program): ReadonlyMap<number, string> {
  let names = memo.get(program);
  if (!names) {
    const found = new Map<number, string>();
    for (const call of program.calls.values()) {
      for (const argument of call.args) collect(argument, found);
    }
    names = found;
    memo.set(program, names);
  }
  return names;
}

function collect(expression: Expression, found: Map<number, string>): void {
  for (const { name, value } of expression.properties ?? []) {
    const target = value.definition ?? value;
    if (target.call !== undefined && !found.has(target.call)) found.set(target.call, name);
    else if (value.kind === "object") collect(value, found);
  }
}
