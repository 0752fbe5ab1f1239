import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startLocalSnowflake, type LocalSnowflake } from '../../local-snowflake/server.ts';
import { setUpHybridTables } from '../support/contract-stores.ts';
import { diagnose } from '../support/doctor.ts';

let folder: string;
let local: LocalSnowflake;
let silent: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowgate-doctor-'));
  // Takes connections and never says a word.
  silent = createServer(() => undefined);
  await once(silent.listen(0, '127.0.0.1'), 'listening');
});

afterAll(async () => {
  silent.close();
  await rm(folder, { recursive: true });
});

function snowflake(changes: Record<string, string> = {}): Record<string, string> {
  const { username, password } = local.connectionOptions;
  return {
    SERVING_STORES: 'snowflake',
    SNOWFLAKE_ACCOUNT: local.account,
    SNOWFLAKE_ACCOUNT_URL: local.accessUrl,
    SNOWFLAKE_USER: username,
    SNOWFLAKE_PASSWORD: password,
    SNOWFLAKE_DATABASE: 'snowgate',
    SNOWFLAKE_SCHEMA: 'serving',
    SNOWFLAKE_WAREHOUSE: 'snowgate_wh',
    SNOWFLAKE_ROLE: 'snowgate_reader',
    SNOWFLAKE_LOGIN_TIMEOUT_MS: '20000',
    ...changes,
  };
}

const ROLE = `CREATE ROLE snowgate_reader;
  GRANT USAGE ON DATABASE snowgate TO ROLE snowgate_reader;
  GRANT USAGE ON SCHEMA snowgate.serving TO ROLE snowgate_reader;
  GRANT SELECT ON ALL TABLES IN SCHEMA snowgate.serving TO ROLE snowgate_reader;
  GRANT USAGE ON WAREHOUSE snowgate_wh TO ROLE snowgate_reader;`;

describe('doctor about Snowflake', { timeout: 60_000 }, () => {
  beforeEach(async () => {
    local = await startLocalSnowflake();
    await setUpHybridTables(local);
    await local.runScript(ROLE);
    await local.runScript(
      ['product_categories', 'products', 'customers', 'loyalty_tiers', 'stores', 'inventory', 'events']
        .map(fill)
        .join(';'),
    );
    await local.runScript(
      ['customer_propensities', 'taste_priors', 'product_statistics', 'product_neighbours', 'customer_features']
        .map(fill)
        .join(';'),
    );
    await local.runScript(
      `INSERT INTO snowgate.serving.customer_tastes SELECT 1, 1, PARSE_JSON('{}'), PARSE_JSON('{}'), 1, 1, PARSE_JSON('{}'), PARSE_JSON('{}'), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, CURRENT_TIMESTAMP()::TIMESTAMP_NTZ`,
    );
  });

  afterEach(() => local.stop());

  /** One row, whatever it says. */
  function fill(table: string): string {
    const now = 'CURRENT_TIMESTAMP()::TIMESTAMP_NTZ';
    const rows: Record<string, string> = {
      product_categories: `'c', 'Category', 'Department'`,
      products: `1, 'Product', 'Brand', 'c', 1.5, 'USD', NULL, FALSE, 'tier'`,
      customers: `1, 'Ann', 'a@example.com', NULL, '2020-01-01'::DATE, 'Gold', 'West', '1', NULL, FALSE, FALSE, 0`,
      loyalty_tiers: `'Gold', 1, 1.5`,
      stores: `1, 'Store', 'West', '1'`,
      inventory: `'West', 1, 'WH', 1, 1, ${now}`,
      events: `'e', 1, NULL, 'view', ${now}, 'West', 1, 'c', NULL, 1, NULL, 'USD', NULL`,
      customer_propensities: `1, 'c', 0.5, ${now}`,
      taste_priors: `'category', 'c', 0.5, ${now}`,
      product_statistics: `'West', 1, 1, 1, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ${now}`,
      product_neighbours: `1, 2, 0.5, ${now}`,
      customer_features: `1, 30, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 'Loyal', ${now}`,
    };
    return `INSERT INTO snowgate.serving.${table} SELECT ${rows[table] ?? ''}`;
  }

  it('finds nothing to mend where everything is as it should be', async () => {
    const { code, bad, of, stderr } = await diagnose(snowflake());
    expect(bad).toEqual([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(of('snowflake', 'login')[0]?.text).toBe('SNOWGATE is logged in with the role SNOWGATE_READER');
    expect(of('snowflake', 'warehouse')[0]?.text).toBe('SNOWGATE_WH is started');
    expect(of('snowflake', 'grants')[0]?.text).toBe('SNOWGATE_READER may read what it needs, and no more');
    expect(of('snowflake', 'tables')[0]?.text).toBe('14 of 14 tables in SNOWGATE.SERVING are as they should be');
    expect(of('snowflake', 'clock')[0]?.text).toBe('this machine and Snowflake agree on the time');
  });

  it('names a missing table and the file that makes it, which mends it', async () => {
    await local.runScript('DROP TABLE snowgate.serving.inventory');
    const { code, bad } = await diagnose(snowflake());
    expect(code).toBe(1);
    expect(bad.map(({ check, status }) => `${check} ${status}`)).toEqual(['grants warning', 'tables broken']);
    expect(bad[1]?.text).toBe(
      'the table snowgate.serving.inventory is not there, or the role SNOWGATE_READER may not read it',
    );
    expect(bad[1]?.fix).toBe(
      'Run sql/snowflake/setup/230_serving_inventory.sql, or, if it is there: GRANT SELECT ON TABLE snowgate.serving.inventory TO ROLE SNOWGATE_READER;',
    );
    await setUpHybridTables(local);
    await local.runScript(fill('inventory'));
    await local.runScript(/GRANT .*;/.exec(bad[1]?.fix ?? '')?.[0] ?? '');
    expect((await diagnose(snowflake())).bad).toEqual([]);
  });

  it('names a missing grant and a grant too many with the statements that mend them', async () => {
    await local.runScript(
      `REVOKE USAGE ON WAREHOUSE snowgate_wh FROM ROLE snowgate_reader;
       GRANT INSERT ON TABLE snowgate.serving.events TO ROLE snowgate_reader`,
    );
    const { code, bad } = await diagnose(snowflake());
    expect(code).toBe(0);
    expect(bad).toEqual([
      {
        group: 'snowflake',
        check: 'grants',
        status: 'warning',
        text: 'the role SNOWGATE_READER lacks USAGE ON WAREHOUSE snowgate_wh; what works without comes from another role of the session',
        fix: 'Run in Snowflake: GRANT USAGE ON WAREHOUSE snowgate_wh TO ROLE snowgate_reader;',
      },
      {
        group: 'snowflake',
        check: 'grants',
        status: 'warning',
        text: 'the role SNOWGATE_READER may do more than read: INSERT ON TABLE snowgate.serving.events',
        fix: 'Run in Snowflake: REVOKE INSERT ON TABLE snowgate.serving.events FROM ROLE snowgate_reader;',
      },
    ]);
    for (const { fix = '' } of bad) await local.runScript(fix.replace('Run in Snowflake: ', ''));
    expect((await diagnose(snowflake())).bad).toEqual([]);
  });

  it('warns of an administrator and makes a role that may just read', async () => {
    const { bad } = await diagnose(snowflake({ SNOWFLAKE_ROLE: '' }));
    expect(bad.map(({ text }) => text)).toEqual(['SYSADMIN may do far more than the gateway needs']);
    await local.runScript('DROP ROLE snowgate_reader');
    const script = /CREATE ROLE.*USER \w+;/.exec(bad[0]?.fix ?? '')?.[0] ?? '';
    await local.runScript(script);
    expect((await diagnose(snowflake())).bad).toEqual([]);
  });

  it('names a table that the role may not read, with the grant', async () => {
    const refusal = { kind: 'failure', code: '003001', message: 'SQL access control error: Insufficient privileges' };
    local.faults.inject(refusal as Parameters<typeof local.faults.inject>[0], { sql: /FROM snowgate.serving.stores/ });
    const { bad } = await diagnose(snowflake());
    expect(bad[0]?.text).toContain('snowgate.serving.stores cannot be read: 003001: SQL access control error');
    expect(bad[0]?.fix).toContain('GRANT SELECT ON TABLE snowgate.serving.stores TO ROLE SNOWGATE_READER;');
  });

  it.each([
    {
      name: 'a missing column',
      script: 'ALTER TABLE snowgate.serving.products DROP COLUMN brand',
      text: 'snowgate.serving.products has no column brand',
      fix: 'Run in Snowflake: ALTER TABLE snowgate.serving.products ADD COLUMN brand VARCHAR(256); and fill it.',
    },
    {
      name: 'a column of the wrong type',
      script: `CREATE OR REPLACE HYBRID TABLE snowgate.serving.product_neighbours (product_id NUMBER(38, 0) NOT NULL,
        neighbour_id NUMBER(10, 0) NOT NULL, similarity FLOAT NOT NULL, as_of TIMESTAMP_NTZ NOT NULL,
        PRIMARY KEY (product_id, neighbour_id)); INSERT INTO snowgate.serving.product_neighbours
        SELECT 1, 2, 0.5, CURRENT_TIMESTAMP()::TIMESTAMP_NTZ`,
      text: 'snowgate.serving.product_neighbours.neighbour_id is NUMBER(10,0), and the gateway reads it as NUMBER(19, 0)',
      fix: 'Run in Snowflake: ALTER TABLE snowgate.serving.product_neighbours RENAME TO snowgate.serving.product_neighbours_old; then sql/snowflake/setup/250_serving_derived.sql; then INSERT INTO snowgate.serving.product_neighbours (product_id, neighbour_id, similarity, as_of) SELECT product_id, neighbour_id, similarity, as_of FROM snowgate.serving.product_neighbours_old;',
    },
    {
      name: 'an empty table',
      script: 'DELETE FROM snowgate.serving.taste_priors',
      text: 'snowgate.serving.taste_priors is empty',
      fix: 'Run npm run seed -- --to snowflake for demo data, or fill it: INSERT INTO snowgate.serving.taste_priors SELECT …',
    },
    {
      name: 'a table that is not hybrid',
      script: `CREATE OR REPLACE TABLE snowgate.serving.taste_priors (kind VARCHAR(16), key VARCHAR(256), share FLOAT,
        as_of TIMESTAMP_NTZ); INSERT INTO snowgate.serving.taste_priors SELECT 'a', 'b', 1, '2020-01-01'`,
      text: 'snowgate.serving.taste_priors is no hybrid table: each lookup scans it',
      fix: 'then sql/snowflake/setup/250_serving_derived.sql; then',
    },
    {
      name: 'old data',
      script: `UPDATE snowgate.serving.customer_features SET as_of = '2026-01-01'`,
      text: /^customer_features speaks for 2026-01-01T00:00:00\.000Z, \d+ hours ago: every answer is marked isStale/,
      fix: 'raise FEATURES_MAX_AGE_HOURS',
    },
    {
      name: 'a clock that is off',
      clockMs: 3_600_000,
      script: 'SELECT 1',
      text: /^This machine's clock is 3\d{3} seconds behind Snowflake's/,
      fix: 'timedatectl',
    },
  ])('finds $name', async ({ script, text, fix, clockMs = 0 }) => {
    await local.runScript(script);
    local.clock.advance(clockMs);
    const { bad } = await diagnose(snowflake());
    expect(bad).toHaveLength(1);
    if (typeof text === 'string') expect(bad[0]?.text).toBe(text);
    else expect(bad[0]?.text).toMatch(text);
    expect(bad[0]?.fix).toContain(fix);
  });

  it('mends a column of the wrong type by the statements that it names, and keeps the rows', async () => {
    await local.runScript(
      `CREATE OR REPLACE HYBRID TABLE snowgate.serving.taste_priors (kind VARCHAR(16) NOT NULL, key VARCHAR(256) NOT NULL,
         share NUMBER(12, 4) NOT NULL, as_of TIMESTAMP_NTZ NOT NULL, PRIMARY KEY (kind, key));
       INSERT INTO snowgate.serving.taste_priors SELECT 'a', 'b', 0.25, CURRENT_TIMESTAMP()::TIMESTAMP_NTZ`,
    );
    const { bad } = await diagnose(snowflake());
    const [rename = '', , insert = ''] = (bad[0]?.fix ?? '').replace('Run in Snowflake: ', '').split('; then ');
    await local.runScript(rename);
    await setUpHybridTables(local);
    await local.runScript(insert);
    expect((await diagnose(snowflake())).bad).toEqual([]);
  });

  it('says what a sync needs, by the names that a source may have', async () => {
    await local.runScript(
      `ALTER TABLE snowgate.serving.events RENAME TO snowgate.serving.event_stream;
       ALTER TABLE snowgate.serving.inventory RENAME COLUMN quantity_on_hand TO qty_on_hand;
       ALTER TABLE snowgate.serving.customer_features DROP COLUMN rfm_segment;
       DROP TABLE snowgate.serving.stores`,
    );
    const { bad } = await diagnose(snowflake({ SERVING_STORES: 'postgres' }));
    const tables = bad.filter(({ check }) => check === 'tables').map(({ status, text }) => ({ status, text }));
    expect(tables).toEqual([
      {
        status: 'warning',
        text: 'the table snowgate.serving.stores is not there, or the role SNOWGATE_READER may not read it: sync cannot copy it',
      },
    ]);
  });

  it.each([
    {
      name: 'a wrong password',
      changes: { SNOWFLAKE_PASSWORD: 'planted-9a' },
      text: /390100: Incorrect username or password/,
      fix: /^Set SNOWFLAKE_USER and SNOWFLAKE_PASSWORD/,
    },
    {
      name: 'another account',
      changes: { SNOWFLAKE_ACCOUNT: 'other' },
      text: /390201: The account other does not exist/,
      fix: /^Set SNOWFLAKE_ACCOUNT/,
    },
    {
      name: 'no warehouse of that name',
      changes: { SNOWFLAKE_WAREHOUSE: 'nap' },
      text: /^the warehouse NAP is not there, or the role SNOWGATE_READER may not use it/,
      fix: /GRANT USAGE ON WAREHOUSE nap TO ROLE SNOWGATE_READER;/,
    },
    {
      name: 'no database of that name',
      changes: { SNOWFLAKE_DATABASE: 'elsewhere' },
      text: /^ELSEWHERE\.SERVING cannot be looked into: /,
      fix: /^Mend SNOWFLAKE_DATABASE/,
    },
  ])('finds $name', async ({ changes, text, fix }) => {
    const { code, bad, found } = await diagnose(snowflake(changes));
    expect(code).toBe(1);
    const match = bad.find((each) => text.test(each.text));
    expect(match?.status).toBe('broken');
    expect(match?.fix).toMatch(fix);
    expect(JSON.stringify(found)).not.toContain('planted');
  });

  it('tells a key that Snowflake does not know, with the statement that registers it', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keyFile = join(folder, 'key.p8');
    await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    const { bad, of } = await diagnose(snowflake({ SNOWFLAKE_PASSWORD: '', SNOWFLAKE_PRIVATE_KEY_FILE: keyFile }));
    expect(of('snowflake', 'login')[0]?.text).toContain('JWT token is invalid');
    const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    expect(of('snowflake', 'login')[0]?.fix).toContain(`ALTER USER SNOWGATE SET RSA_PUBLIC_KEY='${key}';`);
    expect(of('tokens', 'key')[0]?.text).toMatch(/^the key opens; its fingerprint is SHA256:/);
    expect(bad.map(({ check }) => check)).toContain('login');
    await chmod(keyFile, 0o644);
    const careless = await diagnose(snowflake({ SNOWFLAKE_PASSWORD: '', SNOWFLAKE_PRIVATE_KEY_FILE: keyFile }));
    expect(careless.of('settings', 'secrets')[0]?.fix).toBe(`Run: chmod 600 ${keyFile}`);
  });

  it('tells a key whose proof has expired by the time of Snowflake', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keyFile = join(folder, 'late.p8');
    await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    await local.stop();
    local = await startLocalSnowflake({
      users: [{ name: 'SNOWGATE', publicKey: publicKey.export({ type: 'spki', format: 'pem' }) as string }],
    });
    const settings = snowflake({ SNOWFLAKE_PASSWORD: '', SNOWFLAKE_PRIVATE_KEY_FILE: keyFile });
    expect((await diagnose(settings)).of('snowflake', 'login')[0]?.status).toBe('ok');
    local.clock.advance(600_000);
    const { of } = await diagnose(settings);
    expect(of('snowflake', 'login')[0]?.text).toContain('JWT token is invalid');
    expect(of('snowflake', 'login')[0]?.fix).toContain('A clock that is off spoils keys, too.');
  });

  it('gives up on a host that takes connections and does not answer', async () => {
    const { port } = silent.address() as AddressInfo;
    const url = `http://127.0.0.1:${String(port)}`;
    const { bad, of, code } = await diagnose(
      snowflake({ SNOWFLAKE_ACCOUNT_URL: url, SNOWFLAKE_LOGIN_TIMEOUT_MS: '300' }),
    );
    expect(code).toBe(1);
    expect(of('snowflake', 'account')[0]).toMatchObject({
      status: 'broken',
      text: `127.0.0.1:${String(port)} does not answer within 0.3 seconds`,
    });
    expect(of('snowflake', 'login')[0]?.status).toBe('broken');
    expect(of('snowflake', 'tables')[0]).toMatchObject({ status: 'skipped', text: 'not looked at: there is no login' });
    expect(bad.every(({ fix }) => (fix ?? '').length > 10)).toBe(true);
  });
});
