import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT_FOLDER } from '../../../test/support/folders.ts';
import { FOREST_FIXTURES } from '../../../test/support/forest-fixtures.ts';
import { hostileForests, largeForests, type HostileForest } from '../../../test/support/hostile-forests.ts';
import type { ForestsReading } from '../../../test/support/read-forests.ts';
import { prepareForest } from './engine.ts';
import { parseForestFile } from './parse-forest.ts';

const READER = join(ROOT_FOLDER, 'test/support/read-forests.ts');
const MILLISECONDS_MAX = 1000;
const MEGABYTES_MAX = 200;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostile-forests-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Reads the files in a process whose heap would not hold more than it may take. */
function readAll(files: readonly HostileForest[]): ForestsReading {
  files.forEach(({ bytes }, index) => writeFileSync(join(folder, String(index)), bytes));
  const flags = [`--max-old-space-size=${String(MEGABYTES_MAX)}`, '--expose-gc'];
  const output = execFileSync(process.execPath, [...flags, READER, folder], { maxBuffer: 2 ** 24, timeout: 60_000 });
  return JSON.parse(output.toString()) as ForestsReading;
}

function expectWithinLimits({ millisecondsMax, megabytesMax }: ForestsReading): void {
  expect(millisecondsMax).toBeLessThan(MILLISECONDS_MAX);
  expect(megabytesMax).toBeLessThan(MEGABYTES_MAX);
}

function expectBrokenRefused(files: readonly HostileForest[], { refusals }: ForestsReading): void {
  expect(Object.keys(refusals)).toHaveLength(files.length);
  files.forEach(({ isBroken }, index) => {
    const refusal = refusals[String(index)];
    if (isBroken) expect(refusal, `file ${String(index)}`).toMatch(/^.{8,300}$/s);
  });
}

describe('a damaged or hostile model file', { timeout: 90_000 }, () => {
  it('is refused with a reason or scores as the reference does, 2,000 times, within a second and 200 MB', () => {
    const files = hostileForests();
    const reading = readAll(files);
    expect(files).toHaveLength(2000);
    expect(files.filter(({ isBroken }) => isBroken)).toHaveLength(1000);
    expectBrokenRefused(files, reading);
    expectWithinLimits(reading);
    // Of flips and other types many do no harm, so that scoring is tried too.
    expect(reading.scored).toBeGreaterThan(100);
    expect(Object.values(reading.refusals).filter((reason) => reason === null)).toHaveLength(
      reading.scored + reading.withoutEngine,
    );
  });

  it('takes no more where it is as large as it may be, or announces a thousand million of something', () => {
    const files = largeForests();
    const reading = readAll(files);
    expectBrokenRefused(files, reading);
    expectWithinLimits(reading);
    // The measure sees the files at least.
    expect(reading.megabytesMax).toBeGreaterThan(40);
    // One tree of 1.6 million nodes, one of 142,500 categorical splits and 16,000 small ones are sound: no engine holds them.
    expect(Object.values(reading.refusals).filter((reason) => reason === null)).toHaveLength(3);
    expect(reading.withoutEngine).toBe(3);
  });

  it('is refused by its size before it is read', () => {
    expect(() => parseForestFile(new Uint8Array(40 * 2 ** 20 + 1))).toThrow('more than 41943040');
  });

  it('is refused for its depth and does not exhaust the stack', () => {
    const length = 20_001;
    const inner = (node: number): boolean => node % 2 === 0 && node < length - 1;
    const list = (of: (node: number) => number): number[] => Array.from({ length }, (_, node) => of(node));
    const { model } = JSON.parse(readFileSync(join(FOREST_FIXTURES, 'layouts/3.2-logistic.json'), 'utf8')) as {
      model: { learner: { gradient_booster: { model: { trees: Record<string, unknown>[] } } } };
    };
    const { trees } = model.learner.gradient_booster.model;
    trees[0] = {
      ...trees[0],
      left_children: list((node) => (inner(node) ? node + 1 : -1)),
      right_children: list((node) => (inner(node) ? node + 2 : -1)),
      split_indices: list(() => 0),
      split_conditions: list(() => 0.5),
      default_left: list(() => 0),
      split_type: list(() => 0),
      sum_hessian: list(() => 1),
    };
    const { parts, treeCount } = parseForestFile(Buffer.from(JSON.stringify(model)));
    expect(treeCount).toBe(4);
    const kinds = Array.from({ length: 4 }, () => ({ kind: 'customer' as const }));
    expect(() => prepareForest(parts, kinds)).toThrow('10000 levels');
  });
});
