import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Fault, FaultScope } from '../../local-snowflake/wire/faults.ts';
import { createLogger } from '../../src/logger.ts';
import { createMetrics, type Metrics } from '../../src/metrics.ts';
import type { ServingStore } from '../../src/stores/serving-store.ts';
import { createStoreLadder } from '../../src/stores/store-ladder.ts';
import { MANY_FIRST_ID } from '../support/contract-data.ts';
import { startPostgresStore, startSnowflakeStore, type ContractStore } from '../support/contract-stores.ts';
import type { ProxyMode } from '../support/faulty-proxy.ts';

const AT_ONCE = 50;
/** Long, because the machine may be busy with other tests. */
const DEADLINE_MS = 4000;
const BACK_WITHIN_MS = 5000;
const ALWAYS = 100_000;

type Snowflake = Awaited<ReturnType<typeof startSnowflakeStore>>;
type Store = 'snowflake' | 'postgres';

interface Ladder {
  readonly store: ServingStore;
  readonly metrics: Metrics;
}

describe('the ladder of Snowflake and Postgres when one of them fails', () => {
  let snowflake: Snowflake;
  let postgres: ContractStore;

  beforeAll(async () => {
    // One after the other: the local Snowflake keeps this process from listening while it starts.
    snowflake = await startSnowflakeStore();
    postgres = await startPostgresStore();
  });
  afterEach(() => {
    mend();
  });
  afterAll(async () => {
    await Promise.all([snowflake.stop(), postgres.stop()]);
  });

  function ladderOf(names: readonly Store[]): Ladder {
    const stores = { snowflake: snowflake.store, postgres: postgres.store };
    const metrics = createMetrics();
    const rungs = names.map((name) => ({ name, store: stores[name] }));
    const logger = createLogger('silent');
    return { metrics, store: createStoreLadder({ rungs, metrics, logger, deadlineMs: DEADLINE_MS }) };
  }

  function mend(): void {
    snowflake.local.faults.clear();
    for (const { proxy } of [snowflake, postgres]) proxy.setMode('pass');
  }

  /** Asks for a customer each, at once; fails unless everybody gets their own. */
  async function askAll({ store }: Ladder, count = AT_ONCE): Promise<void> {
    const ids = Array.from({ length: count }, (_, place) => String(MANY_FIRST_ID + place * 7));
    const answers = await Promise.all(
      ids.map((id) => store.query<{ customer_id: string }>('customers_by_ids', [[id]])),
    );
    expect(answers.map((rows) => rows.map(({ customer_id }) => customer_id))).toEqual(ids.map((id) => [id]));
  }

  /** Statements answered so far, by store. */
  async function served({ metrics }: Ladder, store: Store): Promise<number> {
    const { values } = await metrics.servedStatements.get();
    return values.find(({ labels }) => labels.store === store)?.value ?? 0;
  }

  async function expectBack(ladder: Ladder, store: Store): Promise<void> {
    await vi.waitFor(async () => {
      const before = await served(ladder, store);
      await askAll(ladder, 1);
      expect(await served(ladder, store)).toBe(before + 1);
    }, BACK_WITHIN_MS);
  }

  const query = (fault: Fault, scope: FaultScope = { times: ALWAYS }): [Fault, FaultScope] => [fault, scope];
  const FAULTS: readonly (readonly [string, readonly [Fault, FaultScope]])[] = [
    ['asks to come back later (503)', query({ kind: 'status', status: 503 })],
    ['asks to come back later (429)', query({ kind: 'status', status: 429 })],
    ['accepts no token (401 with 390104)', query({ kind: 'unauthorized' })],
    ['ends every session (390111)', query({ kind: 'failure', code: '390111', message: 'Session is gone.' })],
    ['cuts every socket', query({ kind: 'reset' })],
    ['breaks every answer off', query({ kind: 'broken body' })],
    ['sends cells that cannot be read', query({ kind: 'broken cells' })],
    ['has lost a table', query({ kind: 'failure', code: '002003', message: 'No such table.', sqlState: '02000' })],
  ];

  it.each(FAULTS)('answers everything, and goes back, when Snowflake %s', async (_title, [fault, scope]) => {
    const ladder = ladderOf(['snowflake', 'postgres']);
    await askAll(ladder);
    const injected = snowflake.local.faults.inject(fault, scope);
    await askAll(ladder);
    await askAll(ladder);
    expect(injected.hits).toBeGreaterThan(0);
    expect(await served(ladder, 'postgres')).toBeGreaterThanOrEqual(AT_ONCE);
    mend();
    await expectBack(ladder, 'snowflake');
    await askAll(ladder);
  });

  const AWAY: readonly (readonly [Store, ProxyMode])[] = [
    ['postgres', 'refuse'],
    ['postgres', 'hang'],
    ['snowflake', 'refuse'],
    ['snowflake', 'hang'],
  ];

  it.each(AWAY)('answers everything, and goes back, when %s is there no more (%s)', async (away, mode) => {
    const other = away === 'postgres' ? 'snowflake' : 'postgres';
    const ladder = ladderOf([away, other]);
    await askAll(ladder);
    ({ snowflake, postgres })[away].proxy.setMode(mode);
    await askAll(ladder);
    // Known to be away: a lone caller waits neither for it nor for whoever tries it.
    for (let turn = 0; turn < 4; turn += 1) {
      await delay(400);
      const startedAt = performance.now();
      await askAll(ladder, 1);
      expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS / 2);
    }
    expect(await served(ladder, other)).toBeGreaterThanOrEqual(AT_ONCE);
    mend();
    await expectBack(ladder, away);
    await askAll(ladder);
  });

  it.each(['refuse', 'hang'] as const)(
    'stays with the upper rung when the lower is there no more (%s)',
    async (mode) => {
      const ladder = ladderOf(['snowflake', 'postgres']);
      postgres.proxy.setMode(mode);
      snowflake.local.faults.inject({ kind: 'status', status: 503 }, { times: 20 });
      await askAll(ladder);
      await askAll(ladder);
      expect(await served(ladder, 'snowflake')).toBe(2 * AT_ONCE);
    },
  );
});
