import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createProgressBar } from './progress-bar.ts';

function outputOf(isTTY: boolean, isContinuousIntegration: boolean): { text: string; drawn: boolean } {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  const progress = createProgressBar(stream as unknown as NodeJS.WriteStream, isContinuousIntegration);
  progress.step('Catalog');
  progress.step('Events', 10);
  progress.advance(4);
  progress.advance(6);
  progress.finish();
  progress.finish();
  const text = String(stream.read());
  return { text, drawn: text.includes('█') };
}

describe('createProgressBar', () => {
  it.each([
    [false, false],
    [true, true],
  ])('writes one plain line a step where no one watches (terminal %s, CI %s)', (isTTY, isContinuousIntegration) => {
    const { text } = outputOf(isTTY, isContinuousIntegration);
    expect(text).toMatch(/^ {2}Catalog \(\d+\.\d s\)\n {2}Events \(\d+\.\d s\)\n$/);
  });

  it('draws a bar on a terminal and leaves one line a step', () => {
    const { text, drawn } = outputOf(true, false);
    expect(drawn).toBe(true);
    expect(text).toMatch(/ {2}Catalog \(\d+\.\d s\)\n/);
    expect(text).toMatch(/ {2}Events \(\d+\.\d s\)\n$/);
  });
});
