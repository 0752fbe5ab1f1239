import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { readVersions, SYNCED_TABLES } from '../support/sync-folder.ts';
import { useSyncWorld } from '../support/sync-world.ts';

const KILLS = 20;
const ATTEMPTS_MAX = 5 * KILLS;
/** About as long as one table takes. */
const READING_MS = 50;

const world = useSyncWorld();

describe('snowgate sync', () => {
  /** From a step of a run to its end. */
  async function timeOf(process: GatewayProcess, step: RegExp): Promise<number> {
    await process.waitFor(step);
    const startedAt = performance.now();
    expect((await process.ended).code).toBe(0);
    return performance.now() - startedAt;
  }

  const anyOf = (names: readonly string[]): string => names[Math.floor(Math.random() * names.length)] ?? '';

  const run = (folder: string) =>
    startGatewayProcess(['sync', '--files', folder], { DATABASE_URL: world().databaseUrl });

  it(
    `serves one whole version at every moment, killed at ${String(KILLS)} random moments`,
    { timeout: 600_000 },
    async () => {
      await world().sync(world().first);
      const watch = { isOver: false, readings: 0, torn: [] as (readonly string[])[] };
      const watcher = new Client({ connectionString: world().databaseUrl });
      await watcher.connect();
      const watching = (async () => {
        for (; !watch.isOver; watch.readings++) {
          const versions = await readVersions(watcher);
          if (versions.length !== 1) watch.torn.push(versions);
          // The machine is there for the sync as well.
          await sleep(5);
        }
      })();
      const swapMs = await timeOf(run(world().second), /Swapping all/);
      const killedIn = { reading: 0, swapping: 0, ended: 0 };
      // A kill that came after the end proves nothing, so it is tried again.
      const hits = (): number => killedIn.reading + killedIn.swapping;
      for (let kill = 0; hits() < KILLS && kill < ATTEMPTS_MAX; kill++) {
        const killed = run(kill % 2 === 0 ? world().first : world().second);
        // Half of the kills strike while a table is read, whichever, and half while all are swapped.
        const [moment, spanMs] =
          kill % 4 < 2 ? [`(Reading|Looking at) ${anyOf(SYNCED_TABLES)}`, READING_MS] : ['Swapping all', swapMs];
        await killed.waitFor(new RegExp(moment));
        await sleep(Math.random() * spanMs);
        killed.kill('SIGKILL');
        const { code, stderr } = await killed.ended;
        killedIn[code === 0 ? 'ended' : stderr.includes('Swapping all') ? 'swapping' : 'reading']++;
      }
      await appendFile(join(world().second, 'stores.jsonl'), '\n');
      expect((await run(world().second).ended).code).toBe(0);
      expect(await readVersions(world().reading)).toEqual(['v2']);
      watch.isOver = true;
      await watching;
      await watcher.end();
      expect(watch.torn).toEqual([]);
      expect(watch.readings).toBeGreaterThan(KILLS);
      expect(hits()).toBe(KILLS);
      expect(killedIn.reading).toBeGreaterThan(0);
      expect(killedIn.swapping).toBeGreaterThan(0);
    },
  );
});
