import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DrivenConnection, type DrivenSnowflake, startDrivenSnowflake } from '../test/support/local-snowflake.ts';

const DAY_MS = 86_400_000;

let server: DrivenSnowflake;
let connection: DrivenConnection;

beforeAll(async () => {
  server = await startDrivenSnowflake({ sessionTokenSeconds: 10 * DAY_MS, masterTokenSeconds: 10 * DAY_MS });
  connection = await server.connect();
  await connection.rows('CREATE DATABASE tracking');
  await connection.rows('USE WAREHOUSE compute_wh');
});

afterAll(() => server.stop());

beforeEach(async () => {
  await run(
    'CREATE OR REPLACE TABLE t (id NUMBER(10, 0), name VARCHAR(10)) CHANGE_TRACKING = TRUE',
    `INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')`,
  );
});

async function run(...statements: readonly string[]): Promise<void> {
  for (const statement of statements) await connection.rows(statement);
}

/** The server's time; what changes afterwards changes later. */
function now(): string {
  const moment = new Date(server.clock.now()).toISOString().replace('Z', '+00:00');
  server.clock.advance(1);
  return moment;
}

async function changesSince(moment: string): Promise<string[]> {
  const rows = await connection.rows(
    `SELECT c.metadata$action AS action, c.id, c.name FROM t CHANGES (INFORMATION => DEFAULT) AT (TIMESTAMP => '${moment}'::TIMESTAMP_TZ) AS c ORDER BY c.id, action`,
  );
  return rows.map((row) => Object.values(row).join(' '));
}

describe('CHANGES', () => {
  it('are what came, went and changed since a moment, nothing that came and went in between', async () => {
    const moment = now();
    expect(await changesSince(moment)).toEqual([]);
    await run(`UPDATE t SET name = 'B' WHERE id = 2`, 'DELETE FROM t WHERE id = 3', `INSERT INTO t VALUES (4, 'd')`);
    await run(`INSERT INTO t VALUES (5, 'e')`, 'DELETE FROM t WHERE id = 5');
    const later = now();
    await run('TRUNCATE TABLE t');
    expect(await changesSince(later)).toEqual(['DELETE 1 a', 'DELETE 2 B', 'DELETE 4 d']);
    expect(await changesSince(moment)).toEqual(['DELETE 1 a', 'DELETE 2 b', 'DELETE 3 c']);
  });

  it('hold both sides of a row that changed', async () => {
    const moment = now();
    await run(`MERGE INTO t USING (SELECT 2 AS id) AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = 'B'`);
    expect(await changesSince(moment)).toEqual(['DELETE 2 b', 'INSERT 2 B']);
  });

  it('are refused for the time before they were tracked, and for a table that was replaced', async () => {
    const moment = now();
    await run('ALTER TABLE t SET CHANGE_TRACKING = FALSE');
    await expect(changesSince(moment)).rejects.toThrow('Change tracking is not enabled or has been missing');
    await run('ALTER TABLE t SET CHANGE_TRACKING = TRUE');
    await expect(changesSince(moment)).rejects.toThrow(`requested on table 'TRACKING.PUBLIC.T'`);
    const replaced = now();
    await run('CREATE OR REPLACE TABLE t (id NUMBER(10, 0), name VARCHAR(10)) CHANGE_TRACKING = TRUE');
    await expect(changesSince(replaced)).rejects.toThrow('Change tracking is not enabled');
  });

  it('are refused when they lie further back than the table keeps them', async () => {
    const moment = now();
    server.clock.advance(DAY_MS);
    await expect(changesSince(moment)).rejects.toThrow('Time travel data is not available for table T.');
    await run('ALTER TABLE t SET DATA_RETENTION_TIME_IN_DAYS = 2');
    expect(await changesSince(moment)).toEqual([]);
  });

  it('do not count what failed', async () => {
    const moment = now();
    await expect(run(`INSERT INTO t VALUES (6, 'far too long for it')`)).rejects.toThrow();
    expect(await changesSince(moment)).toEqual([]);
    await expect(run('BEGIN', 'DELETE FROM t')).rejects.toThrow('CHANGE_TRACKING inside a transaction');
    await run('ROLLBACK');
  });

  it.each([
    `t CHANGES (INFORMATION => APPEND_ONLY) AT (TIMESTAMP => '2026-11-01T00:00:00+00:00'::TIMESTAMP_TZ)`,
    't CHANGES (INFORMATION => DEFAULT) AT (OFFSET => -60)',
    't CHANGES (INFORMATION => DEFAULT) BEFORE (STATEMENT => LAST_QUERY_ID())',
  ])('refuse what they do not know: %s', async (source) => {
    await expect(connection.rows(`SELECT * FROM ${source}`)).rejects.toThrow('Unsupported feature');
  });
});
