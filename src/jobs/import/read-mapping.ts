import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { OperatorError } from '../../errors.ts';
import type { FieldSource, FileMapping, ImportMapping } from './mapping.ts';
import { isMomentFormat } from './moment-format.ts';
import { FIELDS, REGION_NAMES, TABLE_NAMES, type TableName } from './tables.ts';

const MAPPING_BYTES_MAX = 1_000_000;

const text = z
  .union([z.string(), z.number(), z.boolean()], { error: 'must be text, a number, true or false' })
  .transform(String);

const fieldSource = z.preprocess(
  (value) => (typeof value === 'string' || typeof value === 'number' ? { column: value } : value),
  z
    .strictObject({
      column: z.union([z.string(), z.int().min(1)], { error: 'must be the name of a column, or its place from 1' }),
      value: text,
      default: text,
      values: z.record(z.string(), text),
      split: z.string().min(1),
      multiply: z.number().positive(),
      decimal: z.enum(['.', ',']),
      format: z
        .string()
        .refine(isMomentFormat, 'must be unix, unix-milliseconds or a pattern such as DD.MM.YYYY HH:mm'),
      zone: z.string().regex(/^(Z|[+-]\d{2}:\d{2})$/, 'must be an offset such as +01:00'),
      id: z.enum(['number', 'text']),
    })
    .partial()
    .refine(({ column, value }) => (column === undefined) !== (value === undefined), 'needs either column or value'),
);

const file = (table: TableName) =>
  z.strictObject({
    file: z.string().min(1),
    delimiter: z.string().length(1).default(','),
    quotes: z.boolean().default(true),
    encoding: z.string().refine(isEncoding, 'must be an encoding such as utf-8 or windows-1252').default('utf-8'),
    header: z.boolean().default(true),
    columns: columns(table),
  });

const mappingSchema = z.strictObject({
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capitals such as USD')
    .default('USD'),
  region: z.enum(REGION_NAMES as [string, ...string[]]).default('Northeast'),
  customers_from_events: z.boolean().default(false),
  unlimited_stock: z.boolean().default(false),
  products: file('products').optional(),
  customers: file('customers').optional(),
  inventory: file('inventory').optional(),
  events: file('events').optional(),
});

function columns(table: TableName) {
  return z.strictObject(
    Object.fromEntries(
      FIELDS[table].map(({ name, isRequired }) => [name, isRequired ? fieldSource : fieldSource.optional()]),
    ),
  );
}

/**
 * Reads a mapping file; docs/recipes/import-your-data.md describes it. Paths in it count from its folder.
 * @throws OperatorError that names every problem with its line and column.
 */
export function readMapping(path: string): ImportMapping {
  const lines = new LineCounter();
  const document = parseDocument(readText(path), { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const syntax = document.errors.map(({ pos, message }) => `  ${at(pos[0])} ${message}`);
  if (syntax.length > 0) throw new OperatorError(`The mapping is not YAML:\n${syntax.join('\n')}`);
  const result = mappingSchema.safeParse(toPlain(document, path));
  if (!result.success) {
    const problems = result.error.issues.flatMap((issue) => explainIssue(issue, document, at));
    throw new OperatorError(`The mapping cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
  const mapping = result.data;
  const files: Partial<Record<TableName, FileMapping>> = {};
  for (const table of TABLE_NAMES) {
    const section = mapping[table];
    if (!section) continue;
    files[table] = {
      path: resolve(dirname(path), section.file),
      delimiter: section.delimiter,
      hasQuotes: section.quotes,
      encoding: section.encoding,
      hasHeader: section.header,
      columns: section.columns as Readonly<Record<string, FieldSource>>,
    };
  }
  if (Object.keys(files).length === 0)
    throw new OperatorError(`${path} names no file. It needs products, customers, inventory or events.`);
  const { currency, region, customers_from_events: customersFromEvents, unlimited_stock: unlimitedStock } = mapping;
  return { source: 'csv', currency, region, customersFromEvents, unlimitedStock, files };
}

function readText(path: string): string {
  try {
    if (statSync(path).size > MAPPING_BYTES_MAX) throw new OperatorError(`${path} is too large for a mapping.`);
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw cause instanceof OperatorError
      ? cause
      : new OperatorError(`The mapping ${path} is missing or cannot be read.`, { cause });
  }
}

function toPlain(document: Document, path: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw new OperatorError(`The mapping ${path} refers to itself too often.`, { cause });
  }
}

function explainIssue(issue: z.core.$ZodIssue, document: Document, at: (offset: number) => string): string[] {
  const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
  if (keys.length === 0) return [`${at(offsetOf(document, issue.path))} ${issue.path.join('.')}: ${issue.message}`];
  return keys.map((key) => {
    const path = [...issue.path, key];
    const table = TABLE_NAMES.find((name) => issue.path.join('.') === `${name}.columns`);
    const known = table ? ` It knows ${FIELDS[table].map(({ name }) => name).join(', ')}.` : '';
    return `${at(offsetOf(document, path))} ${path.join('.')}: is not known.${known}`;
  });
}

/** Where a node begins: its key, where it has one, or what it is missing from. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const pair =
      isMap(parent) && parent.items.find(({ key }) => isScalar(key) && String(key.value) === path[length - 1]);
    if (pair && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
  }
  return 0;
}

function isEncoding(name: string): boolean {
  try {
    return new TextDecoder(name).encoding !== '';
  } catch {
    return false;
  }
}
