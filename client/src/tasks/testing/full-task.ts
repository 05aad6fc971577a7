import { taskOptions, type QuantLensTask, type TaskCommand } from "../definition.js";

/** A task with all that its command takes, for tests. */
export function fullTask(command: TaskCommand): QuantLensTask {
  const values = taskOptions[command].map((option) => [
    option,
    /^(?:stage|epochs|limit|frames|seed)/.test(option) ? 2 : "x",
  ]);
  const options = Object.fromEntries(values) as Partial<QuantLensTask>;
  return { type: "quantlens", command, ...(command !== "generate" && { model: "a.model.ts" }), ...options };
}
