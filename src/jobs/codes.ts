/** Values as numbers. */
export interface Codes {
  /** Per value its code, from 0 on without gaps, in the order of appearance. */
  readonly codes: Int32Array;
  /** By code. */
  readonly keys: readonly string[];
}

/** Gives equal values the same code. */
export function codesOf(values: readonly string[]): Codes {
  const codeByKey = new Map([...new Set(values)].map((key, code) => [key, code]));
  return { codes: Int32Array.from(values, (value) => codeByKey.get(value) as number), keys: [...codeByKey.keys()] };
}
