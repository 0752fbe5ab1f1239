import { unsupported } from '../errors.ts';
import { calling, type FunctionEntry, template } from './function-spec.ts';

type Spec = FunctionEntry[1];

/** Functions of VARIANT, OBJECT and ARRAY, which DuckDB holds as JSON. */
export const VARIANT_FUNCTIONS: readonly FunctionEntry[] = [
  template('PARSE_JSON', 1, 'CAST(#1 AS JSON)'),
  template('TRY_PARSE_JSON', 1, 'TRY_CAST(#1 AS JSON)'),
  template('TO_JSON', 1, 'CAST(#1 AS VARCHAR)'),
  template('TO_VARIANT', 1, 'to_json(#1)'),
  template('TO_OBJECT', 1, 'to_json(#1)'),
  template('TO_ARRAY', 1, 'to_json(#1)'),
  template('OBJECT_KEYS', 1, 'to_json(list_sort(json_keys(#1)))'),
  calling('ARRAY_SIZE', 'sf_array_size', [1, 1]),
  calling('GET', 'sf_get', [2, 2]),
  calling('TYPEOF', 'sf_typeof', [1, 1]),
  calling('IS_NULL_VALUE', 'sf_is_null_value', [1, 1]),
  calling('ARRAY_CONTAINS', 'sf_array_contains', [2, 2]),
  ['OBJECT_CONSTRUCT', objectConstruct((value) => `CAST(to_json(${value}) AS VARCHAR)`)],
  ['OBJECT_CONSTRUCT_KEEP_NULL', objectConstruct((value) => `coalesce(CAST(to_json(${value}) AS VARCHAR), 'null')`)],
  [
    'ARRAY_CONSTRUCT',
    {
      arity: [0, 255],
      kind: 'scalar',
      print: (args) => `sf_array([${args.map((arg) => `to_json(${arg})`).join(', ')}]::JSON[])`,
    },
  ],
  [
    'OBJECT_AGG',
    {
      arity: [2, 2],
      kind: 'aggregate',
      repeatsArguments: true,
      print: ([key, value]) =>
        `CAST('{' || coalesce(string_agg(to_json(${key ?? ''}) || ':' || to_json(${value ?? ''}), ','), '') || '}' AS JSON)`,
    },
  ],
  ['ARRAY_AGG', arrayAgg()],
];

/** Functions whose result is a VARIANT, an OBJECT or an ARRAY. */
export const MAKES_VARIANT: ReadonlySet<string> = new Set([
  'PARSE_JSON',
  'TRY_PARSE_JSON',
  'TO_VARIANT',
  'TO_OBJECT',
  'TO_ARRAY',
  'OBJECT_CONSTRUCT',
  'OBJECT_CONSTRUCT_KEEP_NULL',
  'OBJECT_KEYS',
  'OBJECT_AGG',
  'ARRAY_CONSTRUCT',
  'ARRAY_AGG',
  'GET',
]);

function objectConstruct(print: (value: string) => string): Spec {
  return {
    arity: [0, 254],
    kind: 'scalar',
    repeatsArguments: true,
    print: (args, call) => {
      if (call.args.some(({ value }) => value.kind === 'star')) throw unsupported(`${call.name}(*)`, call.place);
      if (args.length % 2 === 1) throw unsupported(`an odd number of arguments of ${call.name}`, call.place);
      if (args.length === 0) return `CAST('{}' AS JSON)`;
      const keys = args.filter((_, place) => place % 2 === 0);
      const values = args.filter((_, place) => place % 2 === 1).map(print);
      return `sf_object([${keys.join(', ')}], [${values.join(', ')}])`;
    },
  };
}

function arrayAgg(): Spec {
  return {
    arity: [1, 1],
    kind: 'aggregate',
    takesDistinct: true,
    takesWithinGroup: true,
    print: ([value], call, printing) => {
      if (call.over) throw unsupported('ARRAY_AGG OVER', call.place);
      const order = call.withinGroup ? ` ${printOrder(call, printing)}` : '';
      return `sf_array_agg(list(${call.distinct ? 'DISTINCT ' : ''}to_json(${value ?? ''})${order}))`;
    },
  };
}

function printOrder(call: Parameters<Spec['print']>[1], printing: Parameters<Spec['print']>[2]): string {
  const items = (call.withinGroup ?? []).map(
    ({ expression, descending }) =>
      `${printing.expression(expression)} ${descending ? 'DESC NULLS FIRST' : 'ASC NULLS LAST'}`,
  );
  return `ORDER BY ${items.join(', ')}`;
}
