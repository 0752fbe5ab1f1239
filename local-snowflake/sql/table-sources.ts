import { parseCall } from './calls.ts';
import type { FromItem, Join, TableAlias, TableSource } from './syntax.ts';
import type { TokenReader } from './token-reader.ts';

/** Reads what stands behind FROM: tables, joined, separated by commas. */
export function parseFrom(reader: TokenReader): FromItem[] {
  return reader.commaSeparated(() => {
    const source = parseTableSource(reader);
    const joins: Join[] = [];
    for (let join = parseJoin(reader); join; join = parseJoin(reader)) joins.push(join);
    return { source, joins };
  });
}

/** Reads one table, derived table, VALUES list or table function with its alias. */
export function parseTableSource(reader: TokenReader): TableSource {
  const place = reader.peek();
  const isLateral = reader.accept('LATERAL');
  if (reader.at('TABLE', '(')) {
    reader.expect('TABLE', '(');
    const name = reader.qualifiedName();
    const isOfSchema = name.at(-2) === 'INFORMATION_SCHEMA';
    const call = parseCall(reader, (isOfSchema ? name.slice(-2) : name).join('.'));
    reader.expect(')');
    return { kind: 'function', call, alias: parseAlias(reader) };
  }
  if (isLateral && reader.at('FLATTEN', '('))
    return { kind: 'function', call: parseCall(reader), alias: parseAlias(reader) };
  if (reader.at('VALUES')) return parseValues(reader);
  if (reader.accept('(')) {
    if (reader.at('VALUES')) {
      const values = parseValues(reader);
      reader.expect(')');
      return { ...values, alias: parseAlias(reader) };
    }
    const query = reader.grammar.query(reader);
    reader.expect(')');
    return { kind: 'derived', query, alias: parseAlias(reader), isLateral };
  }
  const name = reader.qualifiedName();
  const changesSince = reader.at('CHANGES', '(') ? parseChanges(reader) : undefined;
  for (const word of ['AT', 'BEFORE', 'SAMPLE', 'TABLESAMPLE', 'PIVOT', 'UNPIVOT', 'MATCH_RECOGNIZE']) {
    if (reader.at(word, '(')) throw reader.unsupported(word);
  }
  return { kind: 'table', name, changesSince, alias: parseAlias(reader), place };
}

/** `CHANGES (INFORMATION => DEFAULT) AT (TIMESTAMP => '…'::TIMESTAMP_TZ)`: milliseconds since 1970. */
function parseChanges(reader: TokenReader): number {
  reader.expect('CHANGES', '(', 'INFORMATION', '=>');
  if (!reader.accept('DEFAULT')) throw reader.unsupported('CHANGES of APPEND_ONLY');
  reader.expect(')');
  if (!reader.accept('AT', '(', 'TIMESTAMP', '=>')) throw reader.unsupported('CHANGES without AT (TIMESTAMP => …)');
  const moment = Date.parse(reader.string());
  if (Number.isNaN(moment) || !reader.accept('::', 'TIMESTAMP_TZ'))
    throw reader.unsupported('AT anything but a TIMESTAMP_TZ in ISO form');
  reader.expect(')');
  if (reader.at('END')) throw reader.unsupported('END of CHANGES');
  return moment;
}

function parseValues(reader: TokenReader): Extract<TableSource, { kind: 'values' }> {
  reader.expect('VALUES');
  const rows = reader.commaSeparated(() => reader.list(() => reader.grammar.expression(reader)));
  return { kind: 'values', rows, alias: parseAlias(reader) };
}

const AFTER_TABLE = new Set(
  `WHERE GROUP HAVING QUALIFY ORDER LIMIT OFFSET FETCH UNION INTERSECT EXCEPT MINUS ON USING JOIN INNER LEFT RIGHT FULL
   CROSS NATURAL ASOF SET WHEN LATERAL VALUES SELECT`.split(/\s+/),
);

function parseAlias(reader: TokenReader): TableAlias | undefined {
  const token = reader.peek();
  const isBare = token.kind === 'quoted' || (token.kind === 'word' && !AFTER_TABLE.has(token.text));
  if (!reader.accept('AS') && !isBare) return undefined;
  const name = reader.name();
  return { name, columns: reader.at('(') ? reader.list(() => reader.name()) : [] };
}

const JOINS: readonly (readonly [words: readonly string[], type: Join['type']])[] = [
  [['JOIN'], 'INNER'],
  [['INNER', 'JOIN'], 'INNER'],
  [['LEFT', 'JOIN'], 'LEFT'],
  [['LEFT', 'OUTER', 'JOIN'], 'LEFT'],
  [['RIGHT', 'JOIN'], 'RIGHT'],
  [['RIGHT', 'OUTER', 'JOIN'], 'RIGHT'],
  [['FULL', 'JOIN'], 'FULL'],
  [['FULL', 'OUTER', 'JOIN'], 'FULL'],
  [['CROSS', 'JOIN'], 'CROSS'],
];

function parseJoin(reader: TokenReader): Join | undefined {
  if (reader.at('NATURAL') || reader.at('ASOF')) throw reader.unsupported(`${reader.peek().text} JOIN`);
  const type = JOINS.find(([words]) => reader.accept(...words))?.[1];
  if (!type) return undefined;
  const source = parseTableSource(reader);
  if (type === 'CROSS') return { type, source };
  if (reader.accept('USING')) return { type, source, using: reader.list(() => reader.name()) };
  return { type, source, on: reader.accept('ON') ? reader.grammar.expression(reader) : undefined };
}
