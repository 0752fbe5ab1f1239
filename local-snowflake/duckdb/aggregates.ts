import { unsupported } from '../errors.ts';
import type { FunctionEntry } from './function-spec.ts';
import { printOrderBy } from './windows.ts';

type Spec = FunctionEntry[1];

/** Aggregate functions; all of them take OVER, too. */
export const AGGREGATES: readonly FunctionEntry[] = [
  ['COUNT', count()],
  ...['SUM', 'MIN', 'MAX', 'MEDIAN'].map((name) => aggregate(name, name.toLowerCase())),
  aggregate('AVG', 'sf_average', { inWindow: 'avg' }),
  aggregate('STDDEV', 'stddev_samp'),
  aggregate('STDDEV_SAMP', 'stddev_samp'),
  aggregate('STDDEV_POP', 'stddev_pop'),
  aggregate('VARIANCE', 'var_samp'),
  aggregate('VAR_SAMP', 'var_samp'),
  aggregate('VAR_POP', 'var_pop'),
  aggregate('ANY_VALUE', 'any_value'),
  aggregate('COUNT_IF', 'count_if'),
  aggregate('BOOLOR_AGG', 'bool_or'),
  aggregate('BOOLAND_AGG', 'bool_and'),
  aggregate('BITXOR_AGG', 'bit_xor'),
  aggregate('APPROX_COUNT_DISTINCT', 'approx_count_distinct'),
  aggregate('MIN_BY', 'min_by', { arity: [2, 2] }),
  aggregate('MAX_BY', 'max_by', { arity: [2, 2] }),
  aggregate('CORR', 'corr', { arity: [2, 2] }),
  ['HASH_AGG', hashAgg()],
  ['LISTAGG', listagg()],
  ['PERCENTILE_CONT', percentile('quantile_cont')],
  ['PERCENTILE_DISC', percentile('quantile_disc')],
];

function aggregate(
  name: string,
  duckDbName: string,
  { arity = [1, 1], inWindow = duckDbName }: { arity?: readonly [number, number]; inWindow?: string } = {},
): FunctionEntry {
  const print: Spec['print'] = (args, call) => {
    if (call.distinct && duckDbName.startsWith('sf_')) throw unsupported(`DISTINCT in ${name}`, call.place);
    return `${call.over ? inWindow : duckDbName}(${call.distinct ? 'DISTINCT ' : ''}${args.join(', ')})`;
  };
  return [name, { arity, kind: 'aggregate', takesDistinct: true, print }];
}

/** COUNT(DISTINCT a, b) counts the combinations without a NULL. */
function count(): Spec {
  return {
    arity: [1, 255],
    kind: 'aggregate',
    takesDistinct: true,
    print: (args, call) => {
      if (args.length === 1) return `count(${call.distinct ? 'DISTINCT ' : ''}${args[0] ?? ''})`;
      const known = args.map((arg) => `${arg} IS NOT NULL`).join(' AND ');
      const row = call.distinct
        ? `DISTINCT CASE WHEN ${known} THEN row(${args.join(', ')}) END`
        : `CASE WHEN ${known} THEN 1 END`;
      return `count(${row})`;
    },
  };
}

function listagg(): Spec {
  return {
    arity: [1, 2],
    kind: 'aggregate',
    takesDistinct: true,
    takesWithinGroup: true,
    print: ([value, separator], call, printing) => {
      const order = call.withinGroup ? ` ORDER BY ${printOrderBy(call.withinGroup, printing)}` : '';
      return `coalesce(string_agg(${call.distinct ? 'DISTINCT ' : ''}sf_text(${value ?? ''}), ${separator ?? "''"}${order}), '')`;
    },
  };
}

function percentile(duckDbName: string): Spec {
  return {
    arity: [1, 1],
    kind: 'aggregate',
    takesWithinGroup: true,
    print: ([share], call, printing) => {
      const item = call.withinGroup?.[0];
      if (!item || item.descending) throw unsupported(`${call.name} in descending order`, call.place);
      return `${duckDbName}(${printing.expression(item.expression)}, ${share ?? ''})`;
    },
  };
}

/** Equal sets of rows have equal values, in whatever order. The values themselves are not Snowflake's. */
function hashAgg(): Spec {
  return {
    arity: [1, 255],
    kind: 'aggregate',
    wantsSyntax: true,
    print: (_args, call, printing) => {
      if (call.args[0]?.value.kind === 'star') throw unsupported('HASH_AGG(*)', call.place);
      const args = call.args.map(({ value }) => printing.expression(value));
      return `CAST(CAST(sum(CAST(hash(${args.join(', ')}) AS HUGEINT)) % 18446744073709551616 AS HUGEINT) - 9223372036854775808 AS DECIMAL(19, 0))`;
    },
  };
}
