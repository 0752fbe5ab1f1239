import type { Call } from '../sql/syntax.ts';
import type { Printing } from './printing.ts';

/** How a Snowflake function is printed for DuckDB. */
export interface FunctionSpec {
  readonly arity: readonly [least: number, most: number];
  readonly kind: 'scalar' | 'aggregate' | 'window';
  readonly print: (args: readonly string[], call: Call, printing: Printing) => string;
  readonly takesDistinct?: boolean;
  readonly takesWithinGroup?: boolean;
  readonly takesNullTreatment?: boolean;
  /** An argument is computed more than once: it must not be random. */
  readonly repeatsArguments?: boolean;
  /** `print` reads the call's syntax itself: arguments are not printed before. */
  readonly wantsSyntax?: boolean;
}

export type FunctionEntry = readonly [name: string, spec: FunctionSpec];

/** Functions that DuckDB has under the same name with the same meaning. */
export function sameNamed(names: string, arity: readonly [number, number]): FunctionEntry[] {
  return names.split(' ').map((name) => calling(name, name.toLowerCase(), arity));
}

/** A function that is another one of DuckDB, or a macro, with the same arguments. */
export function calling(name: string, duckDbName: string, arity: readonly [number, number]): FunctionEntry {
  const repeatsArguments = duckDbName.startsWith('sf_');
  return [name, { arity, kind: 'scalar', repeatsArguments, print: (args) => `${duckDbName}(${args.join(', ')})` }];
}

/** A function of so many arguments that is printed as a template says: `#1`, `#2` are its arguments. */
export function template(name: string, count: number, text: string): FunctionEntry {
  const repeatsArguments = /#(\d).*#\1/.test(text);
  const print = (args: readonly string[]) => text.replaceAll(/#(\d)/g, (_, place) => args[Number(place) - 1] ?? '');
  return [name, { arity: [count, count], kind: 'scalar', repeatsArguments, print }];
}
