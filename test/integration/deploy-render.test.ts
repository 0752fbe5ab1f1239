import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SNOWFLAKE_SETUP_FOLDER } from '../support/folders.ts';
import { startGatewayProcess } from '../support/gateway-process.ts';
import { startDrivenSnowflake } from '../support/local-snowflake.ts';

const ACCOUNT = ['--account', 'myorg-myaccount', '--image-tag', '0.9.1'];
const CLIENTS = ['--postgres-clients', '203.0.113.0/24,198.51.100.7'];
const HOST = ['--postgres-host', 'abc.example.com'];

let folder: string;
let out: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowgate-render-'));
  out = join(folder, 'rendered');
});

afterEach(() => rm(folder, { recursive: true }));

const render = (flags: readonly string[], settings: Record<string, string> = {}) =>
  startGatewayProcess(['deploy', 'render', '--out', out, ...ACCOUNT, ...flags], settings).ended;

const numbered = (files: readonly string[]) => files.filter((file) => /^\d/.test(file)).sort();

describe('deploy render', () => {
  it('writes files that run twice on the local Snowflake under another name, and are taken away again', async () => {
    const { code } = await render([...CLIENTS, ...HOST, '--name', 'shop_api']);
    expect(code).toBe(0);
    const files = numbered(await readdir(join(out, 'setup')));
    expect(files).toEqual(numbered(await readdir(SNOWFLAKE_SETUP_FOLDER)));
    const snowflake = await startDrivenSnowflake();
    try {
      const { rows } = await snowflake.connect();
      const run = async (file: string) => snowflake.runScript(await readFile(join(out, 'setup', file), 'utf8'));
      const namesOf = async (kind: string) => (await rows(`SHOW ${kind}`)).map(({ name }) => name);
      const before = [await namesOf('ROLES'), await namesOf('DATABASES')];
      for (const file of [...files, ...files]) await run(file);
      expect(await namesOf('DATABASES')).toContain('SHOP_API');
      expect((await namesOf('ROLES')).join(' ')).not.toContain('SNOWGATE');
      expect(await namesOf('COMPUTE POOLS')).toEqual(['SHOP_API_GATEWAY_POOL', 'SHOP_API_RANKER_POOL']);
      await run('teardown.sql');
      expect([await namesOf('ROLES'), await namesOf('DATABASES')]).toEqual(before);
    } finally {
      await snowflake.stop();
    }
  });

  it('fills in every value, and renames the image where the specifications fetch it', async () => {
    await render([...CLIENTS, ...HOST, '--name', 'shop']);
    const read = (file: string) => readFile(join(out, file), 'utf8');
    expect(await read('setup/510_postgres.sql')).toContain("VALUE_LIST = ('203.0.113.0/24', '198.51.100.7');");
    expect(await read('setup/520_postgres_access.sql')).toContain("VALUE_LIST = ('abc.example.com:5432');");
    expect(await read('setup/620_services.sql')).toContain(`USING (tag => '"0.9.1"')`);
    expect(await read('spcs/gateway.yaml')).toContain("image: '/shop/gateway/images/shop:{{ tag }}'");
    expect(await read('spcs/gateway.yaml')).toContain('objectName: shop.gateway.database_url');
  });

  it('says what is to be done by hand, in order', async () => {
    const { stdout, stderr } = await render([...CLIENTS, ...HOST]);
    const order = [
      'snow connection add',
      'setup/540_images.sql',
      'docker push myorg-myaccount.registry.snowflakecomputing.com/snowgate/gateway/images/snowgate:0.9.1',
      'snow stage copy',
      'npm run migrate',
      'ALTER SECRET snowgate.gateway.database_url',
      'setup/610_compute_pools.sql',
      'setup/620_services.sql',
      'setup/710_functions.sql',
      'GRANT ROLE snowgate_caller TO USER',
    ].map((step) => stdout.indexOf(step));
    expect(order).not.toContain(-1);
    expect(order).toEqual([...order].sort((one, other) => one - other));
    expect(stderr).toMatch(/^Wrote \d+ files to /);
  });

  it('leaves out what needs the host of a Postgres that is still to be made, and says how to go on', async () => {
    const { code, stdout } = await render(CLIENTS);
    expect(code).toBe(0);
    const files = await readdir(join(out, 'setup'));
    expect(files).toContain('510_postgres.sql');
    expect(files).not.toContain('520_postgres_access.sql');
    expect(stdout).toMatch(/Render again .* --postgres-host/);
    expect(stdout).not.toContain('620_services.sql');
  });

  it('makes no Postgres where there is one already', async () => {
    await render(HOST);
    const files = await readdir(join(out, 'setup'));
    expect(files).not.toContain('510_postgres.sql');
    expect(files).toContain('520_postgres_access.sql');
  });

  it('writes nothing when a value is a secret of the environment', async () => {
    const { code, stdout, stderr } = await render(['--postgres-host', 'hidden-away.example.com'], {
      DATABASE_URL: 'postgres://app:hidden-away@db/shop',
    });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^--postgres-host looks like a secret/);
    expect(stderr).not.toContain('hidden-away');
    expect(await readdir(folder)).toEqual([]);
  });

  it('overwrites nothing', async () => {
    out = folder;
    await writeFile(join(folder, 'mine.txt'), 'kept');
    const { code, stderr } = await render(HOST);
    expect(code).toBe(1);
    expect(stderr).toContain('holds files already');
    expect(await readdir(folder)).toEqual(['mine.txt']);
  });
});
