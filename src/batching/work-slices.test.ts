import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { WorkSlices } from './work-slices.ts';

/** Slices by a clock that only work moves, and work that takes so many milliseconds of it. */
function createClockwork() {
  let clock = 0;
  const done: number[] = [];
  const slices = new WorkSlices(() => clock);
  const run = (piece: number, milliseconds: number): unknown =>
    slices.run(() => {
      clock += milliseconds;
      done.push(piece);
      return piece;
    });
  return { slices, run, done };
}

describe('WorkSlices', () => {
  it('runs a piece at once while there is time left', () => {
    const { run, done } = createClockwork();
    expect(run(1, 4)).toBe(1);
    expect(run(2, 100)).toBe(2);
    expect(done).toEqual([1, 2]);
  });

  it('lets the event loop turn after every 5 ms of work, and keeps the order', async () => {
    const { run, done } = createClockwork();
    const answers = Array.from({ length: 10 }, (_, piece) => Promise.resolve(run(piece, 2)));
    const doneByTurn = [done.length];
    while (done.length < 10) {
      await turn();
      doneByTurn.push(done.length);
    }
    expect(doneByTurn).toEqual([3, 6, 9, 10]);
    expect(await Promise.all(answers)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('has time again in the next turn', async () => {
    const { run } = createClockwork();
    run(1, 100);
    await turn();
    await turn();
    expect(run(2, 1)).toBe(2);
  });

  it('does not let a piece overtake those that wait, though there is time', async () => {
    const { slices, run, done } = createClockwork();
    run(1, 6);
    const nested = slices.run(() => run(4, 1));
    await Promise.all([run(3, 1), nested]);
    expect(done).toEqual([1, 3, 4]);
  });

  it('fails a piece alone, at once or later', async () => {
    const { slices, run } = createClockwork();
    const fail = () =>
      slices.run(() => {
        throw new Error('piece');
      });
    expect(fail).toThrow('piece');
    run(1, 6);
    const failed = fail();
    const answered = run(2, 1);
    await expect(failed).rejects.toThrow('piece');
    expect(await answered).toBe(2);
  });
});
