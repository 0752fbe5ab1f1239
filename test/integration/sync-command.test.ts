import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startGatewayProcess } from '../support/gateway-process.ts';
import { lines, useSyncWorld } from '../support/sync-world.ts';

/** A machine that does much else takes its time. */
const TEST_TIMEOUT_MS = 120_000;

const world = useSyncWorld();

describe('previewSync', () => {
  it('counts both sides, tells what is filled and what is not copied, and changes nothing', async () => {
    const folder = await world().ownFolder({
      inventory: lines({ product_id: 1, region: 'South', qty_on_hand: 5, est_delivery_days: 2, note: '' }),
    });
    expect(await world().preview(folder, { tables: ['inventory'], mayMix: true })).toEqual([
      {
        table: 'inventory',
        sourceTable: 'inventory',
        sourceRows: 1,
        servedRows: 10_000,
        filled: ['warehouse_name', 'updated_at'],
        ignored: ['note'],
      },
    ]);
    expect(await world().select(`SELECT 1 FROM pg_namespace WHERE nspname = 'snowgate_sync'`)).toEqual([]);
  });
});

describe('snowgate sync', { timeout: TEST_TIMEOUT_MS }, () => {
  const run = (folder: string, words: readonly string[] = []) =>
    startGatewayProcess(['sync', '--files', folder, ...words], { DATABASE_URL: world().databaseUrl });

  it('prints what it did, and what it would do', async () => {
    const dry = await run(world().first, ['--dry-run']).ended;
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.stdout).toContain('customers: 300 rows of customers in place of 300\n');
    const { code, stdout } = await run(world().first).ended;
    expect(code).toBe(0);
    expect(stdout).toContain('customers: 0 new, 300 changed, 0 gone; 300 rows read\n');
  });

  it('says what is wrong in one sentence', async () => {
    const { code, stdout, stderr } = await run(join(world().folders, 'nowhere')).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('nowhere is missing or cannot be read.');
  });
});
