import { compilationError, unknownFunction, unsupported } from '../errors.ts';
import type { Call } from '../sql/syntax.ts';
import { AGGREGATES } from './aggregates.ts';
import { DATE_FUNCTIONS } from './date-functions.ts';
import type { FunctionSpec } from './function-spec.ts';
import { literal, type Printing } from './printing.ts';
import { SCALARS } from './scalar-functions.ts';
import { isVolatile } from './volatile.ts';
import { VARIANT_FUNCTIONS } from './variant-functions.ts';
import { printWindow, WINDOW_FUNCTIONS, withDefaultFrame } from './windows.ts';

/** Every function that is known. */
const FUNCTIONS: ReadonlyMap<string, FunctionSpec> = new Map([
  ...SCALARS,
  ...DATE_FUNCTIONS,
  ...VARIANT_FUNCTIONS,
  ...AGGREGATES,
  ...WINDOW_FUNCTIONS,
  ['SYSTEM$STREAM_HAS_DATA', streamHasData()],
]);

/**
 * True for a name of a function that is known.
 * @internal
 */
export const isFunction = (name: string) => FUNCTIONS.has(name);

/** The name of the stream is a text that is looked up now. */
function streamHasData(): FunctionSpec {
  return {
    arity: [1, 1],
    kind: 'scalar',
    wantsSyntax: true,
    print: (_args, call, printing) => {
      const name = call.args[0]?.value;
      if (name?.kind !== 'string') throw unsupported('SYSTEM$STREAM_HAS_DATA of anything but a text', call.place);
      return `EXISTS (SELECT 1 FROM ${printing.context.streamTable(name.value)})`;
    },
  };
}

/**
 * Prints a call.
 * @throws SnowflakeError naming a function that is not known, or the way in which a known one is not supported.
 */
export function printCall(call: Call, printing: Printing): string {
  const value = call.args.length === 0 ? printing.context.contextValue(call.name) : undefined;
  if (value !== undefined) return value === null ? 'NULL' : literal(value);
  const spec = FUNCTIONS.get(call.name);
  if (!spec) throw unknownFunction(call.name, call.place);
  check(call, spec);
  const printed = spec.print(
    call.args.map(({ value: argument }) => (spec.wantsSyntax ? '' : printing.expression(argument))),
    call,
    printing,
  );
  return call.over ? `${printed} OVER (${printWindow(withDefaultFrame(call.name, call.over), printing)})` : printed;
}

function check(call: Call, spec: FunctionSpec): void {
  const [least, most] = spec.arity;
  if (call.args.length < least || call.args.length > most) {
    const amount = call.args.length < least ? 'not enough' : 'too many';
    throw compilationError(
      `error line ${call.place.line} at position ${call.place.column}\n${amount} arguments for function [${call.name}], expected ${least}, got ${call.args.length}`,
      call.place,
    );
  }
  if (call.args.some(({ name }) => name !== undefined))
    throw unsupported(`named arguments of ${call.name}`, call.place);
  if (call.distinct && !spec.takesDistinct) throw unsupported(`DISTINCT in ${call.name}`, call.place);
  if (call.withinGroup && !spec.takesWithinGroup) throw unsupported(`${call.name} WITHIN GROUP`, call.place);
  if (call.ignoreNulls && !spec.takesNullTreatment) throw unsupported(`${call.name} IGNORE NULLS`, call.place);
  if (call.over && spec.kind === 'scalar') throw unsupported(`${call.name} OVER`, call.place);
  if (!call.over && spec.kind === 'window')
    throw compilationError(`Window function [${call.name}] requires an OVER clause.`, call.place);
  if (spec.repeatsArguments && call.args.some(({ value }) => isVolatile(value))) {
    throw unsupported(`a random argument of ${call.name}`, call.place);
  }
}
