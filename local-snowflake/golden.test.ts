import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DriverError,
  type DrivenConnection,
  type DrivenSnowflake,
  startDrivenSnowflake,
} from '../test/support/local-snowflake.ts';

/** What a statement of Snowflake answers, cell by cell: numbers and dates as text, so that no digit is lost. */
interface Golden {
  readonly name: string;
  readonly setup?: readonly string[];
  /** A statement that must fail between setup and `sql`. */
  readonly failing?: string;
  readonly sql: string;
  readonly rows?: readonly (readonly unknown[])[];
  readonly then?: string;
  readonly thenRows?: readonly (readonly unknown[])[];
  /** For refusals: the error instead of rows. */
  readonly code?: string;
  readonly message?: string;
}

const FOLDER = join(import.meta.dirname, 'golden');
const EXACT = { rowMode: 'array', fetchAsString: ['Number', 'Date'] };

let server: DrivenSnowflake;
let connection: DrivenConnection;

beforeAll(async () => {
  server = await startDrivenSnowflake();
  connection = await server.connect();
  await connection.rows('CREATE DATABASE golden');
});

afterAll(() => server.stop());

describe.each(readdirSync(FOLDER))('%s', (file) => {
  const cases = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Golden[];

  it.each(cases)('$name', async (golden) => {
    for (const sql of ['USE SCHEMA golden.public', 'USE WAREHOUSE compute_wh', ...(golden.setup ?? [])])
      await connection.rows(sql);
    if (golden.failing !== undefined) await expect(connection.rows(golden.failing)).rejects.toThrow();
    if (golden.code === undefined) {
      expect(await connection.rows(golden.sql, undefined, EXACT)).toEqual(golden.rows);
      if (golden.then !== undefined)
        expect(await connection.rows(golden.then, undefined, EXACT)).toEqual(golden.thenRows);
    } else {
      const error = await connection.rows(golden.sql).then(
        () => undefined,
        (reason: unknown) => reason as DriverError,
      );
      expect(error?.message).toContain(golden.message);
      expect(error?.code).toBe(golden.code);
    }
  });
});
