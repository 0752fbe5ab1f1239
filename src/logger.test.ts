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
