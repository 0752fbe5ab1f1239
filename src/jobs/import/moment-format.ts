import { ValueError } from '../sync/column-type.ts';

/** Reads the text of a day or moment into what column types take: ISO text, or a Date. @throws ValueError */
export type MomentReader = (text: string) => string | Date;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Parts of a pattern and what they match; longer ones first. */
const PARTS: Readonly<Record<string, string>> = {
  YYYY: '(?<year>\\d{4})',
  MMM: '(?<monthName>[A-Za-z]{3})',
  MM: '(?<month>\\d{2})',
  M: '(?<month>\\d{1,2})',
  DD: '(?<day>\\d{2})',
  D: '(?<day>\\d{1,2})',
  HH: '(?<hour>\\d{2})',
  H: '(?<hour>\\d{1,2})',
  hh: '(?<hour>\\d{2})',
  h: '(?<hour>\\d{1,2})',
  mm: '(?<minute>\\d{2})',
  ss: '(?<second>\\d{2})',
  SSS: '(?<fraction>\\d{1,6})',
  A: '(?<half>[AaPp][Mm])',
  Z: '(?<zone>Z|[+-]\\d{2}:?\\d{2})',
};
const PART = new RegExp(
  Object.keys(PARTS)
    .sort((one, other) => other.length - one.length)
    .join('|'),
  'g',
);

/** Whether a text is a format: unix, unix-milliseconds, or a pattern that at least names a whole day. */
export function isMomentFormat(format: string): boolean {
  if (format === 'unix' || format === 'unix-milliseconds') return true;
  const parts: readonly string[] = format.match(PART) ?? [];
  const names = parts.map((part) => PARTS[part]?.slice(0, '(?<month'.length));
  const hasAll = ['YYYY', /^M/, /^D/].every((wanted) => parts.some((part) => part.search(wanted) === 0));
  return hasAll && new Set(names).size === names.length;
}

/**
 * A reader of one format. Without a format: ISO 8601, or seconds (9 or 10 digits) or milliseconds (13) since 1970.
 * @param zone Offset such as +01:00 of texts that name none.
 */
export function createMomentReader(format: string | undefined, zone: string): MomentReader {
  switch (format) {
    case undefined:
      return (text) =>
        /^(\d{9,10}|\d{13})$/.test(text) ? fromUnix(text, text.length === 13 ? 1 : 1000) : fromIso(text, zone);
    case 'unix':
      return (text) => fromUnix(text, 1000);
    case 'unix-milliseconds':
      return (text) => fromUnix(text, 1);
    default:
      return patternReader(format, zone);
  }
}

function fromUnix(text: string, factor: number): Date {
  const moment = new Date(/^-?\d{1,16}(\.\d+)?$/.test(text) ? Number(text) * factor : Number.NaN);
  if (Number.isNaN(moment.getTime()))
    throw new ValueError(`must be a count since 1970, not ${JSON.stringify(text.slice(0, 40))}`);
  return moment;
}

function fromIso(text: string, zone: string): string {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}.*))?$/.exec(text) ?? [];
  if (day === undefined || !isDay(day))
    throw new ValueError(
      `must look like 2026-11-01 or 2026-11-01T09:30:00Z, or say its format, not ${JSON.stringify(text.slice(0, 40))}`,
    );
  if (time === undefined) return day;
  const withSeconds = /^\d{2}:\d{2}(?!:)/.test(time) ? `${time.slice(0, 5)}:00${time.slice(5)}` : time;
  return `${day}T${withSeconds}${/(Z|[+-]\d{2}:?\d{2})$/.test(time) ? '' : zone}`;
}

function patternReader(format: string, zone: string): MomentReader {
  const escaped = format.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`^${escaped.replace(PART, (part) => PARTS[part] ?? part)}$`);
  return (text) => {
    const parts = pattern.exec(text)?.groups;
    if (!parts) throw new ValueError(`must look like ${format}, not ${JSON.stringify(text.slice(0, 40))}`);
    const month = parts['month'] ?? String(MONTHS.indexOf((parts['monthName'] ?? '').toLowerCase()) + 1);
    const day = `${parts['year'] ?? ''}-${month.padStart(2, '0')}-${(parts['day'] ?? '').padStart(2, '0')}`;
    if (!isDay(day)) throw new ValueError(`is no day of the calendar: ${JSON.stringify(text.slice(0, 40))}`);
    if (parts['hour'] === undefined) return day;
    const time = `${hourOf(parts['hour'], parts['half'])}:${parts['minute'] ?? '00'}:${parts['second'] ?? '00'}`;
    const fraction = parts['fraction'] === undefined ? '' : `.${parts['fraction']}`;
    return `${day}T${time}${fraction}${parts['zone'] ?? zone}`;
  };
}

function hourOf(hour: string, half: string | undefined): string {
  if (half === undefined) return hour.padStart(2, '0');
  return String((Number(hour) % 12) + (half.toLowerCase() === 'pm' ? 12 : 0)).padStart(2, '0');
}

/** A Date takes the 30th of February for the 2nd of March. */
function isDay(day: string): boolean {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  return month >= 1 && month <= 12 && date >= 1 && date <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
