import { compilationError, unsupported } from '../errors.ts';
import type {
  Call,
  Expression,
  FromItem,
  Grouping,
  Join,
  Query,
  QueryBody,
  Select,
  TableAlias,
  TableSource,
} from '../sql/syntax.ts';
import { itemName, printExpression } from './expressions.ts';
import { type Printing, quoted, type StatementContext } from './printing.ts';
import { printOrderBy } from './windows.ts';

/** The parts of a translation that the session needs. */
export interface Translation {
  readonly printing: Printing;
  /** True when a text that was printed holds the time or a variable. */
  readonly isVolatile: () => boolean;
}

/** A translation of one statement in the context of its session. */
export function createTranslation(context: StatementContext): Translation {
  let isVolatile = false;
  const printing: Printing = {
    context,
    commonTables: new Set(),
    variantColumns: new Set(),
    expression: (expression) => printExpression(expression, printing),
    query: (query) => printQuery(query, printing),
    markVolatile: () => {
      isVolatile = true;
    },
  };
  return { printing, isVolatile: () => isVolatile };
}

/** Prints a query: names are qualified, unnamed columns get the names that Snowflake gives them. */
function printQuery(query: Query, printing: Printing): string {
  const added = query.with.map(({ name }) => name).filter((name) => !printing.commonTables.has(name));
  const tables: string[] = [];
  if (query.isRecursive) for (const name of added) printing.commonTables.add(name);
  for (const { name, columns, query: inner } of query.with) {
    tables.push(`${quoted(name)}${columnList(columns)} AS (${printQuery(inner, printing)})`);
    printing.commonTables.add(name);
  }
  const text = [
    tables.length === 0 ? '' : `WITH ${query.isRecursive ? 'RECURSIVE ' : ''}${tables.join(', ')}`,
    printBody(query.body, printing),
    query.orderBy.length === 0 ? '' : `ORDER BY ${printOrderBy(query.orderBy, printing)}`,
    printLimit(query, printing),
  ];
  for (const name of added) printing.commonTables.delete(name);
  return text.filter((part) => part !== '').join(' ');
}

/** `"A", "B"` of a source, FROM and joins in the order of the text. */
export function printFrom(items: readonly FromItem[], printing: Printing): string {
  return items
    .map(({ source, joins }) =>
      [printSource(source, printing), ...joins.map((join) => printJoin(join, printing))].join(' '),
    )
    .join(', ');
}

/** Prints one source with its alias. */
export function printSource(source: TableSource, printing: Printing): string {
  switch (source.kind) {
    case 'table':
      return printTable(source, printing);
    case 'derived':
      return `${source.isLateral ? 'LATERAL ' : ''}(${printQuery(source.query, printing)})${printAlias(source.alias)}`;
    case 'values':
      return printValues(source, printing);
    case 'function':
      return printTableFunction(source.call, source.alias, printing);
  }
}

/** ` AS "NAME" ("A", "B")`, or nothing. */
export function printAlias(alias: TableAlias | undefined): string {
  return alias ? ` AS ${quoted(alias.name)}${columnList(alias.columns)}` : '';
}

function printLimit({ body, limit, offset }: Query, printing: Printing): string {
  const top = body.kind === 'select' ? body.top : undefined;
  if (top !== undefined && limit) throw compilationError('TOP and LIMIT cannot both be given.');
  // Snowflake did not always take binds here, so nothing of ours may use them.
  if (limit?.kind === 'bind' || offset?.kind === 'bind')
    throw compilationError(`Invalid row count '?' in limit clause`);
  const rows = limit ? printing.expression(limit) : top;
  // Snowflake reads LIMIT NULL as no limit, as DuckDB does.
  const printedLimit = rows === undefined ? '' : `LIMIT ${rows}`;
  return `${printedLimit}${offset ? ` OFFSET ${printing.expression(offset)}` : ''}`.trim();
}

function printBody(body: QueryBody, printing: Printing): string {
  switch (body.kind) {
    case 'select':
      return printSelect(body, printing);
    case 'nested':
      return `(${printQuery(body.query, printing)})`;
    case 'set':
      return `${printBody(body.left, printing)} ${body.operator} ${printOperand(body.right, printing)}`;
  }
}

function printOperand(body: QueryBody, printing: Printing): string {
  const printed = printBody(body, printing);
  return body.kind === 'set' ? `(${printed})` : printed;
}

function printSelect(select: Select, printing: Printing): string {
  // First, so that the other clauses know which columns hold a VARIANT.
  const from = select.from.length === 0 ? '' : `FROM ${printFrom(select.from, printing)}`;
  const items = select.items.map(({ expression, alias, text }) => {
    const printed = printing.expression(expression);
    if (expression.kind === 'star') return printed;
    return `${printed} AS ${quoted(alias ?? itemName(expression, text))}`;
  });
  const clause = (word: string, expression: Expression | undefined) =>
    expression ? `${word} ${printing.expression(expression)}` : '';
  return [
    `SELECT ${select.distinct ? 'DISTINCT ' : ''}${items.join(', ')}`,
    from,
    clause('WHERE', select.where),
    select.groupBy ? `GROUP BY ${printGrouping(select.groupBy, printing)}` : '',
    clause('HAVING', select.having),
    clause('QUALIFY', select.qualify),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function printGrouping({ kind, expressions }: Grouping, printing: Printing): string {
  if (kind === 'ALL') return 'ALL';
  const list = expressions.map((expression) => printing.expression(expression)).join(', ');
  return kind === 'expressions' ? list : `${kind} (${list})`;
}

function printJoin({ type, source, on, using }: Join, printing: Printing): string {
  const table = printSource(source, printing);
  const printedOn = on ? ` ON ${printing.expression(on)}` : '';
  if (type === 'CROSS') return `CROSS JOIN ${table}`;
  if (using) return `${type} JOIN ${table} USING (${using.map(quoted).join(', ')})`;
  // Snowflake takes an inner join without ON for a cross join.
  if (!on && type !== 'INNER') throw compilationError(`${type} JOIN needs ON.`);
  return on ? `${type} JOIN ${table}${printedOn}` : `CROSS JOIN ${table}`;
}

function printTable(source: Extract<TableSource, { kind: 'table' }>, printing: Printing): string {
  const { name, alias, place, changesSince } = source;
  const [first] = name;
  const isCommonTable = name.length === 1 && first !== undefined && printing.commonTables.has(first);
  if (isCommonTable) return `${quoted(first)}${printAlias(alias)}`;
  if (changesSince !== undefined) printing.markVolatile();
  const table = printing.context.tableName({ parts: name, place }, changesSince);
  for (const column of printing.context.variantColumns({ parts: name, place })) printing.variantColumns.add(column);
  return `${table}${printAlias(alias ?? { name: name.at(-1) ?? '', columns: [] })}`;
}

function printValues({ rows, alias }: Extract<TableSource, { kind: 'values' }>, printing: Printing): string {
  const width = rows[0]?.length ?? 0;
  if (rows.some((row) => row.length !== width))
    throw compilationError('The rows of VALUES must have the same number of columns.');
  const printed = rows.map((row) => `(${row.map((cell) => printing.expression(cell)).join(', ')})`).join(', ');
  const columns = alias?.columns.length
    ? alias.columns
    : Array.from({ length: width }, (_, place) => `COLUMN${place + 1}`);
  return `(VALUES ${printed})${printAlias({ name: alias?.name ?? 'VALUES', columns })}`;
}

function printTableFunction(call: Call, alias: TableAlias | undefined, printing: Printing): string {
  switch (call.name) {
    case 'FLATTEN':
      return printFlatten(call, alias, printing);
    case 'GENERATOR': {
      const rows = argument(call, 'ROWCOUNT');
      return `range(CAST(${rows ? printing.expression(rows) : '0'} AS BIGINT)) AS ${quoted(alias?.name ?? 'GENERATOR')}("SF_SEQUENCE")`;
    }
    case 'RESULT_SCAN': {
      const [id] = call.args;
      const isLast = id?.value.kind === 'call' && id.value.name === 'LAST_QUERY_ID' && id.value.args.length === 0;
      if (!isLast && id?.value.kind !== 'string')
        throw unsupported('RESULT_SCAN of anything but a query id', call.place);
      printing.markVolatile();
      const queryId = id.value.kind === 'string' ? id.value.value : undefined;
      return `${printing.context.resultTable(queryId)}${printAlias(alias)}`;
    }
    case 'INFORMATION_SCHEMA.TASK_HISTORY':
    case 'INFORMATION_SCHEMA.DYNAMIC_TABLE_REFRESH_HISTORY':
      if (call.args.length > 0) throw unsupported(`arguments of ${call.name}`, call.place);
      printing.markVolatile();
      return `${printing.context.history(call.name.includes('TASK') ? 'TASK' : 'DYNAMIC TABLE')}${printAlias(alias ?? { name: 'HISTORY', columns: [] })}`;
    default:
      throw unsupported(`TABLE(${call.name})`, call.place);
  }
}

function printFlatten(call: Call, alias: TableAlias | undefined, printing: Printing): string {
  for (const { name } of call.args) {
    if (name !== undefined && !['INPUT', 'OUTER', 'PATH'].includes(name))
      throw unsupported(`FLATTEN with ${name}`, call.place);
  }
  const input = argument(call, 'INPUT') ?? call.args.find(({ name }) => name === undefined)?.value;
  if (!input) throw compilationError('FLATTEN needs an INPUT.', call.place);
  if (argument(call, 'PATH')) throw unsupported('FLATTEN with PATH', call.place);
  const outer = argument(call, 'OUTER');
  for (const column of ['VALUE', 'THIS']) printing.variantColumns.add(column);
  const isOuter = outer?.kind === 'boolean' && outer.value;
  return `LATERAL (SELECT * FROM sf_flatten(${printing.expression(input)}, ${isOuter ? 'TRUE' : 'FALSE'}))${printAlias(alias ?? { name: 'FLATTEN', columns: [] })}`;
}

function argument(call: Call, wanted: string): Expression | undefined {
  return call.args.find(({ name }) => name === wanted)?.value;
}

const columnList = (columns: readonly string[]) => (columns.length === 0 ? '' : `(${columns.map(quoted).join(', ')})`);
