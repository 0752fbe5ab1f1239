import { describe, expect, it } from 'vitest';
import { chunksOf, toCopyLine } from './copy-text.ts';

describe('COPY text', () => {
  it('writes null as \\N and keeps an empty string and zero apart from it', () => {
    expect(toCopyLine([null, '', 0, false])).toBe('\\N\t\t0\tfalse\n');
  });

  it('escapes what would end a field or a row', () => {
    expect(toCopyLine(['a\tb\nc\\d\re'])).toBe('a\\tb\\nc\\\\d\\re\n');
  });

  it('hands on every row exactly once, in chunks of bounded size', async () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `row ${String(index)} ${'x'.repeat(40)}\n`);
    const chunks = await Array.fromAsync(chunksOf(lines));
    expect(chunks.join('')).toBe(lines.join(''));
    expect(chunks.length).toBeGreaterThan(2);
    expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThan(65_536 + 100);
  });

  it('yields nothing when there are no rows', async () => {
    expect(await Array.fromAsync(chunksOf([]))).toEqual([]);
  });

  it('lets others have a turn while rows are made', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const rows = Array.from({ length: 20 }, () => 'x'.repeat(70_000));
    for await (const chunk of chunksOf(rows))
      for (const start = performance.now(); performance.now() - start < 2;) chunk.at(0);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});
