import type { SnowflakeBind } from '../clients/snowflake-session.ts';

/** A statement with its parameters, as the driver takes it. */
export interface BoundStatement {
  readonly text: string;
  readonly binds: readonly SnowflakeBind[];
}

/** Binds parameters to the text of one statement file. */
export interface StatementBinder {
  /**
   * The statements that answer together: one, or several when a list is longer than a statement may have, each with a
   * part of it. Their rows one after the other are in the order that the file guarantees, as long as it orders by the
   * list's keys or by the element's place first.
   * @throws RangeError for lists that run in parallel and differ in length, and for a row count that is none.
   */
  bind(parameters: readonly unknown[]): BoundStatement[];
}

const SKIPPED = String.raw`(?<comment>--[^\n]*\n?)|(?<quoted>'(?:[^'\\]|''|\\.)*'|"[^"]*")`;
const LIST = String.raw`/\*list\*/\s*(?<item>:\d+|\([^()]*\))`;
const ROWS = String.raw`/\*rows :(?<rows>\d+)\*/\s*\d+`;
const SCALAR = String.raw`(?<!:):(?<scalar>\d+)`;
const PLACEHOLDER = new RegExp([SKIPPED, LIST, ROWS, SCALAR].join('|'), 'g');

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly item: string; readonly parameters: readonly number[] }
  | { readonly kind: 'rows'; readonly parameter: number }
  | { readonly kind: 'scalar'; readonly parameter: number };

/**
 * Reads the placeholders of a statement file, as sql/snowflake/README.md describes them.
 * @param listMax most elements of a list in one statement, a power of two.
 */
export function createStatementBinder(text: string, listMax: number): StatementBinder {
  const parts = partsOf(text);
  return {
    bind(parameters) {
      const pages = pagesOf(parts, parameters, listMax);
      return pages.map((page) => bindPage(parts, page));
    },
  };
}

function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    const { comment, quoted, item, rows, scalar } = match.groups ?? {};
    if (quoted !== undefined) continue;
    parts.push({ kind: 'text', text: text.slice(end, match.index) });
    end = match.index + match[0].length;
    if (comment !== undefined) continue;
    if (item !== undefined) parts.push({ kind: 'list', item, parameters: parametersIn(item) });
    else if (rows !== undefined) parts.push({ kind: 'rows', parameter: Number(rows) });
    else parts.push({ kind: 'scalar', parameter: Number(scalar) });
  }
  parts.push({ kind: 'text', text: text.slice(end).replace(/;\s*$/, '') });
  return parts;
}

const NUMBER = /:(\d+)/g;

function parametersIn(item: string): number[] {
  return [...item.matchAll(NUMBER)].map(([, number]) => Number(number)).filter((parameter) => parameter > 0);
}

/** What one statement gets. */
interface Page {
  readonly parameters: readonly unknown[];
  /** The place of its first element in the whole list, from 0. */
  readonly offset: number;
}

/**
 * Cuts the list that is too long. A statement has one list, or lists that run in parallel, or lists that filter: of
 * filters only a few elements are ever given, so that they are never cut.
 */
function pagesOf(parts: readonly Part[], parameters: readonly unknown[], listMax: number): Page[] {
  const lists = parts.filter((part) => part.kind === 'list');
  const long = lists.find((list) => list.parameters.some((parameter) => lengthOf(parameters[parameter - 1]) > listMax));
  if (!long) return [{ parameters, offset: 0 }];
  if (lists.length > 1) throw new RangeError(`A filter may list at most ${String(listMax)} values.`);
  // Pages of sorted keys follow each other in the order of the keys; parallel lists are ordered by their place.
  const [only] = long.parameters;
  const given =
    long.parameters.length === 1 && only !== undefined ? replaced(parameters, only, sortedKeys) : [...parameters];
  const length = lengthOf(given[(only ?? 1) - 1]);
  return Array.from({ length: Math.ceil(length / listMax) }, (_, page) => {
    const offset = page * listMax;
    const cut = (list: readonly unknown[]): readonly unknown[] => list.slice(offset, offset + listMax);
    return { parameters: long.parameters.reduce((all, parameter) => replaced(all, parameter, cut), given), offset };
  });
}

function lengthOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}

function replaced(
  parameters: readonly unknown[],
  parameter: number,
  change: (list: readonly unknown[]) => readonly unknown[],
): unknown[] {
  const list = parameters[parameter - 1];
  return parameters.with(parameter - 1, Array.isArray(list) ? change(list) : list);
}

/** Distinct keys in the order in which SQL sorts them: numbers by value, texts by their bytes. */
function sortedKeys(keys: readonly unknown[]): readonly unknown[] {
  const texts = [...new Set(keys.map(String))];
  if (!texts.every((text) => /^-?\d+$/.test(text))) return texts.sort((one, other) => (one < other ? -1 : 1));
  const numbers = texts.map(BigInt).sort((one, other) => Number(one > other) - Number(one < other));
  return numbers.map(String);
}

function bindPage(parts: readonly Part[], { parameters, offset }: Page): BoundStatement {
  const binds: SnowflakeBind[] = [];
  const places = new Map<number, number>();
  const add = (value: unknown): string => `:${String(binds.push(toBind(value)))}`;
  const scalar = (parameter: number): string => {
    const place = places.get(parameter) ?? binds.push(toBind(parameters[parameter - 1]));
    places.set(parameter, place);
    return `:${String(place)}`;
  };
  const texts = parts.map((part) => {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'rows':
        return rowCount(parameters[part.parameter - 1]);
      case 'scalar':
        return scalar(part.parameter);
      case 'list':
        return listText(part, parameters, offset, add);
    }
  });
  return { text: texts.join('').trim(), binds };
}

/** The item once per element, filled up to a power of two with the last one, so that Snowflake sees few different texts. */
function listText(
  { item, parameters: used }: Extract<Part, { kind: 'list' }>,
  parameters: readonly unknown[],
  offset: number,
  add: (value: unknown) => string,
): string {
  const lists = new Map(used.map((parameter) => [parameter, elementsOf(parameters[parameter - 1])]));
  const [length = 0, ...otherLengths] = new Set([...lists.values()].map((list) => list.length));
  if (otherLengths.length > 0) throw new RangeError('Lists that run in parallel must have the same length.');
  const count = 2 ** Math.ceil(Math.log2(Math.max(length, 1)));
  const items = Array.from({ length: count }, (_, index) => {
    const place = Math.min(index, Math.max(length - 1, 0));
    return item.replaceAll(NUMBER, (_match, number: string) => {
      const list = lists.get(Number(number));
      return add(list ? list[place] : offset + place + 1);
    });
  });
  return items.join(', ');
}

/** A list that is NULL or empty has one element, NULL, which matches nothing. */
function elementsOf(list: unknown): readonly unknown[] {
  if (list === null || list === undefined) return [];
  if (!Array.isArray(list)) throw new RangeError('A list must be an array.');
  return list;
}

function rowCount(value: unknown): string {
  const count = Number(value);
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError('A number of rows must be a whole number.');
  return String(count);
}

/** Whole numbers beyond 2^53 are given as text already; Snowflake casts it to the column's type. */
function toBind(value: unknown): SnowflakeBind {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'bigint' || typeof value === 'number') return String(value);
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
}
