import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

function logged(error: unknown): Record<string, unknown> {
  const lines: string[] = [];
  createLogger('info', { write: (line) => lines.push(line) }).warn({ err: error }, 'event');
  return (JSON.parse(lines[0] ?? '{}') as { err: Record<string, unknown> }).err;
}

describe('a logged error', () => {
  it('keeps name, code, message and the chain of causes', () => {
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    expect(logged(new TypeError('outer', { cause }))).toMatchObject({
      type: 'TypeError',
      message: 'outer',
      cause: { code: 'ECONNREFUSED', message: 'refused' },
    });
  });

  it('drops whatever a driver has hung on it', () => {
    const error = Object.assign(new Error('lost'), { client: { password: 'planted-secret' } });
    expect(JSON.stringify(logged(error))).not.toContain('planted-secret');
  });

  it('that causes itself does not end the program', () => {
    const error = new Error('circle');
    error.cause = error;
    expect(logged(error)).toMatchObject({ message: 'circle' });
  });
});

describe('a line', () => {
  const linesOf = (log: (logger: ReturnType<typeof createLogger>) => void): string[] => {
    const lines: string[] = [];
    log(createLogger('info', { write: (line) => lines.push(line) }));
    return lines;
  };

  it.each(['x'.repeat(100_000), '"\\\n'.repeat(50_000), '\u0001é漢😀'.repeat(20_000)])(
    'stays JSON below 16 KiB, whatever it is about',
    (text) => {
      const lines = linesOf((logger) => {
        logger.warn({ err: new Error(text, { cause: new Error(text) }), part: text }, 'event');
      });
      expect(lines).toHaveLength(1);
      expect(Buffer.byteLength(lines[0] ?? '')).toBeLessThan(16_384);
      expect(lines[0]?.endsWith('}\n')).toBe(true);
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 40, msg: 'event', time: expect.any(String) as string });
    },
  );

  it('is not cut when it is shorter', () => {
    const [line = ''] = linesOf((logger) => {
      logger.info({ part: 'x'.repeat(15_000) }, 'event');
    });
    expect(JSON.parse(line)).toMatchObject({ part: 'x'.repeat(15_000) });
  });
});
