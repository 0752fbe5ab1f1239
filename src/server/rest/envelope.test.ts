import { describe, expect, it } from 'vitest';
import { answerEnvelope, readEnvelope, type RowBatch } from './envelope.ts';
import { badRequest, RestError } from './rest-error.ts';

const NOBODY_LEFT = new AbortController().signal;
const rowsOf = (...rowNumbers: number[]) => rowNumbers.map((rowNumber) => ({ rowNumber, args: [] }));

describe('readEnvelope', () => {
  it('keeps numbers, order and arguments', () => {
    expect(readEnvelope({ data: [[7, 'a', 1], [3]] }, 2)).toEqual([
      { rowNumber: 7, args: ['a', 1] },
      { rowNumber: 3, args: [] },
    ]);
  });

  it.each([
    [null, 'The body must be'],
    [{ data: {} }, 'The body must be'],
    [{ data: [[0], 'x'] }, 'data[1] must be a list that begins with the row number'],
    [{ data: [['0', 1]] }, 'data[0] must be a list that begins with the row number'],
    [{ data: [[0], [1], [2]] }, 'holds 3 rows; at most 2'],
  ])('refuses %j', (body, message) => {
    expect(() => readEnvelope(body, 2)).toThrow(message);
  });
});

describe('answerEnvelope', () => {
  it('gives each row its own number and answer, in order, whichever batch ends first', async () => {
    const slow = Promise.withResolvers<string[]>();
    const batches: RowBatch[] = [
      { places: [0, 2], answer: () => slow.promise },
      {
        places: [1],
        answer: () => {
          slow.resolve(['first', 'third']);
          return Promise.resolve(['second']);
        },
      },
    ];
    expect(await answerEnvelope(rowsOf(9, 9, 4), batches, NOBODY_LEFT)).toBe(
      '{"data":[[9,"first"],[9,"second"],[4,"third"]]}',
    );
  });

  it('puts an error object into the row that failed', async () => {
    const batches = [{ places: [0, 1], answer: () => Promise.resolve([badRequest('No.'), 'fine']) }];
    expect(JSON.parse(await answerEnvelope(rowsOf(0, 1), batches, NOBODY_LEFT))).toEqual({
      data: [
        [0, { error: 'bad_request', message: 'No.' }],
        [1, 'fine'],
      ],
    });
  });

  it('fails as a whole when a backend was away for every row, so that the caller asks again', async () => {
    const away = new RestError(503, 'upstream_unavailable', 'Try again.');
    const batches = [{ places: [0, 1], answer: () => Promise.resolve([away, away]) }];
    await expect(answerEnvelope(rowsOf(0, 1), batches, NOBODY_LEFT)).rejects.toBe(away);
  });

  it('starts no further batch once the client has hung up', async () => {
    const client = new AbortController();
    let answered = 0;
    const batches = Array.from({ length: 100 }, (_none, place) => ({
      places: [place],
      answer: () => {
        answered += 1;
        client.abort();
        return Promise.resolve([null]);
      },
    }));
    await answerEnvelope(rowsOf(...batches.keys()), batches, client.signal);
    expect(answered).toBeLessThanOrEqual(2);
  });

  it('answers no rows with no rows', async () => {
    expect(await answerEnvelope([], [], NOBODY_LEFT)).toBe('{"data":[]}');
  });
});
