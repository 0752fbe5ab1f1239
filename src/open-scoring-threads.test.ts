import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aSnapshot, someFeatures, someTastes } from '../test/support/ranking-builders.ts';
import { INSTALLATION } from './installation.ts';
import { createLogger } from './logger.ts';
import { openScoringThreads, type OpenScoringThreads } from './open-scoring-threads.ts';
import { createFeatureContext } from './ranking/feature-context.ts';
import type { ModelQuestion, ModelScorer } from './ranking/model-scorer.ts';
import { prepareServing } from './ranking/serving-snapshot.ts';
import type { RegionSnapshot } from './ranking/snapshot.ts';
import { loadModel } from './registry/load-model.ts';

const MODEL_FOLDER = join(INSTALLATION.models, 'ranking/3');
const PRODUCTS = 60;
const ROWS = Int32Array.from({ length: PRODUCTS / 2 }, (_, index) => 2 * index);
const PATIENCE_MS = 20_000;

const { ranker } = loadModel(MODEL_FOLDER);
const logger = createLogger('silent');
const never: ModelScorer = {
  rung: 'EMBEDDED_MODEL',
  score: () => {
    throw new Error('The thread should have scored');
  },
};

let threads: OpenScoringThreads;
let question: ModelQuestion;
let expected: Float32Array;

/** Products whose prices depend on the seed. */
const aRegion = (seed: number): RegionSnapshot =>
  aSnapshot(
    Array.from({ length: PRODUCTS }, (_, index) => ({
      product_id: String(index + 1),
      category_id: `CAT-00${String(index % 3)}`,
      price: String(5 + ((index * 7 + seed) % 50)),
      popularity: 3 * Math.sin(index + 1.7 * seed),
    })),
  );

/** A question, and what this thread answers to it. */
async function ask(snapshot: RegionSnapshot): Promise<{ question: ModelQuestion; expected: Float32Array }> {
  const { prepared } = await prepareServing(ranker, snapshot);
  const tastes = someTastes({ total_weight: 9, category_weights: { 'CAT-001': 9 }, recent_products: { '3': 2 } });
  const context = createFeatureContext(snapshot, someFeatures({ age: 40 }), tastes);
  const asked = { context, rows: ROWS, prepared };
  const [scorer] = ranker.scorers;
  return { question: asked, expected: (await scorer?.score(asked)) ?? new Float32Array() };
}

/** Offers until a thread has read the model. */
async function offered(asked: ModelQuestion): Promise<Float32Array> {
  for (let waited = 0; waited < PATIENCE_MS; waited += 20) {
    const answer = threads.offer(asked);
    if (answer) return answer;
    await sleep(20);
  }
  throw new Error('No thread took the question');
}

beforeEach(async () => {
  threads = openScoringThreads({ modelFolder: MODEL_FOLDER, count: 1, logger }, never);
  ({ question, expected } = await ask(aRegion(0)));
});

afterEach(() => threads.close());

describe('openScoringThreads', { timeout: 30_000 }, () => {
  it('scores what this thread would, bit for bit', async () => {
    expect(threads.offer(question)).toBeNull();
    expect(await offered(question)).toEqual(expected);
  });

  it('takes a few questions at once and no more', async () => {
    await offered(question);
    const answers = Array.from({ length: 20 }, () => threads.offer(question));
    const taken = answers.filter((answer) => answer !== null);
    expect(taken.length).toBe(6);
    for (const answer of await Promise.all(taken)) expect(answer).toEqual(expected);
    expect(await threads.offer(question)).toEqual(expected);
  });

  it('scores each question by its own snapshot, however many there have been', async () => {
    await offered(question);
    for (let seed = 1; seed <= 12; seed += 1) {
      const other = await ask(aRegion(seed));
      expect(await offered(other.question)).toEqual(other.expected);
      expect(other.expected).not.toEqual(expected);
    }
    expect(await offered(question)).toEqual(expected);
  });

  it('has another one answer what it failed at, and takes nothing any more', async () => {
    await threads.close();
    const otherwise = new Float32Array([0.25]);
    const scorer: ModelScorer = { rung: 'EMBEDDED_MODEL', score: () => otherwise };
    threads = openScoringThreads({ modelFolder: MODEL_FOLDER, count: 1, logger }, scorer);
    await offered(question);
    const broken = { ...question, context: { ...question.context, tastes: null } } as unknown as ModelQuestion;
    expect(await Promise.all([threads.offer(broken), threads.offer(question)])).toEqual([otherwise, otherwise]);
    expect(threads.offer(question)).toBeNull();
  });

  it('answers what it was asked before it ends', async () => {
    await offered(question);
    const answer = threads.offer(question);
    await threads.close();
    expect(await answer).toEqual(expected);
    expect(threads.offer(question)).toBeNull();
  });

  it('takes nothing and says why when the model cannot be read, or there are no threads', async () => {
    const logged = Promise.withResolvers<string>();
    const write = (line: string): void => {
      logged.resolve(line);
    };
    const broken = openScoringThreads(
      { modelFolder: '/nowhere', count: 1, logger: pino({ level: 'warn' }, { write }) },
      never,
    );
    expect(broken.offer(question)).toBeNull();
    expect(await logged.promise).toContain('scoring_thread_failed');
    expect(broken.offer(question)).toBeNull();
    await broken.close();
    expect(openScoringThreads({ modelFolder: MODEL_FOLDER, count: 0, logger }, never).offer(question)).toBeNull();
  });
});
