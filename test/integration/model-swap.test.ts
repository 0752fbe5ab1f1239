import { cpSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Logger } from '../../src/logger.ts';
import { openRegistry } from '../../src/registry/model-registry.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGateway, type Answer, type TestGateway } from '../support/gateway.ts';
import { copyModel } from '../support/model-copies.ts';

/** Two lists in different regions, and a single score, in one answer. */
const QUESTION = `query ($a: ID!, $b: ID!) {
  a: recommendations(customerId: $a, region: NORTHEAST) { ...list }
  b: recommendations(customerId: $b, region: SOUTH) { ...list }
  product(id: "2000010") { predictedAffinity(customerId: $a) }
}
fragment list on RecommendationList { degraded model { name version } items { productId score } }`;
/** The last one is what a gateway serves until another one is chosen. */
const VERSIONS = [1, 2, 5];
const PAIRS = Array.from({ length: 8 }, (_, index) => ({ a: String(1_000_000 + index), b: String(1_000_100 + index) }));
const CONCURRENCY = 32;
const PATIENCE_MS = 20_000;

let root: string;
let database: TestDatabase;
let gateway: TestGateway;
let logged: { msg: string; reason?: string }[];
/** What a gateway that knows one version only answers, by version and question. */
const expected = new Map<string, unknown>();

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'swap-'));
  for (const version of VERSIONS) copyModel(root, version);
  database = await createTestDatabase();
  for (const version of VERSIONS) {
    const settings = { MODEL_FOLDER: root, RANKING_MODEL: `ranking@${String(version)}` };
    const pinned = await startGateway(database.url, settings);
    for (const pair of PAIRS) expected.set(`${String(version)} ${pair.a}`, (await pinned.ask(QUESTION, pair)).data);
    await pinned.stop();
  }
  logged = [];
  const write = (line: string): void => void logged.push(JSON.parse(line) as { msg: string });
  const logger: Logger = pino({ level: 'info' }, { write });
  gateway = await startGateway(database.url, { MODEL_FOLDER: root }, logger);
}, 60_000);

afterAll(async () => {
  await gateway.stop();
  await database.drop();
  rmSync(root, { recursive: true });
});

const servedVersion = async (): Promise<string> => {
  const { data } = await gateway.ask(QUESTION, PAIRS[0]);
  return (data as { a: { model: { version: string } } }).a.model.version;
};

async function untilServed(version: number): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while ((await servedVersion()) !== String(version)) {
    if (Date.now() > deadline) throw new Error(`Version ${String(version)} was not taken up`);
    await sleep(100);
  }
}

const choose = (version: number): void => {
  openRegistry({ MODEL_FOLDER: root }).choose({ name: 'ranking', version: String(version) });
};

describe('another version of the model', () => {
  it('is taken up under load without a failure, and no answer mixes versions', async () => {
    const answers: { pair: (typeof PAIRS)[number]; answer: Answer }[] = [];
    let isOver = false;
    const asking = Array.from({ length: CONCURRENCY }, async (_, index) => {
      for (let turn = index; !isOver; turn += 1) {
        const pair = PAIRS[turn % PAIRS.length] as (typeof PAIRS)[number];
        answers.push({ pair, answer: await gateway.ask(QUESTION, pair) });
      }
    });
    try {
      for (const version of [2, 5, 1, 5]) {
        choose(version);
        await untilServed(version);
      }
    } finally {
      isOver = true;
      await Promise.all(asking);
    }
    const versions = new Set<string>();
    for (const { pair, answer } of answers) {
      expect(answer.status).toBe(200);
      expect(answer.errors).toBeUndefined();
      const { version } = answer.data.a.model as { version: string };
      versions.add(version);
      expect(answer.data).toEqual(expected.get(`${version} ${pair.a}`));
    }
    expect([...versions].toSorted()).toEqual(['1', '2', '5']);
    expect(answers.length).toBeGreaterThan(CONCURRENCY);
  }, 120_000);

  it('is refused with a reason when it is broken, while the earlier one serves on', async () => {
    choose(2);
    await untilServed(2);
    cpSync(join(root, 'ranking/5'), join(root, 'ranking/6'), { recursive: true });
    truncateSync(join(root, 'ranking/6/model.json'), 1000);
    for (const choice of ['ranking@6', 'ranking@404', '../../etc', '']) {
      logged.length = 0;
      writeFileSync(join(root, 'chosen-model'), choice);
      await expect.poll(() => logged.map(({ msg }) => msg), { timeout: PATIENCE_MS }).toEqual(['model_refused']);
      expect(logged[0]?.reason).toMatch(/cannot be used|names no model/);
      expect(await servedVersion()).toBe('2');
    }
    choose(1);
    await untilServed(1);
  }, 60_000);

  it('waits for its turn while the store is away', async () => {
    logged.length = 0;
    gateway.failStatement('region_stock_snapshot', new Error('away'));
    choose(5);
    await expect.poll(() => logged.map(({ msg }) => msg), { timeout: PATIENCE_MS }).toContain('model_waits');
    expect(await servedVersion()).toBe('1');
    gateway.failStatement('region_stock_snapshot', null);
    await untilServed(5);
  }, 60_000);
});
