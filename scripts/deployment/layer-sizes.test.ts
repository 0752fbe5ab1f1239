import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeSizes, sizesOf, statedWrongly } from './layer-sizes.ts';

const SIZES = [
  { step: 'COPY src src', megabytes: 2 },
  { step: 'COPY a b', megabytes: 100 },
];
const table = (...rows: string[]) => ['| Layer | MB | Why |', '| --- | ---: | --- |', ...rows].join('\n');
const SRC = '| `COPY src src` | 1.6 | what runs, as it is written |';

describe('statedWrongly', () => {
  it('takes sizes that are about right, with a reason', () => {
    expect(statedWrongly(table(SRC, '| `COPY a b` | 88 | the packages it needs |'), SIZES)).toEqual([]);
  });

  it.each<[string, string, RegExp]>([
    ['a size that is far off', '| `COPY a b` | 80 | the packages it needs |', /stated with 80 MB and has 100.0 MB/],
    ['a size that is no number', '| `COPY a b` | few | the packages it needs |', /stated with few/],
    ['no reason', '| `COPY a b` | 100 |  |', /without a reason/],
    ['no row', '', /COPY a b is not stated: 100.0 MB/],
    [
      'a layer that is gone',
      '| `COPY a b` | 100 | the packages it needs |\n| `COPY c d` | 1 | was there |',
      /COPY c d .* no layer/,
    ],
  ])('finds %s', (_problem, row, sentence) => {
    expect(statedWrongly(table(SRC, row), SIZES).join('\n')).toMatch(sentence);
  });
});

describe('sizesOf', () => {
  it('counts the bytes of files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'snowgate-layer-'));
    writeFileSync(join(folder, 'a'), Buffer.alloc(3_000_000));
    const sizes = sizesOf([{ step: 'COPY a a', folder }]);
    rmSync(folder, { recursive: true });
    expect(sizes[0]?.megabytes).toBeCloseTo(3, 1);
    expect(describeSizes(sizes)).toContain('| `COPY a a` | 3.0 |\n| All | 3.0 |');
    expect(() => sizesOf([{ step: 'COPY a a', folder }])).toThrow('cannot be measured');
  });
});
