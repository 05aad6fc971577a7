/**
 * How DSL calls cross the sandbox's border: as one flat list, which takes the interpreter less time than a list of
 * lists. Each call is
 *
 *     code, chain, number of arguments, ...
 *
 * with the function's place in `functionNames`, the list of the chain's entries, and its arguments. What the n-th call
 * gave back is known as n from then on. A negative number of arguments says that the first one is such a result: most
 * layers' is.
 *
 * Arguments are plain data. What is none is an object with one key, the empty text: a result of an earlier call
 * (`{ "": 7 }`), or what takes the place of a value that the DSL would only complain about (`{ "": "function" }`).
 */
/** Calls in the order in which they were made. */
export type CallRecord = unknown[];

/** Values of which the DSL says no more than what they are. */
export type OddKind = "function" | "symbol" | "bigint" | "promise" | "object";

export type Special =
  /** The result of a call. */
  | number
  | OddKind
  /** An array that is too long to be copied: its length. */
  | readonly ["array", number]
  /** An object that has the empty key itself: its keys and values by turns. */
  | readonly ["object", readonly unknown[]]
  /** A function of the user's that has been called: what it gave back. */
  | readonly ["formula", unknown];

/** Longer arrays are described and not copied: no function of the DSL takes them. */
export const longestArray = 65_536;
/** Objects with more keys are cut: no function of the DSL has so many options. */
export const mostKeys = 1000;
/** Options nest three deep. */
export const deepest = 8;

/** What the sandbox asks about the result of a call. */
export type Property = "shape" | "dataType" | "bits" | "signed" | "value";
