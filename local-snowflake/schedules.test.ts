import { afterEach, describe, expect, it } from 'vitest';
import { type DrivenConnection, type DrivenSnowflake, startDrivenSnowflake } from '../test/support/local-snowflake.ts';

const MINUTE = 60_000;

let server: DrivenSnowflake | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function start(script: string): Promise<DrivenConnection> {
  server = await startDrivenSnowflake();
  await server.runScript(`CREATE DATABASE d; CREATE TABLE source (n INT); ${script}`);
  return server.connect({ database: 'D', schema: 'PUBLIC' });
}

describe('a dynamic table', () => {
  const SUMS = `CREATE DYNAMIC TABLE sums TARGET_LAG = DOWNSTREAM WAREHOUSE = compute_wh AS SELECT SUM(n) AS total FROM source;
    CREATE DYNAMIC TABLE doubled TARGET_LAG = '5 minutes' WAREHOUSE = compute_wh AS SELECT total * 2 AS total FROM sums;`;

  it('is refreshed when its lag has passed, with those it reads, and not before', async () => {
    const { rows } = await start(SUMS);
    await rows('INSERT INTO source VALUES (1)');
    server?.clock.advance(4 * MINUTE);
    expect(await rows('SELECT total FROM doubled')).toEqual([{ TOTAL: null }]);
    server?.clock.advance(MINUTE);
    expect(await rows('SELECT doubled.total, sums.total AS s FROM doubled CROSS JOIN sums')).toEqual([
      { TOTAL: 2, S: 1 },
    ]);
  });

  it('stays as it is while it is suspended', async () => {
    const { rows } = await start(`${SUMS} ALTER DYNAMIC TABLE doubled SUSPEND; INSERT INTO source VALUES (1);`);
    server?.clock.advance(60 * MINUTE);
    expect(await rows('SELECT total FROM doubled')).toEqual([{ TOTAL: null }]);
    await rows('ALTER DYNAMIC TABLE doubled RESUME');
    expect(await rows('SELECT total FROM doubled')).toEqual([{ TOTAL: 2 }]);
  });

  it('keeps its rows when a refresh fails, says so, and is tried again after another lag', async () => {
    const { rows } = await start(
      `INSERT INTO source VALUES (2);
       CREATE DYNAMIC TABLE shares TARGET_LAG = '1 minute' WAREHOUSE = compute_wh AS SELECT 6 / n AS share FROM source;`,
    );
    await rows('UPDATE source SET n = 0');
    server?.clock.advance(MINUTE);
    expect(await rows('SELECT share FROM shares')).toEqual([{ SHARE: 3 }]);
    expect(
      await rows('SELECT name, error_code FROM TABLE(INFORMATION_SCHEMA.DYNAMIC_TABLE_REFRESH_HISTORY())'),
    ).toEqual([{ NAME: 'SHARES', ERROR_CODE: '100051' }]);
    await rows('UPDATE source SET n = 1');
    expect(await rows('SELECT share FROM shares')).toEqual([{ SHARE: 3 }]);
    server?.clock.advance(MINUTE);
    expect(await rows('SELECT share FROM shares')).toEqual([{ SHARE: 6 }]);
  });

  it('sees a change that was not committed at the refresh before', async () => {
    const { rows } = await start(SUMS);
    const writer = await (server as DrivenSnowflake).connect({ database: 'D', schema: 'PUBLIC' });
    await writer.rows('BEGIN');
    await writer.rows('INSERT INTO source VALUES (3)');
    server?.clock.advance(5 * MINUTE);
    expect(await rows('SELECT total FROM doubled')).toEqual([{ TOTAL: null }]);
    await writer.rows('COMMIT');
    server?.clock.advance(5 * MINUTE);
    expect(await rows('SELECT total FROM doubled')).toEqual([{ TOTAL: 6 }]);
  });
});

describe('a task', () => {
  const COUNTER = `CREATE TASK counter WAREHOUSE = compute_wh SCHEDULE = '10 MINUTE' AS INSERT INTO source VALUES (1);`;

  it('does not run before it is resumed, then once per schedule', async () => {
    const { rows } = await start(COUNTER);
    server?.clock.advance(30 * MINUTE);
    expect(await rows('SELECT COUNT(*) AS n FROM source')).toEqual([{ N: 0 }]);
    await rows('ALTER TASK counter RESUME');
    server?.clock.advance(9 * MINUTE);
    expect(await rows('SELECT COUNT(*) AS n FROM source')).toEqual([{ N: 0 }]);
    for (let run = 1; run <= 3; run += 1) {
      server?.clock.advance(10 * MINUTE);
      expect(await rows('SELECT COUNT(*) AS n FROM source')).toEqual([{ N: run }]);
    }
    await rows('ALTER TASK counter SUSPEND');
    server?.clock.advance(30 * MINUTE);
    expect(await rows('SELECT COUNT(*) AS n FROM source')).toEqual([{ N: 3 }]);
  });

  it('runs once for all the times that were missed', async () => {
    const { rows } = await start(`${COUNTER} ALTER TASK counter RESUME;`);
    server?.clock.advance(180 * MINUTE);
    expect(await rows('SELECT COUNT(*) AS n FROM source')).toEqual([{ N: 1 }]);
  });

  it('runs once when many ask at the same moment', async () => {
    const { rows } = await start(`${COUNTER} ALTER TASK counter RESUME;`);
    server?.clock.advance(10 * MINUTE);
    const counts = await Promise.all(Array.from({ length: 8 }, () => rows('SELECT COUNT(*) AS n FROM source')));
    expect(counts.flat()).toEqual(Array.from({ length: 8 }, () => ({ N: 1 })));
  });

  it('carries what a stream collected into a hybrid table', async () => {
    const { rows } = await start(
      `CREATE STREAM arrivals ON TABLE source APPEND_ONLY = TRUE; CREATE HYBRID TABLE served (n INT PRIMARY KEY);
       CREATE TASK carry WAREHOUSE = compute_wh SCHEDULE = '1 MINUTE' WHEN SYSTEM$STREAM_HAS_DATA('arrivals')
       AS INSERT INTO served SELECT n FROM arrivals; ALTER TASK carry RESUME;`,
    );
    for (const n of [1, 2]) {
      await rows('INSERT INTO source VALUES (?)', [n]);
      server?.clock.advance(MINUTE);
    }
    expect(await rows('SELECT n FROM served ORDER BY n')).toEqual([{ N: 1 }, { N: 2 }]);
    expect(await rows(`SELECT SYSTEM$STREAM_HAS_DATA('arrivals') AS has`)).toEqual([{ HAS: false }]);
  });
});
