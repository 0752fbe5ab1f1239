import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Statements } from '../../statements.ts';
import { SERVING_TABLES } from '../sync/serving-tables.ts';

/** A table as the setup files make it. */
export interface ExpectedTable {
  readonly name: string;
  readonly columns: ReadonlyMap<string, string>;
  readonly isHybrid: boolean;
  /** The setup file that makes it, as a path for people. */
  readonly setupFile: string;
  /** Whether a statement that serves reads it. */
  readonly isServed: boolean;
  /** Whether sync copies it; what it does not copy may be empty. */
  readonly isSynced: boolean;
}

const TABLE = /CREATE (HYBRID )?TABLE IF NOT EXISTS ([\w.]+) \(\n([\s\S]*?)\n\);/g;
/** Where the tables are made; other files make others of the same names, for data that arrives. */
const SERVING = 'USE SCHEMA snowgate.serving;';
const COLUMN = /^ {4}([a-z]\w*) ([A-Z_]+(?:\(\d+(?:, ?\d+)?\))?)/gm;

/**
 * The tables that serving and sync read, from the files that make them: what those say is what the gateway expects.
 * @param setupFolder sql/snowflake/setup
 * @param statements sql/snowflake/queries
 */
export function expectedTables(setupFolder: string, statements: Statements): readonly ExpectedTable[] {
  const served = [...statements.values()].map(({ text }) => text.replaceAll(/--.*/g, '')).join('\n');
  const wanted = new Set(SERVING_TABLES.map(({ name }) => name));
  return readdirSync(setupFolder)
    .filter((file) => /^\d.*\.sql$/.test(file))
    .sort()
    .flatMap((file) => {
      const text = readFileSync(join(setupFolder, file), 'utf8').replaceAll(/\s*--.*/g, '');
      if (!text.includes(SERVING)) return [];
      return [...text.matchAll(TABLE)].map(([, hybrid, path = '', body = '']) => {
        const name = path.split('.').at(-1) ?? '';
        return {
          name,
          columns: new Map([...body.matchAll(COLUMN)].map(([, column = '', type = '']) => [column, type])),
          isHybrid: hybrid !== undefined,
          setupFile: `sql/snowflake/setup/${file}`,
          isServed: new RegExp(`\\b${name}\\b`).test(served),
          isSynced: wanted.has(name),
        };
      });
    })
    .filter(({ isServed, isSynced }) => isServed || isSynced);
}

/**
 * How a column's values arrive: a NUMBER with a scale or more than 15 digits is text, every other one a number, so that
 * the same value in another type is another answer.
 */
export function kindOf(type: string): string {
  const [, name = '', precision = '38', scale = '0'] =
    /^([A-Z_]+)(?:\((\d+)(?:, ?(\d+))?\))?/.exec(type.toUpperCase()) ?? [];
  if (/^(VARCHAR|TEXT|STRING|CHAR)$/.test(name)) return 'text';
  if (/^(FLOAT|DOUBLE|REAL)/.test(name)) return 'number';
  if (!/^(NUMBER|DECIMAL|NUMERIC|INT|INTEGER|BIGINT)$/.test(name)) return name;
  if (Number(scale) > 0) return 'exact decimal';
  return Number(precision) > 15 ? 'exact whole number' : 'number';
}

/** What sync can turn into one another. */
export function familyOf(type: string): string {
  const kind = kindOf(type);
  if (/number|decimal/.test(kind)) return 'number';
  return /^(DATE|TIMESTAMP)/.test(kind) ? 'moment' : kind;
}
