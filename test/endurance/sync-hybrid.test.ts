import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLocalSnowflake, type LocalSnowflake } from '../../local-snowflake/server.ts';
import type { SnowflakeClient } from '../../src/clients/snowflake-client.ts';
import { SILENT_PROGRESS } from '../../src/jobs/progress.ts';
import { previewHybridSync, syncHybridTables, type HybridSyncOptions } from '../../src/jobs/sync/hybrid-tables.ts';
import { SnowflakeReader } from '../../src/jobs/sync/snowflake-reader.ts';
import { connectTo, setUpHybridTables } from '../support/contract-stores.ts';
import { createGold, fillSnowflake, startSync, SYNCED_TABLES } from '../support/sync-snowflake.ts';

/** A machine that does much else takes its time. */
const DEADLINE_MS = 60_000;
const KILLS = 3;
/** Those that have a primary key. */
const HYBRID_TABLES = SYNCED_TABLES.map(({ name }) => name).filter((name) => name !== 'loyalty_tiers');

let local: LocalSnowflake;
let snowflake: SnowflakeClient;

beforeEach(async () => {
  local = await startLocalSnowflake();
  await setUpHybridTables(local);
  snowflake = connectTo(local);
  for (const table of SYNCED_TABLES) await fillSnowflake(snowflake, table);
  await createGold(local);
});

afterEach(async () => {
  await snowflake.close();
  await local.stop();
});

function optionsFor(changes: Partial<HybridSyncOptions> = {}): HybridSyncOptions {
  const place = { client: snowflake, account: local.account, database: 'snowgate' };
  const reader = new SnowflakeReader({ ...place, schemas: ['gold'] });
  return { ...place, reader, schema: 'serving', tables: HYBRID_TABLES, progress: SILENT_PROGRESS, ...changes };
}

const run = (...statements: readonly string[]) =>
  local.runScript(statements.join('; '), { database: 'SNOWGATE', schema: 'GOLD' });

const rows = <Row extends object>(text: string) => snowflake.query<Row>({ name: 'look', text, binds: [] }, DEADLINE_MS);

async function expectSameRows(): Promise<void> {
  for (const { name, columns } of SYNCED_TABLES.filter((table) => HYBRID_TABLES.includes(table.name))) {
    const hash = (schema: string) =>
      rows(`SELECT COUNT(*) AS n, SUM(HASH(${Object.keys(columns).join(', ')})) AS h FROM snowgate.${schema}.${name}`);
    expect(await hash('serving'), name).toEqual(await hash('gold'));
  }
}

describe('a sync into hybrid tables', { timeout: 120_000 }, () => {
  it('leaves the rows of the source behind and writes only those that differ', async () => {
    await run(
      `UPDATE customers SET first_name = 'Changed' WHERE customer_id = 5000007`,
      'DELETE FROM events WHERE customer_id = 5000001',
      'DELETE FROM snowgate.serving.inventory',
      `INSERT INTO product_categories VALUES ('CAT-9', 'Nine', 'Home')`,
    );
    const changes = new Map((await syncHybridTables(optionsFor())).map((change) => [change.table, change]));
    expect(changes.get('customers')).toEqual({ table: 'customers', inserted: 0, updated: 1, deleted: 0 });
    expect(changes.get('product_categories')).toMatchObject({ inserted: 1, updated: 0, deleted: 0 });
    expect(changes.get('inventory')?.inserted).toBeGreaterThan(0);
    await expectSameRows();
    for (const change of await syncHybridTables(optionsFor()))
      expect(change).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
    expect(await rows(`SELECT 1 AS x FROM snowgate.information_schema.tables WHERE table_name LIKE '%STAGED'`)).toEqual(
      [],
    );
  });

  it('is seen by others as a whole or not at all', async () => {
    await run(`UPDATE customers SET first_name = 'new'`, `UPDATE products SET brand = 'new'`);
    await run(
      `UPDATE snowgate.serving.customers SET first_name = 'old'`,
      `UPDATE snowgate.serving.products SET brand = 'old'`,
    );
    const seen = new Set<string>();
    const watch = { isOver: false };
    const watching = (async () => {
      while (!watch.isOver) {
        seen.add(await servedVersions());
        await sleep(2);
      }
    })();
    await syncHybridTables(optionsFor({ tables: ['customers', 'products'] }));
    watch.isOver = true;
    await watching;
    expect(await servedVersions()).toBe('new');
    expect([...seen].filter((versions) => !['old', 'new'].includes(versions))).toEqual([]);
    expect(seen).toContain('old');
  });

  async function servedVersions(): Promise<string> {
    const found = await rows<{ version: string }>(
      'SELECT first_name AS version FROM snowgate.serving.customers UNION SELECT brand FROM snowgate.serving.products ORDER BY 1',
    );
    return found.map(({ version }) => version).join('+');
  }

  it('says what it would do, and does nothing', async () => {
    await run('DELETE FROM customers WHERE customer_id = 5000007');
    local.requests.clear();
    expect(await previewHybridSync(optionsFor({ tables: ['customers'] }))).toEqual([
      { table: 'customers', sourceTable: 'customers', sourceRows: 2604, servedRows: 2605 },
    ]);
    expect(local.requests.statements(/^\s*(INSERT|UPDATE|DELETE|MERGE|CREATE|DROP|ALTER)/i)).toEqual([]);
  });

  it('changes nothing when a row does not fit', async () => {
    await run(`UPDATE products SET brand = 'new'`, `UPDATE inventory SET product_id = 1, region = 'South'`);
    const before = await rows('SELECT * FROM snowgate.serving.products ORDER BY product_id');
    await expect(syncHybridTables(optionsFor())).rejects.toThrow(
      'inventory has two rows of the same key (region, product_id): South, 1. Nothing was changed. Mend the source.',
    );
    expect(await rows('SELECT * FROM snowgate.serving.products ORDER BY product_id')).toEqual(before);
  });

  it('refuses a source that lacks a column or a table, naming it', async () => {
    await run('ALTER TABLE customers RENAME COLUMN email TO mail');
    await expect(syncHybridTables(optionsFor())).rejects.toThrow(
      /^customers in LOCAL snowgate\.gold lacks email; it has/,
    );
    await run('DROP TABLE inventory');
    await expect(syncHybridTables(optionsFor({ tables: ['inventory'] }))).rejects.toThrow(
      /has no inventory\. Leave it/,
    );
  });

  it(`serves one whole version at every moment, killed ${String(KILLS)} times`, { timeout: 300_000 }, async () => {
    await run(
      `UPDATE snowgate.serving.customers SET first_name = 'v0'`,
      `UPDATE snowgate.serving.products SET brand = 'v0'`,
    );
    const words = ['--to', 'snowflake', '--tables', 'customers,products'];
    for (let kill = 1; kill <= KILLS; kill++) {
      await run(
        `UPDATE customers SET first_name = 'v${String(kill)}'`,
        `UPDATE products SET brand = 'v${String(kill)}'`,
      );
      const killed = startSync(local, 'postgres://unused', words);
      await killed.waitFor(kill % 2 === 0 ? /Staging/ : /Swapping all/);
      await sleep(Math.random() * 50);
      killed.kill('SIGKILL');
      await killed.ended;
      // Snowflake rolls back by itself what a client that is gone has left open.
      await local.sessions.endAll();
      expect(await servedVersions()).toMatch(/^v\d$/);
    }
    const { code, stdout } = await startSync(local, 'postgres://unused', words).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^customers: 0 new, \d+ changed, 0 gone$/m);
    expect(await servedVersions()).toBe(`v${String(KILLS)}`);
  });
});
