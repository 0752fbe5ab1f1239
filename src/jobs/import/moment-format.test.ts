import { describe, expect, it } from 'vitest';
import { createMomentReader, isMomentFormat } from './moment-format.ts';

const read = (text: string, format?: string, zone = 'Z'): string => {
  const moment = createMomentReader(format, zone)(text);
  return moment instanceof Date ? moment.toISOString() : moment;
};

describe('createMomentReader', () => {
  it.each([
    ['2026-11-01', undefined, '2026-11-01'],
    ['2026-11-01 09:30', undefined, '2026-11-01T09:30:00Z'],
    ['2026-11-01T09:30:15.123456+0200', undefined, '2026-11-01T09:30:15.123456+0200'],
    ['874965758', undefined, '1997-09-22T22:02:38.000Z'],
    ['1762000000000', undefined, '2025-11-01T12:26:40.000Z'],
    ['0', 'unix', '1970-01-01T00:00:00.000Z'],
    ['1.5', 'unix-milliseconds', '1970-01-01T00:00:00.001Z'],
    ['01.11.2026 9:05', 'DD.MM.YYYY H:mm', '2026-11-01T09:05:00Z'],
    ['2/29/2024', 'M/D/YYYY', '2024-02-29'],
    ['11/21/2026 12:45 AM', 'MM/DD/YYYY hh:mm A', '2026-11-21T00:45:00Z'],
    ['11/21/2026 3:45 pm', 'MM/DD/YYYY h:mm A', '2026-11-21T15:45:00Z'],
    ['01-Jan-1995', 'DD-MMM-YYYY', '1995-01-01'],
    ['20261101T093000+01:00', 'YYYYMMDDTHHmmssZ', '2026-11-01T09:30:00+01:00'],
  ])('reads %s by the format %s', (text, format, expected) => {
    expect(read(text, format)).toBe(expected);
  });

  it('puts times that name no zone into the given one', () => {
    expect(read('2026-11-01 09:30:00', undefined, '+01:00')).toBe('2026-11-01T09:30:00+01:00');
    expect(read('01.11.2026 09:30', 'DD.MM.YYYY HH:mm', '-05:00')).toBe('2026-11-01T09:30:00-05:00');
  });

  it.each([
    ['01.11.2026', undefined],
    ['20261101', undefined],
    ['2026-02-30', undefined],
    ['30.02.2026', 'DD.MM.YYYY'],
    ['1-11-2026', 'DD.MM.YYYY'],
    ['01-Xyz-1995', 'DD-MMM-YYYY'],
    ['soon', 'unix'],
    ['', undefined],
  ])('refuses %s by the format %s instead of guessing', (text, format) => {
    expect(() => read(text, format)).toThrow(/^(must look like|is no day|must be a count)/);
  });
});

describe('isMomentFormat', () => {
  it('knows patterns that name a whole day once', () => {
    expect(['unix', 'unix-milliseconds', 'YYYY-MM-DD', 'D. MMM YYYY HH:mm:ss.SSS'].filter(isMomentFormat)).toHaveLength(
      4,
    );
    expect(['', 'YYYY-MM', 'HH:mm', 'DD.MM.YYYY DD', 'iso'].filter(isMomentFormat)).toEqual([]);
  });
});
